"""Which trials differ significantly: a permutation test paired by question, corrected for multiple
comparisons. Knows nothing about the store or pages: a table of scores in, comparisons out. Sources:
docs/statistics.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.multiple_comparisons import ALPHA, holm
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.power import questions_needed
from workbench.store.figures import Comparison

MOST_PADDED = 1_000_000
Array = NDArray[np.float64]
Kind = Literal["leader", "baseline", "pair"]


@dataclass(frozen=True)
class ScoreTable:
    """One score of an experiment's trials, averaged over repeats."""

    score: str
    """The name of the score."""
    trial_ids: tuple[str, ...]
    question_ids: tuple[str, ...]
    values: Array
    """[trials, questions]; NaN where a trial was not asked or not scored."""
    of_unit: bool = True
    """Whether values lie in [0, 1]."""
    maximize: bool = True
    """Whether more is better."""

    def only(self, trial_ids: Sequence[str]) -> ScoreTable:
        """The rows of these trials, in this order."""
        rows = [self.trial_ids.index(t) for t in trial_ids]
        return ScoreTable(
            self.score, tuple(trial_ids), self.question_ids, self.values[rows], self.of_unit, self.maximize
        )


def make_score_table(
    score: str, cells: Sequence[tuple[str, str, float]], *, of_unit: bool = True, maximize: bool = True
) -> ScoreTable:
    """Build a table; trials and questions keep their order of appearance.

    cells: (trial id, question id, mean over repeats).
    """
    trials = {t: i for i, t in enumerate(dict.fromkeys(c[0] for c in cells))}
    questions = {q: i for i, q in enumerate(dict.fromkeys(c[1] for c in cells))}
    values = np.full((len(trials), len(questions)), np.nan)
    for trial, question, value in cells:
        values[trials[trial], questions[question]] = value
    return ScoreTable(score, tuple(trials), tuple(questions), values, of_unit, maximize)


def compare_with(table: ScoreTable, other_id: str, kind: Kind) -> list[Comparison]:
    """Compare every other trial with one, on the questions that both were scored on.

    Holm's correction (1979) counts everything that could have been reported: one comparison for a pair; one
    per trial for a baseline that was named beforehand; all pairs of trials for the leader, since it was
    picked by the same answers.

    other_id: the trial that the others are compared with.
    Returns no comparisons when that trial is not in the table.
    """
    if other_id not in table.trial_ids:
        return []
    reference_row = table.trial_ids.index(other_id)
    rows = [i for i in range(len(table.trial_ids)) if i != reference_row]
    if not rows:
        return []
    compared = len(rows) * (len(rows) + 1) // 2 if kind == "leader" else len(rows)
    differences = (table.values[rows] - table.values[reference_row]).T
    questions = np.isfinite(differences).sum(axis=0)
    testable = np.flatnonzero(questions >= 2)
    p = np.full(len(rows), np.nan)
    corrected = np.full(len(rows), np.nan)
    if len(testable):
        p[testable] = permutation_p(differences[:, testable], compared)
        corrected[testable] = _holm(p[testable], compared)
    intervals = difference_intervals(differences, of_unit=table.of_unit)
    return [
        _comparison(
            table,
            kind,
            table.trial_ids[trial],
            other_id,
            differences[:, i],
            (p[i], corrected[i]) if questions[i] >= 2 else None,
            intervals[i],
            compared,
        )
        for i, trial in enumerate(rows)
    ]


def compare_pair(table: ScoreTable, trial_id: str, other_id: str) -> Comparison:
    """Compare two trials that were chosen without looking at the scores, so no correction is needed."""
    scored = [t for t in (trial_id, other_id) if t in table.trial_ids]
    if len(scored) == 2 and trial_id != other_id:
        return compare_with(table.only(scored), other_id, "pair")[0]
    verdict = (
        "a configuration cannot be compared with itself"
        if trial_id == other_id
        else "one of them has no scores"
    )
    return Comparison(
        "pair", trial_id, other_id, table.score, None, None, None, None, None, 1, 0, None, None, verdict
    )


def _holm(p: Array, compared: int) -> Array:
    """Holm's correction for `compared` comparisons; those that were not made count as not significant."""
    if compared > MOST_PADDED:  # the pairs of 1,400 trials or more: Bonferroni's correction is hardly larger
        return np.minimum(1.0, p * compared)
    family = np.concatenate([p, np.ones(max(0, compared - len(p)))])
    return holm(family)[: len(p)]


def _comparison(
    table: ScoreTable,
    kind: Kind,
    trial_id: str,
    other_id: str,
    differences: Array,
    tested: tuple[float, float] | None,
    interval: tuple[float, float] | None,
    compared: int,
) -> Comparison:
    paired = differences[np.isfinite(differences)]
    mean = float(paired.mean()) if len(paired) else None
    p, corrected = (float(tested[0]), float(tested[1])) if tested else (None, None)
    better = None
    if mean is not None and corrected is not None and corrected <= ALPHA:
        better = (mean > 0) == table.maximize
    sample_size = questions_needed(paired, ALPHA / compared) if better is None else None
    low, high = interval or (None, None)
    if table.of_unit and low is not None and high is not None:
        low, high = max(-1.0, low), min(1.0, high)
    name = {"leader": "the leader", "baseline": "the baseline", "pair": "the other"}[kind]
    verdict = _verdict(paired, better, name)
    return Comparison(
        kind, trial_id, other_id, table.score, mean, low, high, p, corrected, compared, len(paired),
        sample_size, better, verdict,
    )  # fmt: skip


def _verdict(paired: Array, better: bool | None, name: str) -> str:
    if len(paired) == 0:
        return f"no question in common with {name}"
    if len(paired) == 1:
        return f"one question in common with {name}: no test is possible"
    if better is not None:
        return f"{'better' if better else 'worse'} than {name}"
    differing = int((paired != 0).sum())
    if differing == 0:
        return f"the same as {name} on all {len(paired)} questions"
    if 2.0 ** (1 - differing) > ALPHA:  # with so few signs no pattern is significant
        return f"cannot be told apart from {name}: only {differing} of {len(paired)} questions differ"
    return f"cannot be told apart from {name}"
