"""Makes alarms of what got worse or changed: a sentence, since when, how sure, the requests that drive it.
Knows nothing about where they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workbench.formatting import counted
from workbench.input.time_span import DAY
from workbench.scoring.support import SUPPORTED
from workbench.store.database import Store
from workbench.store.serving.alarms import list_alarms, raise_alarm
from workbench.store.serving.checks import list_checks
from workbench.store.serving.records import Alarm, Service, ServiceCheck
from workbench.store.serving.traffic import Window
from workbench.store.serving.worst_requests import find_worst
from workbench.watch.changes import FALSE_ALARM, Change, find_changes, part_label
from workbench.watch.figure_words import label_of, value_text
from workbench.watch.timeline import find_marks

DRIVERS = 10
"""How many requests an alarm shows."""
SENTENCES = {
    "model": "The model changed: it gives different replies to the same requests.",
    "corpus": "The corpus changed.",
    "questions": "The questions changed: they are unlike those of the experiment.",
    "answers": "The answers to the canaries got worse.",
}
"""Verdict of a check → what its alarm says where the check has no sentence."""


def raise_alarms(
    store: Store, service: Service, *, now: float, least: Mapping[str, float] | None = None
) -> list[Alarm]:
    """Test a service and store its alarms; returns those that are raised or renewed.

    least: figure → the smallest change that is worth an alarm, in place of WATCHED's.
    """
    closed = [alarm for alarm in list_alarms(store, service.id, closed=True) if alarm.state == "closed"]
    changes = find_changes(store, service, now=now, least=least, closed=closed)
    found = [_of_change(store, service, change) for change in changes]
    found += _of_checks(list_checks(store, service.id), service, closed)
    return [raise_alarm(store, alarm, now=now) for alarm in found]


def _of_change(store: Store, service: Service, change: Change) -> Alarm:
    figure = change.figure
    window = Window(service.id, change.since, by=change.by, part=change.part or None)
    return Alarm(
        service_id=service.id,
        figure=figure.name,
        what=change_sentence(change),
        since=change.since,
        sure=change.sure,
        part=part_label(change.by, change.part),
        evidence={
            "before": None if change.before is None else asdict(change.before),
            "before_is": "experiment" if change.reference else "traffic",
            "after": asdict(change.after),
            "since_earliest": change.since_earliest,
            "since_latest": change.since_latest,
            "found_at": change.found_at,
            "recovered": _recovery(change),
            "beside": _beside(store, service, change.since_earliest, change.since_latest),
        },
        requests=tuple(
            find_worst(store, window, figure.name, figure.worse, ungrounded_below=SUPPORTED, limit=DRIVERS)
        ),
    )


def _recovery(change: Change) -> dict[str, Any] | None:
    if change.recovered is None:
        return None
    return {"since": change.recovered_since, **asdict(change.recovered)}


def _beside(store: Store, service: Service, earliest: float, latest: float) -> list[dict[str, Any]]:
    """What else changed in the days in which it began, or on the day before: `at`, `kind` and `what`."""
    marks = find_marks(store, service, earliest - DAY, latest + DAY)
    return [asdict(mark) for mark in marks if mark.kind in ("model", "corpus", "winner", "score")]


def change_sentence(change: Change) -> str:
    """ "Grounding fell from 0.842 to 0.731, over 1,400 answers." """
    figure, after = change.figure, change.after
    verb = "fell" if figure.worse == "lower" else "rose"
    where = f" of questions about {change.part!r}" if change.by == "tag" else ""
    where = f" of questions like {change.part!r}" if change.by == "cluster" else where
    label, now = f"{label_of(figure)}{where}", value_text(figure, after.mean)
    before = None if change.before is None else value_text(figure, change.before.mean)
    if before is None:
        begin = f"{label} {verb} to {now}"
    elif change.reference:
        begin = f"{label} is {now}, and it was {before} in the experiment"
    else:
        begin = f"{label} {verb} from {before} to {now}"
    return f"{begin}, over {counted(after.count, 'thumb' if figure.name == 'dislikes' else 'answer')}."


def _of_checks(checks: list[ServiceCheck], service: Service, closed: list[Alarm]) -> list[Alarm]:
    """What the newest finished check found, but for what had begun when its alarm was closed."""
    done = [check for check in checks if check.finished_at is not None]
    if not done:
        return []
    newest = done[-1]
    why: dict[str, Any] = newest.found.get("why") or {}
    alarms = []
    for name, kind in (newest.found.get("verdicts") or {}).items():
        if kind not in ("changed", "worse") or name not in SENTENCES:
            continue
        reasons = why.get(name) or {}
        since = _begin(done, reasons.get("since_day"))
        if since <= max((alarm.closed_at for alarm in closed if alarm.figure == name), default=0.0):
            continue
        alarms.append(
            Alarm(
                service_id=service.id,
                figure=name,
                what=" ".join(reasons.get("sentences") or [SENTENCES[name]]),
                since=since,
                sure=1 - FALSE_ALARM,
                evidence={"check": newest.id, "day": newest.day, "verdict": kind},
            )
        )
    return alarms


def _begin(checks: list[ServiceCheck], day: int | None) -> float:
    """When the first check of that day or later was made; when the newest was, where no day is known."""
    return next((c.started_at for c in checks if day is not None and c.day >= day), checks[-1].started_at)
