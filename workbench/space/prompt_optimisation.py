"""Defines the optimisation of a prompt: as an experiment file asks for it, and with everything inline.
Knows nothing about how a prompt is improved: prompt_optimisation/ does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, FiniteFloat, Tag, model_validator

from workbench.errors import ExperimentError
from workbench.fingerprint import fingerprint
from workbench.input.checked_model import CheckedModel
from workbench.space.model import Model
from workbench.space.prompt import Name, Prompt

DEFAULT_CALLS = 200
DEFAULT_CELLS = 2
DEFAULT_FOLDS = 3
DEFAULT_LENGTH_PRICE = 0.01
FEWEST_QUESTIONS = 4
"""Train questions that an optimisation needs: two to learn from, two to check with."""
ROUNDS = 4
"""So many prompts can be asked all train questions within the calls: the question sample is cut to that."""


class OptimisationSettings(CheckedModel):
    """How far and by which measure a prompt is improved."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    calls: int = Field(default=DEFAULT_CALLS, ge=1, le=100_000)
    """At most so many answers and reflections, shared evenly by the cells. Judges' calls come on top."""
    budget_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The most US dollars for it, shared evenly by the cells; None leaves the experiment's budget alone."""
    cells: int = Field(default=DEFAULT_CELLS, ge=1, le=20)
    """For how many of the most promising pairs of retrieval and model the prompt is improved."""
    folds: int = Field(default=DEFAULT_FOLDS, ge=2, le=10)
    """Into how many folds the train questions fall: a prompt learns from one and is checked on the others."""
    length_price: FiniteFloat = Field(default=DEFAULT_LENGTH_PRICE, ge=0, le=1)
    """What 100 tokens more than the first prompt's cost, in points of the score."""
    name: Name | None = None
    """What the accepted versions are called; None takes the first prompt's name with "-optimised"."""

    @property
    def calls_each(self) -> int:
        """The calls of one cell."""
        return self.calls // self.cells

    @property
    def budget_each(self) -> float | None:
        """The US dollars of one cell; None without a cap."""
        return None if self.budget_usd is None else self.budget_usd / self.cells

    def most_questions(self, available: int) -> int:
        """How many of the train questions are used, so that `ROUNDS` prompts can be asked all of them."""
        return min(available, self.calls_each // ROUNDS)


class Optimise(OptimisationSettings):
    """An optimisation as it is written: prompt and model may be names."""

    from_: str | Prompt = Field(alias="from")
    """The prompt that is improved. It is tried itself, too."""
    model: str | Model
    """The model that reflects: it reads answers with their scores and writes a better prompt."""


class OptimiseEntry(CheckedModel):
    """An entry of `prompts`: `{optimise: {from: concise, model: gpt}}`."""

    optimise: Optimise

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, data: Any) -> Any:
        if isinstance(data, dict) and "optimise" in data and len(data) > 1:
            other = next(name for name in data if name != "optimise")
            raise ExperimentError(
                f"A prompt with optimise cannot have {other!r} beside it.",
                hint="Write the settings inside optimise: {from: concise, model: NAME, calls: 200}.",
                about="prompts",
            )
        return data

    @property
    def name(self) -> str:
        """What lists call the entry."""
        start = self.optimise.from_
        return f"optimise {start if isinstance(start, str) else start.name}"


def _kind_of_entry(value: Any) -> str:
    if isinstance(value, OptimiseEntry) or (isinstance(value, dict) and "optimise" in value):
        return "OptimiseEntry"
    return "Prompt" if isinstance(value, dict | Prompt) else "str"


PromptEntry = Annotated[
    Annotated[str, Tag("str")]
    | Annotated[Prompt, Tag("Prompt")]
    | Annotated[OptimiseEntry, Tag("OptimiseEntry")],
    Discriminator(_kind_of_entry),
]
"""An entry of `prompts`: a prompt by name, a prompt, or the optimisation of one."""


class PromptOptimisation(OptimisationSettings):
    """An optimisation with everything inline."""

    from_: Prompt = Field(alias="from")
    """The prompt that is improved."""
    model: Model
    """The model that reflects."""

    @property
    def made_name(self) -> str:
        """The name of the accepted versions."""
        return self.name or f"{self.from_.name[:70]}-optimised"

    @property
    def content(self) -> str:
        """Hash of what decides which prompts it proposes and accepts, apart from cell and questions."""
        settings = self.model_dump(mode="json", exclude={"from_", "model", "name"})
        return fingerprint("prompt optimisation", self.from_.content, self.model.content, settings)
