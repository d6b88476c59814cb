"""Makes one number and one text of an answer's scores: what the optimiser maximises, and what it reads.
Knows nothing about prompts or how answers come about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.parts.registry import score_entry
from workbench.scoring.support import SUPPORTED
from workbench.space.experiment import DEFAULT_TARGET, Objective
from workbench.space.scores import more_is_better
from workbench.store.records import ScoreRecord

MOST_CLAIMS = 4
LONGEST_REASON = 400
"""Characters of what one score says."""


@dataclass(frozen=True)
class Aim:
    """What is maximised: one score, less what an answer falls short of the experiment's constraints."""

    score: str
    more: bool
    """Whether more of it is better."""
    at_least: Mapping[str, float]
    """Constraints: score → lowest value."""
    at_most: Mapping[str, float]
    """Constraints: score → highest value."""

    def value(self, scores: Iterable[ScoreRecord]) -> float | None:
        """The value of one answer in [0, 1]; None where the score does not apply to the question."""
        values = {score.name: score.value for score in scores if score.value is not None}
        target = values.get(self.score)
        if target is None:
            return None
        value = target if self.more else 1 - target
        value -= sum(max(0.0, low - values[name]) for name, low in self.at_least.items() if name in values)
        value -= sum(max(0.0, values[name] - high) for name, high in self.at_most.items() if name in values)
        return max(0.0, min(1.0, value))

    @property
    def in_words(self) -> str:
        """For example "correctness, less what grounding falls below 0.8"."""
        below = [f"what {name} falls below {low:g}" for name, low in self.at_least.items()]
        above = [f"what {name} rises above {high:g}" for name, high in self.at_most.items()]
        first = self.score if self.more else f"1 - {self.score}"
        return ", less ".join([first, " and ".join([*below, *above])] if below or above else [first])


def find_aim(objective: Objective, score_names: Sequence[str]) -> Aim | None:
    """The aim of an experiment; None where no score of single answers is among its scores.

    An objective that is no such score (a cost, the share of answers that people like) leaves correctness, or
    else the first score of which more is better.
    """
    names = [name for name in score_names if score_entry(name).variants is None]
    usual = ([DEFAULT_TARGET] if DEFAULT_TARGET in names else []) + [n for n in names if more_is_better(n)]
    score = objective.target if objective.target in names else next(iter(usual), None)
    if score is None:
        return None
    others = [name for name in names if name != score]
    return Aim(
        score,
        objective.wants_more(score),
        {name: low for name, low in objective.at_least.items() if name in others},
        {name: high for name, high in objective.at_most.items() if name in others},
    )


def write_feedback(text: str | None, references: Sequence[str], scores: Iterable[ScoreRecord]) -> str:
    """What the scores say against an answer, a line each; "" where they say nothing against it.

    Grounding quotes the claims without support, correctness says what the reference has and the answer lacks,
    refusal that it should have declined. Judges give their reasons.
    """
    if text is None:
        return "- There is no answer: the call failed."
    lines = [line for score in scores for line in _lines(text, score)]
    if lines and references:
        lines.append(f"- An accepted answer: {references[0][:LONGEST_REASON]!r}")
    return "\n".join(lines)


def _lines(text: str, score: ScoreRecord) -> list[str]:
    entry = score_entry(score.name)
    if score.value is None or entry.variants is not None or score.name.startswith("retrieval_"):
        return []
    bad = 1 - score.value if more_is_better(score.name) else score.value
    if bad < 0.01:
        return []
    claims = [claim for claim in score.detail.get("claims", ()) if float(claim.get("support", 1)) < SUPPORTED]
    said = " ".join(str(score.reason).split())[:LONGEST_REASON]
    lines = [f"- {score.name} {score.value:.2f}. {said}".rstrip()]
    for claim in claims[:MOST_CLAIMS]:
        quoted = text[claim["start"] : claim["end"]][:LONGEST_REASON]
        lines.append(f"  Without support in the passages: {quoted!r}. {claim.get('reason', '')}".rstrip())
    return lines
