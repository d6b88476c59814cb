"""Detects that the mean of bounded values has fallen since some day, however often one looks.
Knows nothing about what the values measure, nor about the store.

Nothing has changed as long as the mean of each day lies within one band, [m - least, m], for a level m that
is not known. The chance of EVER an alarm is then at most `alpha`:

1. For each day on which a fall may have begun, and each level m, there is an e-process: the evidence of the
   days before that the mean was above m, times the evidence of the days since that it is below m - least.
   Both are bets that grow on average only if the band is left: the empirical Bernstein process of Howard,
   Ramdas, McAuliffe and Sekhon ("Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals
   of Statistics 2021, theorem 4), mixed over a few bets (Waudby-Smith and Ramdas, "Estimating means of
   bounded random variables by betting", JRSS B 2024).
2. Their mixture over the days, with weights that sum to 1 over all days to come, is an e-process again: it
   passes 1 / alpha with a probability of at most alpha, ever (Ville's inequality). Shin, Ramdas and Rinaldo
   ("E-detectors: a nonparametric framework for sequential change detection", NEJSDS 2024) add the processes
   up without weights, which bounds the time between false alarms; with weights, the chance of ever one is
   bounded.
3. The least over all levels m is taken, so that whatever the true level was, the evidence is no greater
   than its own (universal inference: Wasserman, Ramdas and Balakrishnan, PNAS 2020). So how little is known
   of the level before is within the test. A reference from elsewhere, such as the held-out questions of an
   experiment, counts as evidence of the level before; it has half of the weight, so that one that does not
   fit costs a factor of two at most.
4. Answers of one day resemble each other: an event, an outage, a weekend. Each day's evidence is divided by
   its design effect 1 + (n - 1) rho (Kish 1965). The intraclass correlation rho is estimated from the days
   before the start (analysis of variance), together with a prior value that counts for some days.

With rho = 0, the bound holds for any values within [0, 1] of which each one's mean, given those before it,
lies within the band. With days that differ, it holds where the means of days are about normal and rho is no
greater than taken; benchmarks/watch.py measures it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Z = NormalDist().inv_cdf(0.975)
Array = NDArray[np.float64]

BETS_BEFORE = np.array([0.01, 0.04, 0.15, 0.5])
"""The bets (lambda) on the level before: its days are many, so that small bets say most."""
BETS_SINCE = np.array([0.06, 0.15, 0.35, 0.6, 0.9])
"""The bets on a fall: small ones for small falls of values that vary, large ones for rare events."""
BETS_REFERENCE = np.array([1.0, 2.0, 3.5])
"""The bets on the level of a reference, in standard errors."""
BLOCK_DAYS = 30
"""Days on which a fall may have begun are weighted by blocks of so many: 1 / (k (k + 1)) for block k."""
PRIOR_RHO, PRIOR_DAYS = 0.002, 7
"""The intraclass correlation before there are days to estimate it from, and for how many days it counts."""
LEAST_REFERENCE = 10
"""A reference of fewer values is not used."""
ENOUGH_DAYS = 40
"""Once a fall is found, about so many days with evidence are read for when it began."""
GOLDEN = (math.sqrt(5) - 1) / 2
SEARCH_STEPS = 26
"""Steps of the search for the level with the least evidence: to 0.00001."""


@dataclass(frozen=True)
class Days:
    """The values of each day in sums, in order of time; days without a value are left out."""

    count: Array
    """[days]"""
    total: Array
    """[days]: the sums of values within [0, 1]."""
    squares: Array
    """[days]: the sums of their squares."""

    def turned(self) -> Days:
        """1 minus each value: a rise becomes a fall."""
        return Days(self.count, self.count - self.total, self.count - 2 * self.total + self.squares)

    def since(self, first: int) -> Days:
        """The days from a place on."""
        return Days(self.count[first:], self.total[first:], self.squares[first:])

    def __len__(self) -> int:
        return len(self.count)


@dataclass(frozen=True)
class Reference:
    """A mean from elsewhere that the values are held against, with its 95 % interval."""

    mean: float
    low: float
    count: int
    """How many values it rests on."""

    def log_evidence(self, level: Array) -> Array:
        """The logarithm of the evidence that the true mean is above a level, for each level.

        Its error is taken for normal, with the excess of Student's t over the normal in its size.
        """
        free = self.count - 1
        error = max((self.mean - self.low) / Z * math.sqrt(free / (free - 2)), 1 / self.count)
        distance = (self.mean - level) / error
        log_e: Array = _mix([bet * distance - bet * bet / 2 for bet in BETS_REFERENCE])
        return np.asarray(np.logaddexp(log_e, 0.0) - math.log(2))


@dataclass(frozen=True)
class Detection:
    """What the days say about a fall."""

    p: float
    """The smallest level at which an alarm would have been raised up to now."""
    found_on: int | None
    """The first day (its place) on which the evidence sufficed; None for no alarm."""
    since: int
    """The place of the day on which the fall most likely began."""
    since_earliest: int
    since_latest: int
    """The days between which it began, with 90 % of the evidence's weight."""
    level: float
    """The level before with which the fall is hardest to show."""

    @property
    def is_fall(self) -> bool:
        return self.found_on is not None


def detect_fall(
    days: Days, *, alpha: float, least: float, reference: Reference | None = None
) -> Detection | None:
    """Test whether the mean has fallen by more than `least` since some day; None without any day.

    alpha: the chance of ever a false alarm.
    least: the smallest fall that is worth an alarm: the width of the band.
    """
    if not len(days):
        return None
    if reference is not None and reference.count < LEAST_REFERENCE:
        reference = None
    processes = _Processes.of(days, least, reference)
    levels = np.full(len(days), float(days.total.sum() / days.count.sum()))
    # At any level there is at least as much evidence as at the one where it is least, so that most days need
    # no search: they have no evidence at this level.
    mixed = processes.mixed(levels, np.arange(len(days)))
    worth = np.flatnonzero(mixed > 0)
    for first in range(0, len(worth), ENOUGH_DAYS):
        some = worth[first : first + ENOUGH_DAYS]
        levels[some], mixed[some] = _minimise(partial(processes.mixed, on=some), len(some))
        if (mixed[some] >= -math.log(alpha)).any():
            mixed[worth[first + ENOUGH_DAYS :]] = -np.inf  # it is known already, and they are many
            break
    peak = int(np.argmax(mixed))
    crossed = np.flatnonzero(mixed >= -math.log(alpha))
    # The share of each start in the evidence at its peak says when the fall began.
    by_start = processes.by_start(levels[[peak]], np.array([peak]))[:, 0]
    share = np.exp(by_start - np.logaddexp.reduce(by_start))
    since, within = int(np.argmax(share)), np.cumsum(share)
    return Detection(
        p=math.exp(-min(max(float(mixed[peak]), 0.0), 700.0)),
        found_on=int(crossed[0]) if len(crossed) else None,
        since=since,
        since_earliest=min(since, int(np.searchsorted(within, 0.05))),
        since_latest=max(since, min(peak, int(np.searchsorted(within, 0.95)))),
        level=float(levels[peak]),
    )


@dataclass(frozen=True)
class _Processes:
    """The e-processes of all starts, as sums from which they follow for any level."""

    least: float
    reference: Reference | None
    before: tuple[Array, Array, Array]
    """[starts] each: weight, weighted sum and weighted variance of the days before the start."""
    since: tuple[Array, Array, Array]
    """[starts, days] each: the same of the days from the start on, up to each day."""

    @classmethod
    def of(cls, days: Days, least: float, reference: Reference | None) -> _Processes:
        mean, variance, weight = days.total / days.count, _variance(days), _effective(days)
        before, since = np.tril(weight, -1), np.triu(weight)
        return cls(
            least,
            reference,
            (before.sum(axis=1), before @ mean, before @ variance),
            tuple(
                np.cumsum(since * values[None, :], axis=1) for values in (np.ones(len(mean)), mean, variance)
            ),  # type: ignore[arg-type]
        )

    def by_start(self, level: Array, on: NDArray[np.intp]) -> Array:
        """[starts, days]: the logarithm of each start's weighted evidence at the end of some days.

        level: [days]: the level before that is taken for each of them.
        """
        weight, total, spread = self.before
        log_before = _mix(
            [
                bet * (total[:, None] - weight[:, None] * level) - _psi(bet) * spread[:, None]
                for bet in BETS_BEFORE
            ]
        )
        if self.reference is not None:
            log_before = log_before + self.reference.log_evidence(level)
        weight, total, spread = (sums[:, on] for sums in self.since)
        log_since = _mix(
            [bet * (weight * (level - self.least) - total) - _psi(bet) * spread for bet in BETS_SINCE]
        )
        starts = np.arange(len(total))
        log_e = log_before + log_since + _log_start_weights(len(starts))[:, None]
        return np.where(on[None, :] >= starts[:, None], log_e, -np.inf)

    def mixed(self, level: Array, on: NDArray[np.intp]) -> Array:
        """[days]: the logarithm of the mixture over the starts. It is convex in the level."""
        return np.asarray(np.logaddexp.reduce(self.by_start(level, on), axis=0))


def _psi(bet: float) -> float:
    """What a bet costs per unit of variance: psi_E of Howard et al."""
    return -math.log1p(-bet) - bet


def _mix(logs: list[Array]) -> Array:
    """The logarithm of the mean of some processes, given their logarithms."""
    return np.asarray(np.logaddexp.reduce(logs, axis=0) - math.log(len(logs)))


def _minimise(function: Callable[[Array], Array], count: int) -> tuple[Array, Array]:
    """[count] each: where convex functions are least within [0, 1], and their value: golden section."""
    low, high = np.zeros(count), np.ones(count)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(SEARCH_STEPS):
        falls = at_right < at_left
        low, high = np.where(falls, left, low), np.where(falls, high, right)
        kept, at_kept = np.where(falls, right, left), np.where(falls, at_right, at_left)
        new = np.where(falls, low + GOLDEN * (high - low), high - GOLDEN * (high - low))
        at_new = function(new)
        left, right = np.where(falls, kept, new), np.where(falls, new, kept)
        at_left, at_right = np.where(falls, at_kept, at_new), np.where(falls, at_new, at_kept)
    best = at_left <= at_right
    return np.where(best, left, right), np.where(best, at_left, at_right)


def _variance(days: Days) -> Array:
    """[days]: the mean squared distance of a day's values from what the three days before it let expect."""
    count, total = (np.concatenate([np.zeros(4), np.cumsum(sums)]) for sums in (days.count, days.total))
    # A single value of 0.5 is added, which is all that the first day has.
    expected = (total[3:-1] - total[:-4] + 0.5) / (count[3:-1] - count[:-4] + 1)
    squares = days.squares - 2 * expected * days.total + days.count * expected**2
    return np.asarray(np.maximum(squares / days.count, 0.0))


def _effective(days: Days) -> Array:
    """[starts, days]: how many independent values a day is worth, by the days before the start."""
    n = days.count
    k = np.arange(len(days), dtype=float)  # the days before each start
    count, square = np.cumsum(n) - n, np.cumsum(n * n) - n * n
    between = np.cumsum(days.total**2 / n) - days.total**2 / n
    total, squares = np.cumsum(days.total) - days.total, np.cumsum(days.squares) - days.squares
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(k > 1, (count - square / count) / (k - 1), n[0])
        ms_between = (between - total**2 / count) / (k - 1)
        ms_within = (squares - between) / (count - k)
        f = np.where((k > 1) & (ms_within > 1e-12), ms_between / ms_within, 1.0)
    free = np.maximum(k - 1, 0.0)
    pooled = (PRIOR_DAYS * (1 + size * PRIOR_RHO) + free * f) / (PRIOR_DAYS + free)
    excess = np.maximum(pooled - 1, 0.0)
    rho = excess / (excess + size)
    return np.asarray(n[None, :] / (1 + (n[None, :] - 1) * rho[:, None]))


def _log_start_weights(days: int) -> Array:
    """[days]: the logarithms of weights that sum to 1 over all days to come."""
    block = np.arange(days) // BLOCK_DAYS + 1
    return np.asarray(-np.log(block * (block + 1.0) * BLOCK_DAYS))
