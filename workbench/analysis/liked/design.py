"""Describes what can be seen by what the model of liking knows of it: its scores, settings, trial, question.
Knows nothing about ratings.

One thing seen may be shown by several trials. It is liked or not whoever shows it, so that it has the mean of
their settings' effects; ratings of it count for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from workbench.analysis.axes import find_axes
from workbench.analysis.liked.types import Answers, Array, Indices

RARE = 0.02
"""A score that is missing for a smaller share of the answers than this gets no column of its own for that."""


@dataclass(frozen=True, eq=False)
class Design:
    """What is known of each thing seen, as columns."""

    features: Array
    """[seen, features]: the scores with mean 0 and standard deviation 1; 0 where one is missing."""
    feature_names: tuple[str, ...]
    axes: int
    """How many axes of settings differ between the trials."""
    settings: sparse.csr_array
    """[seen, levels of all axes]: which settings show it; the mean of several."""
    trials: sparse.csr_array
    """[seen, trials]: which trials show it; rows sum to 1."""
    clusters: Indices
    """[seen]: the number of the question's cluster."""
    cluster_count: int


def make_design(answers: Answers) -> Design:
    """The design of everything that the answers show."""
    count = len(answers.seen)
    shows = np.maximum(np.bincount(answers.item, minlength=count), 1)
    ones = 1.0 / shows[answers.item]
    trials = sparse.csr_array(
        (ones, (answers.item, answers.trial)), shape=(count, len(answers.trial_ids))
    )  # the same trial may show one thing twice, in two repeats: entries add up
    levels, axes = _levels(answers.facts)
    clusters = np.zeros(count, dtype=np.intp)
    clusters[answers.item] = answers.clusters[answers.question]
    features, names = _features(answers, shows)
    return Design(
        features,
        names,
        axes,
        sparse.csr_array(trials @ levels),
        trials,
        clusters,
        int(answers.clusters.max(initial=-1)) + 1,
    )


def _levels(facts: Sequence[Mapping[str, Any]]) -> tuple[sparse.csr_array, int]:
    """([trials, levels of all axes]: 1 where a trial has the level, how many axes there are)."""
    axes = find_axes(facts)
    rows: list[int] = []
    columns: list[int] = []
    width = 0
    for axis in axes:
        for trial, level in enumerate(axis.of_trial):
            if level >= 0:
                rows.append(trial)
                columns.append(width + level)
        width += len(axis.levels)
    values = np.ones(len(rows))
    return sparse.csr_array((values, (rows, columns)), shape=(len(facts), width)), len(axes)


def _features(answers: Answers, shows: Indices) -> tuple[Array, tuple[str, ...]]:
    count = len(shows)
    columns: list[Array] = []
    names: list[str] = []
    for number, name in enumerate(answers.score_names):
        values = answers.scores[:, number]
        there = np.isfinite(values)
        known = np.bincount(answers.item, weights=there, minlength=count)
        sums = np.bincount(answers.item, weights=np.where(there, values, 0.0), minlength=count)
        has = known > 0
        if not has.any():
            continue
        mean = sums[has] / known[has]
        spread = float(mean.std())
        if spread > 1e-9:
            column = np.zeros(count)
            column[has] = (mean - mean.mean()) / spread
            columns.append(column)
            names.append(name)
        missing = (~has).astype(np.float64)
        if RARE < missing.mean() < 1 - RARE:
            columns.append((missing - missing.mean()) / float(missing.std()))
            names.append(f"{name} missing")
    features = np.column_stack(columns) if columns else np.zeros((count, 0))
    return features, tuple(names)
