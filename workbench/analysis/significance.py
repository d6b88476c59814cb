"""Which trials differ for real: paired by question, tested by permutation, corrected over all compared.
Knows nothing about the store or pages: a table of scores in, comparisons out. Sources: docs/statistics.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.holm_correction import holm
from workbench.analysis.permutation_test import permutation_p
from workbench.store.figures import Comparison

ALPHA = 0.05
POWER = 0.80
MOST_QUESTIONS = 1_000_000  # more than anybody can ask: "not with any number of questions"
MOST_PADDED = 1_000_000
Array = NDArray[np.float64]
Kind = Literal["leader", "baseline", "pair"]


@dataclass(frozen=True)
class ScoreTable:
    """One score of an experiment's trials, averaged over repeats: values[trial, question], NaN where a trial
    was not asked or not scored.  of_unit: values lie in [0, 1].  maximize: more is better."""

    score: str
    trial_ids: tuple[str, ...]
    question_ids: tuple[str, ...]
    values: Array
    of_unit: bool = True
    maximize: bool = True

    def only(self, trial_ids: Sequence[str]) -> ScoreTable:
        rows = [self.trial_ids.index(t) for t in trial_ids]
        return ScoreTable(
            self.score, tuple(trial_ids), self.question_ids, self.values[rows], self.of_unit, self.maximize
        )


def make_score_table(
    score: str, cells: Sequence[tuple[str, str, float]], *, of_unit: bool = True, maximize: bool = True
) -> ScoreTable:
    """From (trial, question, mean over repeats) to a table; trials and questions in order of appearance."""
    trials = {t: i for i, t in enumerate(dict.fromkeys(c[0] for c in cells))}
    questions = {q: i for i, q in enumerate(dict.fromkeys(c[1] for c in cells))}
    values = np.full((len(trials), len(questions)), np.nan)
    for trial, question, value in cells:
        values[trials[trial], questions[question]] = value
    return ScoreTable(score, tuple(trials), tuple(questions), values, of_unit, maximize)


def compare_with(table: ScoreTable, other_id: str, kind: Kind) -> list[Comparison]:
    """Every other trial against one, each on the questions both were scored on.

    Holm's correction (Holm 1979) counts what could have been reported: one comparison for a pair; one a trial
    for a baseline named beforehand; every pair of trials for the leader, since the same answers picked it.
    """
    if other_id not in table.trial_ids:
        return []
    reference = table.trial_ids.index(other_id)
    others = [i for i in range(len(table.trial_ids)) if i != reference]
    if not others:
        return []
    compared = len(others) * (len(others) + 1) // 2 if kind == "leader" else len(others)
    differences = (table.values[others] - table.values[reference]).T
    questions = np.isfinite(differences).sum(axis=0)
    testable = np.flatnonzero(questions >= 2)
    p = np.full(len(others), np.nan)
    corrected = np.full(len(others), np.nan)
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
        for i, trial in enumerate(others)
    ]


def compare_pair(table: ScoreTable, trial_id: str, other_id: str) -> Comparison:
    """Two trials that were chosen without looking at the scores: no correction."""
    known = [t for t in (trial_id, other_id) if t in table.trial_ids]
    if len(known) == 2 and trial_id != other_id:
        return compare_with(table.only(known), other_id, "pair")[0]
    verdict = (
        "a configuration is no other than itself" if trial_id == other_id else "one of them has no scores"
    )
    return Comparison(
        "pair", trial_id, other_id, table.score, None, None, None, None, None, 1, 0, None, None, verdict
    )


def _holm(p: Array, compared: int) -> Array:
    """Comparisons that were not made count as not significant: so the correction holds for all of them."""
    if compared > MOST_PADDED:  # the pairs of 1,400 trials and more: Bonferroni's factor, hardly larger
        return np.minimum(1.0, p * compared)
    family = np.concatenate([p, np.ones(max(0, compared - len(p)))])
    return holm(family)[: len(p)]


def questions_needed(differences: Array, alpha: float = ALPHA) -> int | None:
    """How many questions would find a true difference as large as the one seen, in POWER of all samples, from
    the variance seen: normal approximation with Guenther's (1981) term for the t test, whose power is the
    permutation test's, too. None where no difference was seen, or a million questions would not do."""
    from scipy import stats

    known = differences[np.isfinite(differences)]
    deviation = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    if deviation < 1e-12 or abs(known.mean()) < 1e-6 * deviation:
        return None
    z_level, z_power = float(stats.norm.isf(alpha / 2)), float(stats.norm.ppf(POWER))
    found = ((z_level + z_power) * deviation / float(known.mean())) ** 2 + z_level**2 / 2
    fewest = 1 + math.log2(1 / alpha)  # below, no arrangement of signs is rare enough
    return math.ceil(max(found, fewest)) if found <= MOST_QUESTIONS else None


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
    known = differences[np.isfinite(differences)]
    mean = float(known.mean()) if len(known) else None
    p, corrected = (float(tested[0]), float(tested[1])) if tested else (None, None)
    better = None
    if mean is not None and corrected is not None and corrected <= ALPHA:
        better = (mean > 0) == table.maximize
    needed = questions_needed(known, ALPHA / compared) if better is None else None
    low, high = interval or (None, None)
    if table.of_unit and low is not None and high is not None:
        low, high = max(-1.0, low), min(1.0, high)
    name = {"leader": "the leader", "baseline": "the baseline", "pair": "the other"}[kind]
    verdict = _verdict(known, better, name)
    return Comparison(
        kind, trial_id, other_id, table.score, mean, low, high, p, corrected, compared, len(known), needed,
        better, verdict,
    )  # fmt: skip


def _verdict(known: Array, better: bool | None, name: str) -> str:
    if len(known) == 0:
        return f"no question in common with {name}"
    if len(known) == 1:
        return f"one question in common with {name}: no test is possible"
    if better is not None:
        return f"{'better' if better else 'worse'} than {name}"
    differing = int((known != 0).sum())
    if differing == 0:
        return f"the same as {name} on all {len(known)} questions"
    if 2.0 ** (1 - differing) > ALPHA:  # no arrangement of so few signs is rare enough
        return f"cannot be told apart from {name}: only {differing} of {len(known)} questions differ"
    return f"cannot be told apart from {name}"
