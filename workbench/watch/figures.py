"""The figures of a service over time, by part of its traffic and as a whole, with their intervals.
Knows nothing about alarms: it says how things are, not whether they got worse."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.analysis.wilson import Z, wilson_bounds
from workbench.errors import InputError
from workbench.input.time_span import DAY
from workbench.nearest import did_you_mean
from workbench.scoring.support import SUPPORTED
from workbench.store.database import Store
from workbench.store.serving.traffic import (
    By,
    Sums,
    TrafficSums,
    Window,
    find_percentiles,
    sum_dislikes,
    sum_traffic,
)

FEW = 40
"""With fewer values than this, the interval of a mean is that of a rate, which is never narrower."""


@dataclass(frozen=True)
class WatchedFigure:
    """One of the figures that are watched."""

    name: str
    """Its key in JSON and in an alarm, such as "grounding"."""
    label: str
    """What pages call it."""
    worse: Literal["lower", "higher"]
    """In which direction it gets worse."""
    unit: Literal["share", "score", "usd", "tokens", "seconds"]
    """A share of the answers, a score from 0 to 1, US dollars, tokens or seconds for one answer."""
    least: float
    """The smallest change for the worse that is worth an alarm: as a difference for shares and scores, as a
    part of the value before for the others."""
    help: str
    """What it is, in a sentence."""


WATCHED = (
    WatchedFigure(
        "grounding", "Grounding", "lower", "score", 0.02, "The mean support of the answers by their passages."
    ),
    WatchedFigure(
        "ungrounded",
        "Ungrounded answers",
        "higher",
        "share",
        0.03,
        f"The share of the answers whose grounding is under {SUPPORTED:g}.",
    ),
    WatchedFigure("refusals", "Refusals", "higher", "share", 0.02, "The share of the answers that decline."),
    WatchedFigure("dislikes", "Dislikes", "higher", "share", 0.05, "The share of the thumbs that went down."),
    WatchedFigure("toxicity", "Toxicity", "higher", "score", 0.01, "The mean toxicity of the answers."),
    WatchedFigure(
        "personal_data",
        "Personal data",
        "higher",
        "share",
        0.01,
        "The share of the answers with personal data that the question does not have.",
    ),
    WatchedFigure("failures", "Failures", "higher", "share", 0.01, "The share of the requests that failed."),
    WatchedFigure(
        "cost_usd", "Cost per answer", "higher", "usd", 0.1, "US dollars for an answer that was made."
    ),
    WatchedFigure(
        "tokens",
        "Tokens per answer",
        "higher",
        "tokens",
        0.1,
        "Input and output tokens of an answer that was made.",
    ),
    WatchedFigure(
        "seconds", "Latency", "higher", "seconds", 0.25, "The mean time for an answer that was made."
    ),
)
BY_NAME = {figure.name: figure for figure in WATCHED}


@dataclass(frozen=True)
class FigureValue:
    """A mean over the traffic of some time."""

    mean: float
    low: float
    """The lower end of the 95 % interval."""
    high: float
    """The upper end of the 95 % interval."""
    count: int
    """How many answers (for dislikes: thumbs) it rests on."""


@dataclass(frozen=True)
class TrafficFigures:
    """The figures of one part of the traffic in one span of time."""

    start: float
    """When the span begins, in Unix seconds (UTC)."""
    part: str
    """The tag, cluster, version, model or role; "" for all of the traffic."""
    requests: int
    """All of them, also those that failed or were cancelled."""
    cached: int
    """How many of them were answered from the cache."""
    cost_usd: float
    """What all of them cost together, as far as prices are known."""
    values: dict[str, FigureValue]
    """Name of the figure → its value, for those of WATCHED that have one."""
    seconds_p50: float | None
    """The median time for an answer that was made; None without one."""
    seconds_p95: float | None
    """The time within which 95 % of the answers came."""


def figure_value(sums: Sums, *, bounded: bool) -> FigureValue:
    """The mean with its 95 % interval; `bounded` for values within [0, 1]."""
    count, mean = sums.count, sums.total / sums.count
    if bounded and (count < FEW or math.isclose(sums.squares, sums.total)):
        low, high = wilson_bounds(min(max(mean, 0.0), 1.0), count)
        return FigureValue(mean, low, high, count)
    variance = max(0.0, sums.squares / count - mean * mean) * count / max(1, count - 1)
    half = Z * math.sqrt(variance / count)
    return FigureValue(mean, max(0.0, mean - half), min(1.0, mean + half) if bounded else mean + half, count)


def daily_figures(
    store: Store,
    service_id: str,
    *,
    since: float = 0.0,
    until: float = math.inf,
    every: float | None = DAY,
    by: By | None = None,
    part: str | None = None,
) -> list[TrafficFigures]:
    """The figures of a service by day (UTC), in order of time; spans without a request are left out.

    since, until: Unix seconds; what was asked at `until` is not in it.
    every: seconds of a span: DAY, HOUR, or None for the whole time as one.
    by: divides the traffic into parts, each with its own entries.
    part: the only one of these parts that is wanted.
    """
    window = Window(service_id, since, until, by=by, part=part)
    traffic = sum_traffic(store, window, every=every, ungrounded_below=SUPPORTED)
    dislikes = sum_dislikes(store, window, every=every)
    seconds = find_percentiles(store, window, (0.5, 0.95), every=every)
    return [
        _figures(
            sums, dislikes.get((sums.start, sums.part)), seconds.get((sums.start, sums.part), (None, None))
        )
        for sums in traffic
    ]


def total_figures(
    store: Store, service_id: str, *, since: float = 0.0, until: float = math.inf
) -> TrafficFigures | None:
    """The figures of a whole time as one; None where nothing was asked."""
    found = daily_figures(store, service_id, since=since, until=until, every=None)
    return found[0] if found else None


def _figures(traffic: TrafficSums, dislikes: Sums | None, seconds: Sequence[float | None]) -> TrafficFigures:
    sums = traffic.sums | ({} if dislikes is None else {"dislikes": dislikes})
    values = {
        figure.name: figure_value(sums[figure.name], bounded=figure.unit in ("share", "score"))
        for figure in WATCHED
        if figure.name in sums
    }
    return TrafficFigures(
        traffic.start, traffic.part, traffic.requests, traffic.cached, traffic.cost_usd, values, *seconds
    )


def check_names(names: Iterable[str]) -> None:
    """Raise InputError for a name that is no watched figure."""
    for name in names:
        if name not in BY_NAME:
            raise InputError(
                f"WORKBENCH_WATCH_SENSITIVITY: {name!r} is not a watched figure.",
                hint=did_you_mean(name, BY_NAME),
            )
