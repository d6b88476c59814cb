"""What is served and watched: services, their requests, checks and alarms.
Knows nothing about widgets and about how figures are computed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from workbench.input.time_span import DAY, HOUR
from workbench.settings import Settings
from workbench.ship.service import corpus_of
from workbench.ship.winner_commands import WinnerCommands, commands_of, newest_first, second_command
from workbench.store.database import Store
from workbench.store.records import AnswerRecord
from workbench.store.serving import alarms, checks, request_list, requests, servers, services
from workbench.store.serving.records import Alarm, ServedRequest, Server, Service, ServiceCheck
from workbench.store.serving.request_list import ListedRequest, Part, RequestFilter
from workbench.watch.faults import MOST_TAKEN
from workbench.watch.shown import as_answer
from workbench.watch.timeline import TimeMark, find_marks

if TYPE_CHECKING:
    from workbench.analysis.prediction_powered import PredictionPowered
    from workbench.watch.figures import TrafficFigures, WatchedFigure
    from workbench.watch.honesty import RealisedLoss
    from workbench.watch.side_by_side import Difference, Other


@dataclass(frozen=True)
class ShownFigures:
    """The figures of a part of a service's traffic in a span of time."""

    watched: Sequence[WatchedFigure]
    """What the figures are."""
    spans: Sequence[TrafficFigures]
    """The figures by day, or by hour where the whole time is a day, in order of time."""
    total: TrafficFigures | None
    """Those of the whole time; None where nothing was asked."""
    marks: Sequence[TimeMark]
    """What happened to the service in this time, in order."""
    since: float
    """When the time begins, in Unix seconds."""
    until: float
    """When it ends, in Unix seconds."""


@dataclass(frozen=True)
class Watching:
    """What is served and watched."""

    store: Store
    settings: Settings
    """Folders, prices and limits."""

    def find_commands(self) -> WinnerCommands | None:
        """Return the commands for the winner exported last; None where none is."""
        winners = newest_first(self.settings.winners)
        return commands_of(winners[0]) if winners else None

    def commands_of(self, winner: Path) -> WinnerCommands:
        return commands_of(winner)

    def find_second_command(self, service: Service) -> str | None:
        """Return the command that serves this winner with the newest other one; None where there is none."""
        others = [path for path in newest_first(self.settings.winners) if str(path) != service.path]
        return second_command(Path(service.path), others[0]) if service.path and others else None

    def list_services(self) -> list[Service]:
        return services.list_services(self.store)

    def list_archived(self) -> list[Service]:
        """Return the services that Watch leaves out."""
        return [one for one in services.list_services(self.store, archived=True) if one.archived]

    def archive(self, service_id: str, *, archived: bool = True) -> None:
        """Leave a service out of Watch and of its alarms, or take it in again."""
        services.archive_service(self.store, service_id, archived=archived)

    def find_service(self, service_id: str) -> Service | None:
        return services.get_service(self.store, service_id)

    def find_corpus_of(self, service: Service) -> str:
        """Return the name or path of the corpus that a service answers from; "" where it is not known."""
        return corpus_of(service)

    def list_servers(self) -> list[Server]:
        """Return the servers that are up."""
        return servers.list_servers(self.store)

    def list_alarms(self, service_id: str | None = None, *, closed: bool = False) -> list[Alarm]:
        """Return the alarms of a service, or of all; with `closed` those that are over, too."""
        return alarms.list_alarms(self.store, service_id, closed=closed)

    def list_pressing_alarms(self) -> list[Alarm]:
        """Return the alarms of all services that nobody has acknowledged or muted."""
        listed = self.list_alarms()
        if not listed:
            return []
        from workbench.watch.standing import is_pressing

        return [alarm for alarm in listed if is_pressing(alarm, time.time())]

    def change_alarm(self, alarm_id: int, **values: Any) -> None:
        """Set the state, the note or `muted_until` of an alarm."""
        alarms.change_alarm(self.store, alarm_id, **values)

    def list_checks(self, service_id: str) -> list[ServiceCheck]:
        """Return the checks of a service, the oldest first."""
        return checks.list_checks(self.store, service_id)

    def find_parts(self, service_id: str) -> dict[Part, list[str]]:
        """Return what a service's traffic can be divided by, and the parts that there are."""
        return request_list.find_parts(self.store, service_id)

    def read_figures(self, traffic: RequestFilter) -> ShownFigures:
        """Return the figures of a part of the traffic since a time, until now."""
        from workbench.watch.figures import WATCHED, daily_figures

        until = time.time()
        by_hour = traffic.since is not None and until - traffic.since <= DAY + HOUR
        every = HOUR if by_hour else DAY
        # From the beginning of a day or hour on, so that the first span is a whole one.
        since = (traffic.since or 0.0) // every * every
        parts: tuple[Part, ...] = get_args(Part)
        by: Part | None = next((name for name in parts if getattr(traffic, name) is not None), None)
        part = getattr(traffic, by) if by else None

        def figures(span: float | None) -> list[TrafficFigures]:
            return daily_figures(self.store, traffic.service_id, since=since, every=span, by=by, part=part)

        spans = figures(every)
        begun = since or (spans[0].start if spans else until)
        service = services.get_service(self.store, traffic.service_id)
        marks = find_marks(self.store, service, begun, until) if service else ()
        return ShownFigures(WATCHED, spans, next(iter(figures(None)), None), marks, begun, until)

    def find_bad_answers(self, service_id: str, since: float) -> PredictionPowered | None:
        """Return the share of bad answers since a time by thumbs and grounding; None with too few thumbs."""
        from workbench.watch.standing import bad_answers

        return bad_answers(self.store, service_id, since=since, until=time.time())

    def find_others(self, service: Service) -> list[Other]:
        """Return the services that answer beside this one."""
        from workbench.watch.side_by_side import find_others

        return find_others(self.store, service)

    def compare(self, service: Service, other: Other, since: float) -> list[Difference]:
        """Return how the figures of both differ since a time."""
        from workbench.watch.side_by_side import compare

        return compare(self.store, service, other, since)

    def find_route_loss(self, service: Service, other: Other, since: float) -> RealisedLoss | None:
        """Return what a route has lost since a time against another service; None unless that is its strong
        end, in the shadow."""
        from workbench.watch.honesty import find_loss, find_strong_end

        if other.role != "shadow" or other.service.id != find_strong_end(service):
            return None
        return find_loss(self.store, service, since)

    def count_requests(self, wanted: RequestFilter) -> int:
        return request_list.count_requests(self.store, wanted)

    def list_requests(self, wanted: RequestFilter, page: int) -> list[ListedRequest]:
        """Return a page of the requests that match, the newest first.

        page: its number, from 1.
        """
        return request_list.list_requests(self.store, wanted, offset=(page - 1) * request_list.PAGE)

    def find_request_ids(self, wanted: RequestFilter) -> list[str]:
        """Return the ids of the requests that match, as many as can be taken over at once."""
        return request_list.find_request_ids(self.store, wanted, limit=MOST_TAKEN)

    def find_requests(self, ids: Iterable[str]) -> list[ServedRequest]:
        """Return the requests that are stored, in this order."""
        ids = list(ids)
        found = requests.find_requests(self.store, ids)
        return [found[one] for one in ids if one in found]

    def as_answer(self, request: ServedRequest, service: Service) -> AnswerRecord:
        return as_answer(request, service)
