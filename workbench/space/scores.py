"""A score as an experiment file asks for it: a name, or a mapping with settings.
Knows nothing about how scores are made, nor which names there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from workbench.space.model import Model
from workbench.space.prompt import Name

LADDER_SCORE = "grounding"
DEFAULT_ESCALATION = (0.3, 0.7)
# ragas's metrics that ask a model, under ragas's names.
JUDGED_NAMES = (
    "faithfulness", "answer_relevancy", "context_precision", "context_recall", "factual_correctness",
    "noise_sensitivity",
)  # fmt: skip


class ScoreEntry(BaseModel):
    """A score with settings; what is left out has its default.

    rubric: what 1 and 0 mean, in the user's own words, under a name of the user's own.
    ladder: the free score first, the model only where that lies within escalate_between (both included).
    judge: a model of its own; else the experiment's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    rubric: str | None = None
    ladder: list[Literal["embedded", "model"]] | None = None
    escalate_between: list[float] | None = None
    judge: str | Model | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rubric is not None and not self.rubric.strip():
            raise PydanticCustomError("score", "rubric is empty: say in your words what 1 and 0 mean")
        if self.ladder is None:
            if self.escalate_between is not None:
                raise PydanticCustomError("score", "escalate_between needs ladder: [embedded, model]")
            return self
        if self.name != LADDER_SCORE or self.rubric is not None:
            raise PydanticCustomError("score", "ladder is a setting of grounding alone")
        if self.ladder != ["embedded", "model"]:
            raise PydanticCustomError("score", "ladder must be [embedded, model]: the free one goes first")
        if self.escalate_between is not None:
            bounds = self.escalate_between
            if len(bounds) != 2 or not 0 <= bounds[0] < bounds[1] <= 1:
                raise PydanticCustomError(
                    "score", "escalate_between must be two rising numbers from 0 to 1, such as [0.3, 0.7]"
                )
        return self

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Where the ladder goes on to the model; None for a score that is no ladder."""
        if self.ladder is None:
            return None
        low, high = self.escalate_between or DEFAULT_ESCALATION
        return low, high


def spell_out(entry: Any) -> Any:
    """`{grounding: {ladder: …}}` as `{name: grounding, ladder: …}`; everything else as it is."""
    if not isinstance(entry, dict) or "name" in entry or len(entry) != 1:
        return entry
    name, settings = next(iter(entry.items()))
    if settings is None:
        return name
    if isinstance(settings, dict) and name not in ScoreEntry.model_fields:
        return {"name": name, **settings}
    return entry


def check_once(entries: Sequence[str | ScoreEntry]) -> None:
    """A score with settings may be named only once: two would be stored under one name."""
    names = [e if isinstance(e, str) else e.name for e in entries]
    for entry in entries:
        if isinstance(entry, ScoreEntry) and names.count(entry.name) > 1:
            raise PydanticCustomError("score", "{name} is named twice", {"name": repr(entry.name)})


def asks_judge(entry: str | ScoreEntry) -> bool:
    if isinstance(entry, str):
        return entry in JUDGED_NAMES
    return entry.name in JUDGED_NAMES or entry.rubric is not None or entry.ladder is not None


def judged_names(entries: Sequence[str | ScoreEntry]) -> dict[str, bool]:
    """The scores that ask a model, once each, and whether each is a ladder."""
    asking = [e for e in entries if asks_judge(e)]
    return {
        (e if isinstance(e, str) else e.name): not isinstance(e, str) and e.bounds is not None for e in asking
    }
