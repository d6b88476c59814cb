"""Finds when the scores of a service's answers began to be computed in another way.
A score gets better with the program, and its values before and after cannot be compared: a step between them
says nothing about the answers. Knows nothing about what is tested."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.store.database import Store
from workbench.store.serving.changes import find_first_times

SCORE_OF = {
    "grounding": "grounding", "ungrounded": "grounding", "refusals": "refusal", "toxicity": "toxicity",
    "personal_data": "personal_data",
}  # fmt: skip
"""Figure → the score that it is made from; the others are counted."""


@dataclass(frozen=True)
class ScoreChange:
    """A score of another version than before."""

    at: float
    """When the first answer was asked for that has it, in Unix seconds."""
    score: str
    version: str


def find_score_changes(store: Store, service_id: str) -> list[ScoreChange]:
    """The changes in order. A service's first versions are no change."""
    found: list[ScoreChange] = []
    known: dict[str, str] | None = None
    for text, at in find_first_times(store, service_id, "score_versions"):
        versions = _read(text)
        if known is not None:
            found += [ScoreChange(at, s, v) for s, v in versions.items() if known.get(s) != v]
        known = versions
    return found


def _read(versions: str) -> dict[str, str]:
    """Score → version; {} for answers that were scored before versions were kept."""
    parts = (part.rpartition(" ") for part in versions.split(", "))
    return {score: version for score, _, version in parts if score}


def comparable_since(changes: list[ScoreChange], figure: str) -> float:
    """Since when a figure is made from one version of its score; 0.0 for always."""
    score = SCORE_OF.get(figure)
    return max((change.at for change in changes if change.score == score), default=0.0)
