"""Tests every watched figure of a service for a change for the worse: in all traffic and in its parts.
Knows nothing about alarms that are stored: it says what the requests say, computed anew each time.

The chance of ever a false alarm of a service is at most FALSE_ALARM, over all figures, parts and time: it
is divided by series that sum to 1. The k-th figure of WATCHED gets 1 / (k (k + 1)) of it; of that, all
traffic gets 1/2, and the part that appeared k-th gets 1 / ((k + 1) (k + 2)); a figure that is watched anew,
because its alarm was closed for the r-th time, gets 0.9 · 0.1^r. Within one test, the days are weighted in
the same way (analysis/change_detection.py). A figure whose score is computed by another version is watched
anew from then on at no price, since that does not depend on its values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.analysis.change_detection import Days, Detection, Reference, detect_fall
from workbench.input.time_span import DAY
from workbench.scoring.support import SUPPORTED
from workbench.store.database import Store
from workbench.store.serving.records import Alarm, Service
from workbench.store.serving.traffic import (
    UNBOUNDED,
    By,
    Sums,
    TrafficSums,
    Window,
    find_scales,
    sum_dislikes,
    sum_traffic,
)
from workbench.watch.figures import WATCHED, FigureValue, WatchedFigure, daily_figures
from workbench.watch.score_changes import comparable_since, find_score_changes

FALSE_ALARM = 0.05
"""The chance of ever a false alarm of a service."""
FALSE_RECOVERY = 0.05
"""The chance of ever taking a figure that stays bad for one that recovered, for each alarm."""
SUREST = 0.999999
"""Nothing is said to be surer than that."""
IN_PARTS = ("grounding", "refusals", "dislikes")
"""The figures that are watched in the parts of the traffic, too."""
PART_FACTOR = 2.0
"""A change in a part is worth an alarm when it is so many times as large as one in all traffic."""
FIRST_REQUESTS = 100
"""The median of so many first requests is the scale of cost, tokens and latency."""
FROM_SWEEP = ("grounding", "toxicity", "personal_data")
"""The figures that an experiment measures in the same way, so that its answers are a reference."""


@dataclass(frozen=True)
class Change:
    """A figure that got worse beyond chance."""

    figure: WatchedFigure
    by: By | None
    """What the part is a part by; None for all of the traffic."""
    part: str
    """The tag or cluster; "" for all of the traffic."""
    since: float
    """When it began, as far as can be told, in Unix seconds: the beginning of a day (UTC)."""
    since_earliest: float
    since_latest: float
    """Between these days it began, with 90 % of the evidence."""
    found_at: float
    """The end of the day on which the evidence sufficed, or now, in Unix seconds."""
    sure: float
    """1 minus the chance of ever finding such a change in the service, where nothing changed."""
    before: FigureValue | None
    """The figure before; that of the experiment where there was no traffic before; None without either."""
    after: FigureValue
    """The figure since then; of one that has recovered, until it did."""
    reference: bool
    """Whether `before` is the experiment's."""
    recovered_since: float | None = None
    """Since when it is as good as before again, in Unix seconds: the beginning of a day (UTC); None where it
    is not."""
    recovered: FigureValue | None = None
    """The figure since it recovered; None where it has not."""


@dataclass(frozen=True)
class _Part:
    """Where a figure is tested."""

    by: By | None
    name: str
    share: float
    """The part of the figure's chance of a false alarm."""

    @property
    def label(self) -> str:
        return part_label(self.by, self.name)


def part_label(by: By | None, name: str) -> str:
    """What an alarm calls a part of the traffic: "tag: returns"; "" for all of it."""
    return f"{by}: {name}" if by else ""


def find_changes(
    store: Store,
    service: Service,
    *,
    now: float,
    least: Mapping[str, float] | None = None,
    closed: Iterable[Alarm] = (),
) -> list[Change]:
    """The figures that got worse beyond chance, in the order of WATCHED, all traffic before its parts.

    least: figure → the smallest change that is worth an alarm, in place of WATCHED's.
    closed: the service's alarms that were closed; their figures are watched anew from then on.
    """
    figures = [replace(f, least=(least or {}).get(f.name, f.least)) for f in WATCHED]
    restarts = _restarts(closed)
    scores = find_score_changes(store, service.id)
    traffic = _Traffic(store, service, now)
    return [
        change
        for place, figure in enumerate(figures, start=1)
        for part in traffic.parts(figure)
        if (
            change := _test(
                traffic,
                figure,
                place,
                part,
                restarts.get((figure.name, part.label), ()),
                comparable_since(scores, figure.name),
            )
        )
        is not None
    ]


def _restarts(closed: Iterable[Alarm]) -> dict[tuple[str, str], tuple[float, ...]]:
    """(figure, part) → when its alarms were closed, in order."""
    found: dict[tuple[str, str], tuple[float, ...]] = {}
    for alarm in sorted(closed, key=lambda alarm: alarm.closed_at):
        key = (alarm.figure, alarm.part)
        found[key] = (*found.get(key, ()), alarm.closed_at)
    return found


class _Traffic:
    """Reads each division of a service's traffic once."""

    def __init__(self, store: Store, service: Service, now: float) -> None:
        self.store, self.service, self.now = store, service, now
        self._scales = find_scales(store, Window(service.id, until=now), first=FIRST_REQUESTS)
        self._read: dict[tuple[By | None, float], dict[str, dict[str, list[tuple[float, Sums]]]]] = {}

    def days(self, figure: str, part: _Part, since: float) -> list[tuple[float, Sums]]:
        """(start of the day, sums) for the days with values, in order."""
        key = (part.by, since)
        if key not in self._read:
            self._read[key] = self._load(part.by, since)
        return self._read[key].get(part.name, {}).get(figure, [])

    def _load(self, by: By | None, since: float) -> dict[str, dict[str, list[tuple[float, Sums]]]]:
        window = Window(self.service.id, since, self.now, fresh=True, by=by)
        found: dict[str, dict[str, list[tuple[float, Sums]]]] = {}
        rows: list[TrafficSums] = sum_traffic(
            self.store, window, every=DAY, ungrounded_below=SUPPORTED, scales=self._scales
        )
        for row in rows:
            for name, sums in row.sums.items():
                if name not in UNBOUNDED or name in self._scales:
                    found.setdefault(row.part, {}).setdefault(name, []).append((row.start, sums))
        for (start, part), sums in sorted(sum_dislikes(self.store, window, every=DAY).items()):
            found.setdefault(part, {}).setdefault("dislikes", []).append((start, sums))
        return found

    def parts(self, figure: WatchedFigure) -> list[_Part]:
        """All traffic, then its tags (clusters where there are none) in the order in which they appeared."""
        parts = [_Part(None, "", part_share(1))]
        if figure.name not in IN_PARTS:
            return parts
        by: By = "tag" if self._appeared("tag") else "cluster"
        for place, name in enumerate(self._appeared(by), start=2):
            parts.append(_Part(by, name, part_share(place)))
        return parts

    def value(self, figure: WatchedFigure, part: _Part, begin: float, end: float) -> FigureValue | None:
        """The figure in a span of time; None where it has no value."""
        found = daily_figures(
            self.store,
            self.service.id,
            since=begin,
            until=end,
            every=None,
            by=part.by,
            part=part.name or None,
        )
        return found[0].values.get(figure.name) if found else None

    def _appeared(self, by: By) -> list[str]:
        self.days("grounding", _Part(by, "", 0.0), 0.0)
        first = {
            part: min(days[0][0] for days in figures.values())
            for part, figures in self._read[(by, 0.0)].items()
        }
        return sorted(first, key=lambda part: (first[part], part))


def chance_of(place: int, share: float, closed: int = 0) -> float:
    """The chance of ever a false alarm of one figure in one part.

    place: the figure's place in WATCHED, from 1.
    share: the part's share of it: `part_share` of its place.
    closed: how many alarms about it were closed.
    """
    return FALSE_ALARM / (place * (place + 1)) * share * 0.9 * 0.1**closed


def part_share(place: int) -> float:
    """The share of a part by its place: all traffic is the first, the part that appeared first the second."""
    return 1 / (place * (place + 1))


def _test(
    traffic: _Traffic,
    figure: WatchedFigure,
    place: int,
    part: _Part,
    closed: tuple[float, ...],
    comparable: float,
) -> Change | None:
    """comparable: since when the figure's values can be compared, in Unix seconds; 0.0 for always."""
    since = max((comparable, *closed))
    series = traffic.days(figure.name, part, since)
    if not series:
        return None
    alpha = chance_of(place, part.share, len(closed))
    reference = None if part.by or since else _sweep(traffic.service, figure)
    detection = detect_fall(
        _days(series, figure),
        alpha=alpha,
        least=least_on_scale(figure, in_part=part.by is not None),
        reference=None if reference is None else _as_fall(reference, figure),
    )
    if detection is None or not detection.is_fall:
        return None
    change = _change(
        traffic, figure, part, [max(start, since) for start, _ in series], detection, alpha, since, reference
    )
    if change is None:
        return None
    assert detection.found_on is not None
    return _with_recovery(traffic, change, part, series[detection.found_on + 1 :])


def _least(figure: WatchedFigure, *, in_part: bool) -> float:
    """The smallest change that is worth an alarm."""
    return figure.least * (PART_FACTOR if in_part else 1.0)


def least_on_scale(figure: WatchedFigure, *, in_part: bool = False) -> float:
    """The smallest change on the scale of the test: x / (x + c) for unbounded figures, at x = c."""
    least = _least(figure, in_part=in_part)
    return 0.5 - 1 / (2 + least) if figure.name in UNBOUNDED else least


def _days(series: list[tuple[float, Sums]], figure: WatchedFigure) -> Days:
    count, total, squares = np.array([(s.count, s.total, s.squares) for _, s in series], dtype=float).T
    days = Days(count, total, squares)
    return days if figure.worse == "lower" else days.turned()


def _sweep(service: Service, figure: WatchedFigure) -> FigureValue | None:
    """What the winner's experiment measured: on the held-out questions, else on those of the selection."""
    evidence: dict[str, Any] = (service.winner or {}).get("evidence") or {}
    for part in ("holdout", "search"):
        found = (evidence.get(part) or {}).get(figure.name) if figure.name in FROM_SWEEP else None
        if found and None not in (found.get("mean"), found.get("low"), found.get("high")):
            return FigureValue(found["mean"], found["low"], found["high"], int(found.get("count") or 0))
    return None


def _as_fall(value: FigureValue, figure: WatchedFigure) -> Reference:
    if figure.worse == "lower":
        return Reference(value.mean, value.low, value.count)
    return Reference(1 - value.mean, 1 - value.high, value.count)


def _change(
    traffic: _Traffic,
    figure: WatchedFigure,
    part: _Part,
    starts: list[float],
    detection: Detection,
    alpha: float,
    watched_since: float,
    reference: FigureValue | None,
) -> Change | None:
    since = starts[detection.since]
    before = traffic.value(figure, part, watched_since, since)
    after = traffic.value(figure, part, since, traffic.now)
    if after is None:  # deleted meanwhile
        return None
    assert detection.found_on is not None
    return Change(
        figure,
        part.by,
        part.name,
        since,
        starts[detection.since_earliest],
        starts[detection.since_latest],
        min(traffic.now, math.floor(starts[detection.found_on] / DAY + 1) * DAY),
        min(SUREST, 1 - min(1.0, detection.p / alpha) * FALSE_ALARM),
        before or reference,
        after,
        before is None and reference is not None,
    )


def _with_recovery(
    traffic: _Traffic, change: Change, part: _Part, series: list[tuple[float, Sums]]
) -> Change:
    """The change with since when its figure is as good as before: it got better again beyond chance, has not
    got worse since, and what it is since then (95 % interval) is not shown to be worse than before by what is
    worth an alarm.

    series: (start of the day, sums) of the days after the one on which the change was found. They played no
    part in finding it, so that the chance of a false recovery is that of the test.
    """
    figure, before, in_part = change.figure, change.before, part.by is not None
    since = _find_recovery(_days(series, figure), least_on_scale(figure, in_part=in_part)) if series else None
    if before is None or since is None:
        return change
    begin = series[since][0]
    bad = traffic.value(figure, part, change.since, begin)
    good = traffic.value(figure, part, begin, traffic.now)
    if bad is None or good is None or not _is_as_good(figure, good, before.mean, in_part=in_part):
        return change
    return replace(change, after=bad, recovered_since=begin, recovered=good)


def _find_recovery(days: Days, least: float) -> int | None:
    """The place of the day on which values that had fallen rose again for good; None where they did not.

    After a relapse they may rise once more: the k-th rise has 1 / (k (k + 1)) of the chance of a false one.
    """
    begin, rises = 0, 1
    while begin < len(days):
        alpha = FALSE_RECOVERY / (rises * (rises + 1))
        rise = detect_fall(days.since(begin).turned(), alpha=alpha, least=least)
        if rise is None or not rise.is_fall or rise.since == 0:
            return None
        risen = begin + rise.since
        relapse = detect_fall(days.since(risen), alpha=FALSE_RECOVERY, least=least)
        if relapse is None or relapse.found_on is None:
            return risen
        begin, rises = risen + relapse.found_on + 1, rises + 1
    return None


def _is_as_good(figure: WatchedFigure, value: FigureValue, before: float, *, in_part: bool) -> bool:
    """Whether the interval of a value reaches what would be no alarm beside a mean before."""
    least = _least(figure, in_part=in_part)
    if figure.name in UNBOUNDED:
        return value.low <= before * (1 + least)
    return value.high >= before - least if figure.worse == "lower" else value.low <= before + least
