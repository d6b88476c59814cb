"""Which trials differ significantly: a permutation test paired by question, corrected for all pairs.
Knows nothing about the store or pages: a table of scores in, comparisons out. Sources: docs/statistics.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.all_pairs import AllPairs, all_pairs
from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.power import questions_needed
from workbench.formatting import counted
from workbench.store.figures import Comparison

Array = NDArray[np.float64]
Kind = Literal["leader", "baseline", "pair"]
NAMES: dict[Kind, str] = {"leader": "the leader", "baseline": "the baseline", "pair": "the other"}
"""What a comparison's verdict calls the second trial."""


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
    named_clusters: Mapping[str, str] = field(default_factory=dict)
    """Question id → the name of its cluster; a question without one stands alone."""

    @cached_property
    def clusters(self) -> Clusters:
        """The clusters of the questions, in their order."""
        return Clusters.of(self.question_ids, self.named_clusters)

    @cached_property
    def family(self) -> AllPairs:
        """What the p values of any two of the trials are corrected for: seconds with 1,000 trials."""
        return all_pairs(self.values, self.clusters)


def make_score_table(
    score: str,
    cells: Sequence[tuple[str, str, float]],
    named_clusters: Mapping[str, str] | None = None,
    *,
    of_unit: bool = True,
    maximize: bool = True,
) -> ScoreTable:
    """Build a table; trials and questions keep their order of appearance.

    cells: (trial id, question id, mean over repeats).
    named_clusters: as in ScoreTable.
    """
    trials = {t: i for i, t in enumerate(dict.fromkeys(c[0] for c in cells))}
    questions = {q: i for i, q in enumerate(dict.fromkeys(c[1] for c in cells))}
    values = np.full((len(trials), len(questions)), np.nan)
    for trial, question, value in cells:
        values[trials[trial], questions[question]] = value
    return ScoreTable(score, tuple(trials), tuple(questions), values, of_unit, maximize, named_clusters or {})


def compare_with(
    table: ScoreTable, other_id: str, kind: Kind, family: AllPairs | None = None
) -> list[Comparison]:
    """Compare every other trial with one, on the questions that both were scored on.

    other_id: the trial that the others are compared with.
    family: what p is corrected for; None takes all pairs of the table.
    Returns no comparisons when that trial is not in the table.
    """
    return _compare(table, [t for t in table.trial_ids if t != other_id], other_id, kind, family)


def compare_pair(
    table: ScoreTable, trial_id: str, other_id: str, family: AllPairs | None = None
) -> Comparison:
    """Compare two trials. What is said of them is what a leaderboard says that one of them leads.

    table: the scores of all trials of the experiment, since p is corrected for all pairs of them.
    family: as in `compare_with`.
    """
    if trial_id != other_id and trial_id in table.trial_ids:
        for comparison in _compare(table, [trial_id], other_id, "pair", family):
            return comparison
    verdict = (
        "a configuration cannot be compared with itself"
        if trial_id == other_id
        else "one of them has no scores"
    )
    return Comparison(
        "pair", trial_id, other_id, table.score, None, None, None, None, None, 1, 0, None, None, None, verdict
    )


def _compare(
    table: ScoreTable, trial_ids: Sequence[str], other_id: str, kind: Kind, family: AllPairs | None
) -> list[Comparison]:
    """Compare trials of the table with another one."""
    if other_id not in table.trial_ids or not trial_ids:
        return []
    family, clusters = family or table.family, table.clusters
    rows = [table.trial_ids.index(t) for t in trial_ids]
    differences = (table.values[rows] - table.values[table.trial_ids.index(other_id)]).T
    groups = (clusters.sizes(differences) > 0).sum(axis=0)
    testable = np.flatnonzero(groups >= 2)
    p = np.full(len(rows), np.nan)
    corrected = np.full(len(rows), np.nan)
    if len(testable):
        p[testable] = permutation_p(differences[:, testable], None, clusters)
        corrected[testable] = family.corrected(differences[:, testable], p[testable])
    intervals = difference_intervals(differences, of_unit=table.of_unit, clusters=clusters)
    level = family.level
    comparisons = []
    for i, trial_id in enumerate(trial_ids):
        tested = (float(p[i]), float(corrected[i])) if groups[i] >= 2 else None
        comparisons.append(
            _comparison(
                table, kind, trial_id, other_id, differences[:, i], tested, intervals[i], family.pairs, level
            )
        )
    return comparisons


def _comparison(
    table: ScoreTable,
    kind: Kind,
    trial_id: str,
    other_id: str,
    differences: Array,
    tested: tuple[float, float] | None,
    interval: tuple[float, float] | None,
    compared: int,
    level: float,
) -> Comparison:
    """tested: p alone and corrected.  level: the level of one pair at which all together keep 5 %."""
    has_value = np.isfinite(differences)
    paired, clusters = differences[has_value], table.clusters.select(has_value)
    mean = float(paired.mean()) if len(paired) else None
    p, corrected = tested or (None, None)
    favours = None if mean is None else (mean > 0) == table.maximize
    better = favours if corrected is not None and corrected <= ALPHA else None
    better_alone = favours if p is not None and p <= ALPHA else None
    sample_size = questions_needed(paired, level, clusters) if better is None else None
    low, high = interval or (None, None)
    if table.of_unit and low is not None and high is not None:
        low, high = max(-1.0, low), min(1.0, high)
    verdict = _verdict(paired, clusters, better, NAMES[kind])
    return Comparison(
        kind, trial_id, other_id, table.score, mean, low, high, p, corrected, compared, len(paired),
        sample_size, better, better_alone, verdict, clusters.groups,
    )  # fmt: skip


def _verdict(paired: Array, clusters: Clusters, better: bool | None, name: str) -> str:
    if len(paired) == 0:
        return f"no question in common with {name}"
    if len(paired) == 1:
        return f"one question in common with {name}: no test is possible"
    if clusters.count == 1:
        return f"the {len(paired)} questions in common with {name} are one group: no test is possible"
    if better is not None:
        return f"{'better' if better else 'worse'} than {name}"
    differing = int((paired != 0).sum())
    if differing == 0:
        return f"the same as {name} on all {len(paired)} questions"
    signs = int(clusters.differing(paired[:, None])[0])
    if 2.0 ** (1 - signs) > ALPHA:  # with so few signs no pattern is significant
        together = "" if signs == differing else f" in {counted(signs, 'group')}"
        return f"tied with {name}: only {differing} of {len(paired)} questions{together} differ"
    return f"tied with {name}"
