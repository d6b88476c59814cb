"""Turns thumbs and choices into observations of the model of liking: rows of what each depends on.
Knows nothing about how the model is fitted.

A thumb is up with the log odds of what was seen and of its rater. Between two answers, of which one is
better, the first is chosen with the difference of their log odds (Bradley and Terry 1952); that is what
remains when a rater likes only one of the two, and how readily the rater likes anything cancels (Rasch 1960).
"Both are good" is a thumb up on each, "both are bad" a thumb down on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from workbench.analysis.liked.design import Design
from workbench.analysis.liked.types import Array, Choice, Indices, Thumb


@dataclass(frozen=True, eq=False)
class Observations:
    """What people said, one row for each yes or no."""

    yes: Array
    """[rows]: 1 where a thumb is up or the first was chosen, else 0."""
    raters: Indices
    """[rows]: the number of the rater."""
    rater_names: tuple[str, ...]
    constant: Array
    """[rows]: 1 for a thumb, 0 for a choice, in which what holds for all answers cancels."""
    features: Array
    """[rows, features]"""
    settings: Array
    """[rows, levels of all axes]"""
    trials: Array
    """[rows, trials]"""
    questions: Array
    """[rows, clusters of questions]"""
    answers: Array
    """[rows, rated things seen]"""
    rated: Indices
    """[rated things seen]: their places among all things seen."""

    @cached_property
    def same_rater(self) -> Array:
        """[rows, rows]: 1 where two rows have one rater."""
        return np.asarray(self.raters[:, None] == self.raters[None, :], dtype=np.float64)

    def of_rows(self, rows: Indices) -> Observations:
        """Some of the rows. Raters and effects stay as they are."""
        columns = ("yes", "raters", "constant", "features", "settings", "trials", "questions", "answers")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.yes)


def make_observations(
    design: Design, seen: Sequence[str], thumbs: Sequence[Thumb], choices: Sequence[Choice]
) -> Observations:
    """The observations of what can be seen here; ratings of anything else are passed over.

    Each rater's thumb on one thing and choice between two count once, the last one given.
    """
    place = {key: number for number, key in enumerate(seen)}
    rows: dict[tuple[str, ...], tuple[str, int, int | None, bool]] = {}
    for choice in choices:
        first, second = place.get(choice.first), place.get(choice.second)
        if first is None or second is None or first == second:
            continue
        if choice.outcome in ("first", "second"):
            key = ("choice", choice.rater, *sorted((choice.first, choice.second)))
            rows[key] = (choice.rater, first, second, choice.outcome == "first")
        else:
            for name, item in ((choice.first, first), (choice.second, second)):
                rows["thumb", choice.rater, name] = (choice.rater, item, None, choice.outcome == "good")
    for thumb in thumbs:  # a thumb says more plainly what a tie only implies
        if thumb.seen in place:
            rows["thumb", thumb.rater, thumb.seen] = (thumb.rater, place[thumb.seen], None, thumb.liked)
    return _of_rows(design, list(rows.values()))


def _of_rows(design: Design, rows: Sequence[tuple[str, int, int | None, bool]]) -> Observations:
    names = {name: number for number, name in enumerate(sorted({rater for rater, *_ in rows}))}
    first = np.array([row[1] for row in rows], dtype=np.intp)
    is_choice = np.array([row[2] is not None for row in rows], dtype=bool)
    second = np.array([row[1] if row[2] is None else row[2] for row in rows], dtype=np.intp)
    rated = np.unique(np.concatenate([first, second]))
    minus = is_choice.astype(np.float64)[:, None]

    def differ(of: Array) -> Array:
        """A column for each of `of`'s: of the first minus, for choices, of the second."""
        return np.asarray(of[first] - minus * of[second])

    def one_of(numbers: Indices, width: int) -> Array:
        columns = np.zeros((len(rows), width))
        at = np.arange(len(rows))
        np.add.at(columns, (at, numbers[first]), 1.0)
        np.add.at(columns, (at, numbers[second]), -minus[:, 0])
        return columns

    numbers = np.zeros(len(design.clusters), dtype=np.intp)
    numbers[rated] = np.arange(len(rated))
    settings = design.settings[first].toarray() - minus * design.settings[second].toarray()
    trials = design.trials[first].toarray() - minus * design.trials[second].toarray()
    return Observations(
        yes=np.array([row[3] for row in rows], dtype=np.float64),
        raters=np.array([names[row[0]] for row in rows], dtype=np.intp),
        rater_names=tuple(names),
        constant=1.0 - minus[:, 0],
        features=differ(design.features),
        settings=settings,
        trials=trials,
        questions=one_of(design.clusters, design.cluster_count),
        answers=one_of(numbers, len(rated)),
        rated=rated,
    )
