"""Estimates which share of each trial's answers people would like, from few ratings and many scores.
Knows nothing about the store.

Prediction-powered inference with pooling: what scores predict of liking is learned from all ratings, and
scores that say nothing get no weight, as in PPI++ (Angelopoulos, Duchi and Zrnic 2023); how far the
prediction is off is an effect of each trial, question and answer, shrunk towards what trials with the same
settings got.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from workbench.analysis.liked.design import make_design
from workbench.analysis.liked.disagreement import find_disagreement
from workbench.analysis.liked.model import Fit, Kernel, Spreads
from workbench.analysis.liked.observations import make_observations
from workbench.analysis.liked.shares import Shares, draw_shares
from workbench.analysis.liked.spreads import find_fits
from workbench.analysis.liked.types import (
    Answers,
    Array,
    Choice,
    Liked,
    LikedEstimates,
    PartEstimates,
    Thumb,
)
from workbench.analysis.wilson import Z


def estimate_liked(
    answers: Answers, thumbs: Sequence[Thumb], choices: Sequence[Choice] = ()
) -> LikedEstimates | None:
    """The estimates for all trials; None where no rating is about what they show."""
    shown = set(answers.seen)
    thumbs = sorted((t for t in thumbs if t.seen in shown), key=lambda t: (t.rater, t.seen))
    choices = sorted(
        (c for c in choices if c.first in shown and c.second in shown and c.first != c.second),
        key=lambda c: (c.rater, c.first, c.second),
    )
    if not thumbs and not choices:
        return None
    design = make_design(answers)
    observations = make_observations(design, answers.seen, thumbs, choices)
    fits = find_fits(Kernel(observations, design.axes))
    shares = draw_shares(answers, design, observations, fits)
    parts: dict[str, PartEstimates] = {
        part: _part(answers, part, shares, thumbs, choices)
        for part in ("search", "holdout")
        if part in shares.draws
    }
    return LikedEstimates(
        parts,
        len(thumbs),
        len(choices),
        len(observations.rater_names),
        find_disagreement(thumbs, choices),
        _mean_weights(fits, design.feature_names),
        _mean_spreads(fits),
    )


def _part(
    answers: Answers, part: str, shares: Shares, thumbs: Sequence[Thumb], choices: Sequence[Choice]
) -> PartEstimates:
    draws = shares.draws[part]
    there = np.flatnonzero(np.isfinite(draws).all(axis=1))
    places = np.flatnonzero([p == part for p in answers.parts])
    values = _by_question(answers, shares.values)[np.ix_(there, places)]
    counts = _count(answers, part, thumbs, choices)
    liked = []
    for row, trial in enumerate(there):
        mean = float(np.nanmean(values[row]))
        liked.append(Liked(mean, *_interval(mean, draws[trial]), *counts[int(trial)]))
    return PartEstimates(
        tuple(answers.trial_ids[t] for t in there),
        tuple(liked),
        draws[there],
        tuple(answers.question_ids[p] for p in places),
        values,
    )


def _interval(mean: float, draws: Array) -> tuple[float, float]:
    """The 95 % interval: normal in log odds, as that keeps within [0, 1] and is as skewed as a share is."""
    inside = np.clip(draws, 1e-6, 1 - 1e-6)
    centre, spread = logit(min(max(mean, 1e-6), 1 - 1e-6)), float(np.std(logit(inside)))
    return float(expit(centre - Z * spread)), float(expit(centre + Z * spread))


def _by_question(answers: Answers, values: Array) -> Array:
    """[trials, questions]: the mean over repeats; NaN without an answer."""
    shape = (len(answers.trial_ids), len(answers.question_ids))
    cell = answers.trial * shape[1] + answers.question
    size = shape[0] * shape[1]
    count = np.bincount(cell, minlength=size)
    total = np.bincount(cell, weights=values[answers.item], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(shape)


def _count(
    answers: Answers, part: str, thumbs: Sequence[Thumb], choices: Sequence[Choice]
) -> list[tuple[int, int, int]]:
    """[trials]: (thumbs, choices, raters) on what its answers of this part show."""
    place = {key: number for number, key in enumerate(answers.seen)}
    trials: dict[int, set[int]] = {}
    wanted = {place[t.seen] for t in thumbs} | {place[s] for c in choices for s in (c.first, c.second)}
    rated = np.isin(answers.item, list(wanted))
    of_part = np.array([p == part for p in answers.parts], dtype=bool)[answers.question]
    for item, trial in zip(answers.item[rated & of_part], answers.trial[rated & of_part], strict=True):
        trials.setdefault(int(item), set()).add(int(trial))
    count = len(answers.trial_ids)
    found: list[list[int]] = [[0, 0] for _ in range(count)]
    raters: list[set[str]] = [set() for _ in range(count)]
    for thumb in thumbs:
        for trial in trials.get(place[thumb.seen], ()):
            found[trial][0] += 1
            raters[trial].add(thumb.rater)
    for choice in choices:
        sides = (trials.get(place[choice.first], set()), trials.get(place[choice.second], set()))
        for trial in sides[0] | sides[1]:
            found[trial][1] += 1
            raters[trial].add(choice.rater)
    return [(a, b, len(names)) for (a, b), names in zip(found, raters, strict=True)]


def _mean_weights(fits: Sequence[Fit], names: Sequence[str]) -> dict[str, float]:
    """Score → the mean of its weight over the fits."""
    weights = np.mean([fit.mean()[1 : 1 + len(names)] for fit in fits], axis=0)
    return dict(zip(names, map(float, weights), strict=True))


def _mean_spreads(fits: Sequence[Fit]) -> dict[str, float]:
    names = Spreads.__dataclass_fields__
    return {name: float(np.mean([getattr(fit.spreads, name) for fit in fits])) for name in names}
