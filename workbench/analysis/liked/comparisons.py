"""Compares trials by their shares of liked answers: differences, their intervals and p values, for all pairs.
Knows nothing about how the shares are estimated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from workbench.analysis.liked.types import LikedEstimates
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.significance import NAMES, Kind
from workbench.analysis.wilson import Z
from workbench.space.scores import LIKED
from workbench.store.figures import Comparison

_NORMAL = NormalDist()
_WIDEST = 8.0  # standard deviations: beyond, the normal density is 0 for all that is said here


def range_p(statistics: Sequence[float], trials: int) -> list[float]:
    """How likely it is that the largest distance between so many independent standard normal values reaches
    each statistic (Tukey 1953): the correction for all pairs. Where estimates are correlated, it is too large
    rather than too small (Hayter 1989).
    """
    from scipy.special import ndtr

    reached = np.asarray(statistics, dtype=np.float64)[:, None]
    at = np.linspace(-_WIDEST, _WIDEST, 201)  # where the largest of them may be
    density = trials * np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)
    inside = density * (ndtr(at) - ndtr(at - reached)) ** (trials - 1)
    return [float(p) for p in np.clip(1.0 - np.trapezoid(inside, at, axis=1), 0.0, 1.0)]


def compare_liked(
    estimates: LikedEstimates, trial_ids: Sequence[str], other_id: str, kind: Kind, *, maximize: bool = True
) -> list[Comparison]:
    """Compare trials with another one. Those without an estimate, and the other itself, are left out."""
    part = estimates.parts.get("search")
    if part is None or other_id not in part.trial_ids:
        return []
    place = {trial_id: row for row, trial_id in enumerate(part.trial_ids)}
    compared = [trial_id for trial_id in trial_ids if trial_id in place and trial_id != other_id]
    found = [estimates.difference(trial_id, other_id) for trial_id in compared]
    trials, answered = len(place), np.isfinite(part.values)
    statistics = [_statistic(*figures) for figures in found]
    corrected = range_p([math.sqrt(2) * statistic for statistic in statistics], trials)
    comparisons = []
    for at, trial_id in enumerate(compared):
        difference, low, high = found[at]
        p = 2 * (1 - _NORMAL.cdf(statistics[at]))
        p_corrected = max(p, corrected[at])
        favours = (difference > 0) == maximize
        better = favours if p_corrected <= ALPHA else None
        in_common = int((answered[place[trial_id]] & answered[place[other_id]]).sum())
        comparisons.append(
            Comparison(
                kind, trial_id, other_id, LIKED, difference, low, high, p, p_corrected,
                trials * (trials - 1) // 2, in_common, None, better, favours if p <= ALPHA else None,
                _verdict(better, NAMES[kind]),
            )
        )  # fmt: skip
    return comparisons


def _statistic(difference: float, low: float, high: float) -> float:
    """The difference in standard errors; 0 where two trials show the same answers."""
    error = max(high - difference, difference - low) / Z
    if error > 1e-12:
        return abs(difference) / error
    return 0.0 if abs(difference) < 1e-12 else math.inf


def _verdict(better: bool | None, name: str) -> str:
    return f"tied with {name}" if better is None else f"{'better' if better else 'worse'} than {name}"
