"""Compares a tuned model with its parent, question by question and tag by tag, over the settings both have.
Knows nothing about the store: a table of scores in, differences with intervals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.confidence_intervals import difference_intervals
from workbench.analysis.significance import ScoreTable
from workbench.formatting import counted, listed, signed, signed_interval

Verdict = Literal["helped", "hurt", "not told apart", "too few"]
Part = Literal["holdout", "search"]
PARTS: dict[Part, str] = {"holdout": "held-out question", "search": "selection question"}


@dataclass(frozen=True)
class Difference:
    """The variant minus its parent, on some questions."""

    mean: float | None
    """None where no question has answers of both."""
    low: float | None
    """The lower end of the 95 % interval, by groups of questions; None with fewer than two of them."""
    high: float | None
    questions: int
    groups: int | None
    """How many groups the questions fall into; None where each stands alone."""
    verdict: Verdict
    """Whether the interval leaves out 0, and which way."""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class FamilyComparison:
    """A variant beside its parent in one experiment, by one score."""

    parent: str
    variant: str
    score: str
    part: Part | None
    """Whose questions it rests on: those held out, or where none of both are there, those of the search. None
    where the two have no configuration in common."""
    configurations: int
    """How many pairs of configurations that differ in the model alone it averages over."""
    overall: Difference
    by_tag: Mapping[str, Difference]
    """Tag → the difference on its questions, the largest gain first."""

    @property
    def in_words(self) -> str:
        """What tuning did, in a few sentences."""
        if self.part is None:
            return f"{self.variant} and {self.parent} have no configuration in common yet."
        if self.overall.mean is None:
            return f"{self.variant} and {self.parent} have no question in common that both were scored on."
        where = f"{counted(self.overall.questions, PARTS[self.part])}"
        said = (
            f"{self.variant} against {self.parent}: {difference_text(self.overall)} {self.score} on {where}"
        )
        said += f" over {counted(self.configurations, 'configuration')}"
        said += {
            "helped": ": tuning helped.",
            "hurt": ": tuning hurt.",
            "not told apart": ": no difference can be told.",
            "too few": ", too few to say more.",
        }[self.overall.verdict]
        return " ".join([said, *self._by_tag_in_words()])

    def _by_tag_in_words(self) -> list[str]:
        words = []
        for verdict, verb in (("helped", "Helped on"), ("hurt", "Hurt on")):
            tags = [
                f"{tag} {signed(d.mean or 0.0)}" for tag, d in self.by_tag.items() if d.verdict == verdict
            ]
            words += [f"{verb} {listed(tags)}."] if tags else []
        return words

    def to_json(self) -> dict[str, Any]:
        return {
            "parent": self.parent,
            "variant": self.variant,
            "score": self.score,
            "part": self.part,
            "configurations": self.configurations,
            **self.overall.to_json(),
            "by_tag": {tag: difference.to_json() for tag, difference in self.by_tag.items()},
            "in_words": self.in_words,
        }


def difference_text(difference: Difference) -> str:
    """ "+0.08 (+0.02 to +0.14)"."""
    if difference.mean is None:
        return "—"
    if difference.low is None or difference.high is None:
        return signed(difference.mean)
    return f"{signed(difference.mean)} ({signed_interval(difference.low, difference.high)})"


def compare_with_parent(
    parent: str,
    variant: str,
    part: Part | None,
    table: ScoreTable,
    pairs: Sequence[tuple[str, str]],
    tags: Mapping[str, Sequence[str]],
) -> FamilyComparison:
    """Average the differences of each question over the pairs, then over questions.

    part: that of the table's questions; None where there is no pair.
    pairs: (trial id of the variant, trial id of the parent), alike in all but the model.
    tags: question id → its tags.
    """
    rows = {trial: i for i, trial in enumerate(table.trial_ids)}
    known = [(rows[one], rows[other]) for one, other in pairs if one in rows and other in rows]
    differences = np.full((max(len(known), 1), len(table.question_ids)), np.nan)
    for i, (one, other) in enumerate(known):
        differences[i] = table.values[one] - table.values[other]
    counts = np.isfinite(differences).sum(axis=0)
    sums = np.nansum(differences, axis=0)
    by_question = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    of_tag: dict[str, list[int]] = {}
    for place, question in enumerate(table.question_ids):
        for tag in tags.get(question, ()):
            of_tag.setdefault(tag, []).append(place)
    by_tag = {tag: _difference(table, by_question, places) for tag, places in of_tag.items()}
    sign = 1 if table.maximize else -1
    ordered = sorted(
        ((tag, d) for tag, d in by_tag.items() if d.mean is not None),
        key=lambda item: (-sign * (item[1].mean or 0.0), item[0]),
    )
    overall = _difference(table, by_question, range(len(table.question_ids)))
    return FamilyComparison(parent, variant, table.score, part, len(known), overall, dict(ordered))


def _difference(
    table: ScoreTable, by_question: NDArray[np.float64], places: Sequence[int] | range
) -> Difference:
    chosen = np.zeros(len(by_question), dtype=bool)
    chosen[list(places)] = True
    chosen &= np.isfinite(by_question)
    values, clusters = by_question[chosen], table.clusters.select(chosen)
    if not len(values):
        return Difference(None, None, None, 0, None, "too few")
    interval = difference_intervals(values[:, None], of_unit=table.of_unit, clusters=clusters)[0]
    mean = float(values.mean())
    if interval is None:
        return Difference(mean, None, None, len(values), clusters.groups, "too few")
    low, high = interval
    if table.of_unit:
        low, high = max(-1.0, low), min(1.0, high)
    verdict: Verdict = "not told apart"
    if low > 0 or high < 0:
        verdict = "helped" if (low > 0) == table.maximize else "hurt"
    return Difference(mean, low, high, len(values), clusters.groups, verdict)
