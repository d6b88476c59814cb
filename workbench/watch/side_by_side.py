"""Holds two services against each other: on the same requests (shadow), or on shares of the traffic (A/B).
Knows nothing about pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from workbench.analysis.wilson import Z
from workbench.scoring.support import SUPPORTED
from workbench.ship.service import corpus_of
from workbench.store.database import Store
from workbench.store.serving.pairs import find_roles, sum_pairs
from workbench.store.serving.records import NO_TRAFFIC, Role, Service
from workbench.store.serving.services import list_services
from workbench.store.serving.traffic import Window
from workbench.watch.figures import (
    WATCHED,
    FigureValue,
    WatchedFigure,
    daily_figures,
    figure_value,
)

FEWEST_PAIRS = 10
"""With fewer values than this of either service, no difference is told from chance."""
Word = Literal["better", "worse", "not told apart"]


@dataclass(frozen=True)
class Other:
    """A service that answers beside another one."""

    service: Service
    role: Role
    """ "shadow": the same requests, unseen; "share": its own share of the traffic."""
    since: float
    """When it began, in Unix seconds."""


@dataclass(frozen=True)
class Difference:
    """One figure of both services."""

    figure: WatchedFigure
    first: FigureValue
    second: FigureValue
    difference: float
    """The second's mean minus the first's."""
    low: float
    """The lower end of the difference's 95 % interval."""
    high: float
    """The upper end of the difference's 95 % interval."""

    @property
    def word(self) -> Word:
        """What the second is beside the first. Figures are tested one by one."""
        few = min(self.first.count, self.second.count) < FEWEST_PAIRS
        if few or self.low <= 0 <= self.high:
            return "not told apart"
        return "better" if (self.difference > 0) == (self.figure.worse == "lower") else "worse"


def find_others(store: Store, service: Service) -> list[Other]:
    """The services that answer beside this one, from a corpus of the same name: the newest first."""
    corpus = corpus_of(service)
    others = []
    for other in list_services(store):
        if other.id == service.id or corpus_of(other) != corpus:
            continue
        roles = find_roles(store, other.id)
        others += [Other(other, role, at) for role, at in roles.items() if role not in ("main", *NO_TRAFFIC)]
    return sorted(others, key=lambda other: -other.since)


def compare(store: Store, service: Service, other: Other, since: float = 0.0) -> list[Difference]:
    """The figures of both since a time, from when the second one began.

    Shadow answers are compared request by request, with the interval of the mean difference; shares of the
    traffic as two independent groups. What was answered from the cache counts in neither.
    """
    since = max(since, other.since)
    if other.role == "shadow":
        return _paired(store, service, other.service, since)
    return _grouped(store, service, other.service, since)


def _paired(store: Store, service: Service, shadow: Service, since: float) -> list[Difference]:
    window = Window(service.id, since, fresh=True)
    names = [
        figure.name for figure in WATCHED if figure.name != "dislikes"
    ]  # nobody saw the shadow's answers
    sums = sum_pairs(store, window, shadow.id, SUPPORTED, names)
    found = []
    for figure in WATCHED:
        if figure.name not in sums:
            continue
        pair, bounded = sums[figure.name], figure.unit in ("share", "score")
        mean = pair.difference.total / pair.difference.count
        variance = max(0.0, pair.difference.squares / pair.difference.count - mean * mean)
        half = Z * math.sqrt(variance / max(1, pair.difference.count - 1))
        first, second = (figure_value(one, bounded=bounded) for one in (pair.first, pair.second))
        found.append(Difference(figure, first, second, mean, mean - half, mean + half))
    return found


def _grouped(store: Store, service: Service, share: Service, since: float) -> list[Difference]:
    both = [_values(store, service, "main", since), _values(store, share, "share", since)]
    found = []
    for figure in WATCHED:
        values = [one.get(figure.name) for one in both]
        if values[0] is None or values[1] is None:
            continue
        first, second = values[0], values[1]
        mean = second.mean - first.mean
        # Newcombe 1998, method 10: for rates near 0 it keeps its level where a normal interval does not.
        low = mean - math.hypot(second.mean - second.low, first.high - first.mean)
        high = mean + math.hypot(second.high - second.mean, first.mean - first.low)
        found.append(Difference(figure, first, second, mean, low, high))
    return found


def _values(store: Store, service: Service, role: Role, since: float) -> dict[str, FigureValue]:
    found = daily_figures(store, service.id, since=since, every=None, by="role", part=role)
    return found[0].values if found else {}
