"""Says where a service stands: its figures of late, its alarms, its share of bad answers, its last check.
Knows nothing about how alarms are found or sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError

from workbench.analysis.prediction_powered import (
    PredictionPowered,
    Predictions,
    prediction_powered_mean,
)
from workbench.input.time_span import DAY
from workbench.scoring.support import SUPPORTED
from workbench.ship.winner import Winner
from workbench.store.database import Store
from workbench.store.serving.alarms import list_alarms
from workbench.store.serving.checks import list_checks
from workbench.store.serving.records import Alarm, Service, ServiceCheck
from workbench.store.serving.request_list import RequestFilter, count_requests
from workbench.store.serving.services import get_service
from workbench.store.serving.traffic import Window, find_span, sum_traffic
from workbench.store.serving.worst_requests import list_thumbs
from workbench.watch.figures import TrafficFigures, total_figures
from workbench.watch.honesty import RealisedLoss, find_loss
from workbench.watch.next_check import NextCheck, find_next_check

RECENT_DAYS = 7
"""The days whose figures `watch` tells."""
NOT_KNOWN = 0.5
"""What is predicted of an answer without grounding: nothing either way."""


@dataclass(frozen=True)
class Standing:
    """Where a service stands."""

    service: Service
    requests: int
    """All requests that are stored."""
    tests: int
    """Those of them by which gates and experiments measured the service: no figure counts them."""
    tasks: int
    """Those of them that are tasks of chat programs, likewise."""
    since: float | None
    """When the first of them was asked, in Unix seconds; None without one."""
    until: float | None
    """When the last of them was asked, in Unix seconds; None without one."""
    recent: TrafficFigures | None
    """The figures of the last RECENT_DAYS; None when nothing was asked."""
    alarms: tuple[Alarm, ...]
    """The alarms that are not closed, the newest first."""
    bad: PredictionPowered | None
    """The share of bad answers by thumbs and grounding together; None with too few thumbs."""
    route: RealisedLoss | None
    """What a route has lost against its strong end; None for what is no route, and without such a shadow."""
    last_check: ServiceCheck | None
    """The last check that was finished; None without one."""
    next_check: NextCheck | None
    """The next check by its days after the export alone; None for an imported service."""
    now: float
    """When this was so, in Unix seconds."""

    @property
    def pressing(self) -> tuple[Alarm, ...]:
        """The alarms that nobody has acknowledged or muted."""
        return tuple(alarm for alarm in self.alarms if is_pressing(alarm, self.now))

    def to_json(self) -> dict[str, Any]:
        """The service's entry in `watch --json`."""
        values = {} if self.recent is None else self.recent.values
        return {
            "winner": self.service.name,
            "service": self.service.id,
            "requests": self.requests,
            "tests": self.tests,
            "tasks": self.tasks,
            "since": self.since,
            "until": self.until,
            "recent_days": RECENT_DAYS,
            "recent_requests": 0 if self.recent is None else self.recent.requests,
            "alarms": [alarm_to_json(alarm, self.now) for alarm in self.alarms],
            "scores": {name: asdict(value) for name, value in values.items()},
            "seconds_p50": None if self.recent is None else self.recent.seconds_p50,
            "seconds_p95": None if self.recent is None else self.recent.seconds_p95,
            "bad_answers": None if self.bad is None else asdict(self.bad),
            "route": None if self.route is None else self.route.to_json(),
            "check": None
            if self.last_check is None
            else {"at": self.last_check.started_at, **(self.last_check.found.get("verdicts") or {})},
            "next_check": None if self.next_check is None else asdict(self.next_check),
        }


def is_pressing(alarm: Alarm, now: float) -> bool:
    """Whether an alarm is open and nobody has acknowledged or muted it."""
    return alarm.state == "open" and alarm.muted_until <= now


def alarm_to_json(alarm: Alarm, now: float) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "what": alarm.what,
        "since": alarm.since,
        "sure": alarm.sure,
        "figure": alarm.figure,
        "part": alarm.part,
        "state": alarm.state,
        "muted_until": alarm.muted_until if alarm.muted_until > now else None,
        "note": alarm.note,
        "raised_at": alarm.raised_at,
        "evidence": alarm.evidence,
        "requests": list(alarm.requests),
        "deliveries": list(alarm.deliveries),
    }


def standing(store: Store, service_id: str, now: float) -> Standing | None:
    """Where a service stands at a time (Unix seconds); None for no such service.

    Alarms are those that are stored: `look` raises them.
    """
    service = get_service(store, service_id)
    if service is None:
        return None
    requests, first, last = find_span(store, service_id)
    done = [check for check in list_checks(store, service_id) if check.finished_at is not None]
    return Standing(
        service,
        requests,
        count_requests(store, RequestFilter(service_id, role="test")),
        count_requests(store, RequestFilter(service_id, role="task")),
        first,
        last,
        total_figures(store, service_id, since=now - RECENT_DAYS * DAY, until=now),
        tuple(list_alarms(store, service_id)),
        bad_answers(store, service_id, since=now - 30 * DAY, until=now),
        find_loss(store, service),
        done[-1] if done else None,
        _next_check(store, service, now),
        now,
    )


def _next_check(store: Store, service: Service, now: float) -> NextCheck | None:
    try:
        winner = None if service.winner is None else Winner.model_validate(service.winner)
    except ValidationError:  # stored by a version whose winners were others
        return None
    return None if winner is None else find_next_check(store, winner, now)


def bad_answers(store: Store, service_id: str, *, since: float, until: float) -> PredictionPowered | None:
    """The share of the answers that people would dislike, from some thumbs and the grounding of all.

    It assumes that people rate answers without choosing which. None with too few thumbs.
    """
    window = Window(service_id, since, until)
    thumbs = list_thumbs(store, window)
    if not thumbs:
        return None
    traffic = sum_traffic(store, window, every=None, ungrounded_below=SUPPORTED)
    if not traffic or "refusals" not in traffic[0].sums:
        return None
    return prediction_powered_mean(
        [float(thumb.disliked) for thumb in thumbs],
        [NOT_KNOWN if thumb.grounding is None else 1 - thumb.grounding for thumb in thumbs],
        _predictions(traffic[0].sums),
        [thumb.seen for thumb in thumbs],
    )


def _predictions(sums: dict[str, Any]) -> Predictions:
    """1 - grounding of all answers, as sums."""
    answers = sums["refusals"].count
    if "grounding" not in sums:
        return Predictions(answers, NOT_KNOWN * answers, NOT_KNOWN**2 * answers)
    known = sums["grounding"]
    unknown = max(0, answers - known.count)
    return Predictions(
        known.count + unknown,
        known.count - known.total + NOT_KNOWN * unknown,
        known.count - 2 * known.total + known.squares + NOT_KNOWN**2 * unknown,
    )
