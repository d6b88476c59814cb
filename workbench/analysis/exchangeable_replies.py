"""Tests whether replies to equal requests, given at two times, are of one model.
Knows nothing about requests: by request, the replies from before and from now.

A model may reply differently to one request each time, so that a different reply proves nothing by itself.
But if the model is the same, the replies to one request are exchangeable: those given now could as well be
any others of them. So the distances between replies from before and from now are compared with what they
would be for every other choice of the replies given now: a permutation test within each request (Fisher
1935), exact, whatever the model's own rate of differing replies is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

STEPS = 10
"""How finely the distance of two replies is told: 0 is equal, 10 has nothing in common."""


@dataclass(frozen=True)
class Replies:
    """The replies to one request."""

    before: tuple[str, ...]
    now: tuple[str, ...]

    @cached_property
    def pool(self) -> tuple[str, ...]:
        """All of them without differences in white space, those from before first."""
        if len({*self.before, *self.now}) == 1:  # as most are
            return (self.now[0],) * (len(self.before) + len(self.now))
        return tuple(" ".join(text.split()) for text in (*self.before, *self.now))

    @cached_property
    def differ(self) -> bool:
        """Whether a reply given now is none of those from before."""
        before = len(self.before)
        return not set(self.pool[:before]).issuperset(self.pool[before:])


@dataclass(frozen=True)
class ReplyTest:
    """What the replies say about the model."""

    p: float
    """The chance of pairs that differ so much, if it is the same model."""
    least_p: float
    """The smallest chance that these numbers of replies could have given: with one reply each time, 1."""


def compare_replies(requests: Sequence[Replies]) -> ReplyTest:
    """Compare the replies of all requests at once. Each has replies from before and from now."""
    chances, reached, least = np.ones(1), 0, 1.0
    for replies in requests:
        least *= _least_of(len(replies.before), len(replies.now))
        if len(set(replies.pool)) > 1:
            counts, observed = _relabelled(replies.pool, len(replies.now))
            chances = np.convolve(chances, counts / counts.sum())
            reached += observed
    return ReplyTest(min(1.0, float(chances[reached:].sum())), least)


def _least_of(before: int, now: int) -> float:
    """The chance of the most unusual choice, where the replies from now are unlike all others."""
    return (2.0 if before == now else 1.0) / comb(before + now, now)


@lru_cache(maxsize=4_096)
def _relabelled(pool: tuple[str, ...], now: int) -> tuple[NDArray[np.float64], int]:
    """How often each sum of distances comes about over all choices of the replies given now, and the sum for
    those that were (the last ones)."""
    distances = np.array([[_distance(a, b) for b in pool] for a in pool])
    total = range(len(pool))
    chosen = list(combinations(total, now))  # the last one is that of the replies given now
    sums = []
    for choice in chosen:
        rest = [place for place in total if place not in choice]
        sums.append(int(distances[np.ix_(list(choice), rest)].sum()))
    return np.bincount(sums).astype(np.float64), sums[-1]


def _distance(first: str, second: str) -> int:
    from rapidfuzz import fuzz

    if first == second:
        return 0
    return 1 + round((STEPS - 1) * (1 - fuzz.ratio(first[:2_000], second[:2_000]) / 100))
