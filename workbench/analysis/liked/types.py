"""Defines what people said about answers, and the estimates of which share of answers they would like.
Knows nothing about how the estimates are made, nor about the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.wilson import Z

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Outcome = Literal["first", "second", "good", "bad"]


@dataclass(frozen=True)
class Thumb:
    """A person's thumb on something seen."""

    rater: str
    seen: str
    """Hash of what was seen (`seen_key`)."""
    liked: bool
    """Whether it is a thumb up."""


@dataclass(frozen=True)
class Choice:
    """A person's choice between two answers to one question."""

    rater: str
    first: str
    """Hash of what was seen on one side (`seen_key`)."""
    second: str
    """Hash of what was seen on the other side (`seen_key`)."""
    outcome: Outcome
    """The better side, or that both are "good" or "bad"."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of an experiment's trials that did not fail, as columns. Questions are those of one part
    or of several; each question belongs to one part."""

    trial_ids: tuple[str, ...]
    facts: tuple[Mapping[str, Any], ...]
    """[trials]: each trial's settings by axis name (`facts_of`); all with the same keys."""
    question_ids: tuple[str, ...]
    parts: tuple[str, ...]
    """[questions]: the part of the questions, "search" or "holdout"."""
    clusters: Indices
    """[questions]: the number of the question's cluster; questions of one cluster count as one."""
    seen: tuple[str, ...]
    """The different things that can be seen, by hash (`seen_key`)."""
    trial: Indices
    """[answers]: the place of the answer's trial in `trial_ids`."""
    question: Indices
    """[answers]: the place of its question in `question_ids`."""
    item: Indices
    """[answers]: the place of what it shows in `seen`."""
    scores: Array
    """[answers, scores]: what was measured without people; NaN where there is no value."""
    score_names: tuple[str, ...]


@dataclass(frozen=True)
class Liked:
    """The share of a trial's answers that people would like."""

    mean: float
    """From 0 to 1."""
    low: float
    """The lower end of the 95 % interval."""
    high: float
    """The upper end of the 95 % interval."""
    thumbs: int
    """How many thumbs there are on what its answers show."""
    choices: int
    """How many choices its answers took part in."""
    raters: int
    """How many people gave those."""


@dataclass(frozen=True)
class Disagreement:
    """How far the raters disagree on what several of them have rated."""

    items: int
    """How many answers have thumbs of several raters."""
    pairs: int
    """How many pairs of thumbs of two raters on one answer there are."""
    share: float | None
    """The share of those pairs in which one thumb is up and the other down, each answer weighted alike; None
    without a pair."""
    by_rater: Mapping[str, tuple[int, float]]
    """Rater → (ratings, share of their thumbs that are up; NaN without a thumb)."""


@dataclass(frozen=True, eq=False)
class PartEstimates:
    """The estimates on one part of the questions."""

    trial_ids: tuple[str, ...]
    """The trials that have answers to it."""
    liked: tuple[Liked, ...]
    """[trials]"""
    draws: Array
    """[trials, draws]: shares drawn from what is still possible; a column holds all trials of one draw."""
    question_ids: tuple[str, ...]
    values: Array
    """[trials, questions]: the expected share of people who like the answer; NaN without an answer."""


@dataclass(frozen=True, eq=False)
class LikedEstimates:
    """Which share of each trial's answers people would like, as far as ratings and scores tell."""

    parts: Mapping[str, PartEstimates]
    """Part of the questions → the estimates on it."""
    thumbs: int
    """How many thumbs they rest on."""
    choices: int
    """How many choices they rest on."""
    raters: int
    """How many people gave those, each weighted alike."""
    disagreement: Disagreement
    weights: Mapping[str, float]
    """Score → by how much the log odds of a thumb up rise with one standard deviation of it."""
    spreads: Mapping[str, float]
    """The standard deviations of the model's parts, in log odds (`Spreads` in model.py)."""

    @property
    def ratings(self) -> int:
        """How many thumbs and choices they rest on."""
        return self.thumbs + self.choices

    def of(self, trial_id: str, part: str = "search") -> Liked | None:
        """The share of one trial; None when it has no answers to that part."""
        found = self.parts.get(part)
        if found is None or trial_id not in found.trial_ids:
            return None
        return found.liked[found.trial_ids.index(trial_id)]

    def difference(self, a: str, b: str, part: str = "search") -> tuple[float, float, float]:
        """(difference, low, high): by how much the share of `a` is above that of `b`, with its 95 % interval.

        Raises KeyError when one of them has no answers to that part.
        """
        draws = self._draws(a, part) - self._draws(b, part)
        difference, half = float(draws.mean()), Z * float(draws.std())
        return difference, max(-1.0, difference - half), min(1.0, difference + half)

    def per_answer(self, trial_id: str, part: str = "search") -> dict[str, float]:
        """Question id → the expected share of people who like the trial's answer to it: for rated answers
        and for others. Their mean is the trial's share."""
        found = self.parts.get(part)
        if found is None or trial_id not in found.trial_ids:
            return {}
        row = found.values[found.trial_ids.index(trial_id)]
        return {q: float(v) for q, v in zip(found.question_ids, row, strict=True) if np.isfinite(v)}

    def _draws(self, trial_id: str, part: str) -> Array:
        found = self.parts.get(part)
        if found is None or trial_id not in found.trial_ids:
            raise KeyError(trial_id)
        return np.asarray(found.draws[found.trial_ids.index(trial_id)])
