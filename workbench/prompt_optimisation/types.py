"""Defines what an optimisation works with: train questions, answers to them, prompts that were proposed.
Knows nothing about how any of them comes about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from workbench.errors import WorkbenchError
from workbench.providers.types import Message
from workbench.space.prompt import Prompt

ProposalState = Literal["accepted", "rejected", "refused"]


@dataclass(frozen=True)
class TrainQuestion:
    """A question of the train part that prompts are tried on."""

    id: str
    text: str
    references: tuple[str, ...]
    """Accepted answers; () for none."""
    cluster: str
    """Questions of one cluster count once and share a fold; its own id for one on its own."""


@dataclass(frozen=True)
class TrainAnswer:
    """A train question's answer under one prompt, as it was scored."""

    question: str
    """The question's text."""
    text: str | None
    """None when the call failed."""
    value: float | None
    """The aim's value in [0, 1]; None where it does not apply to this question."""
    feedback: str
    """What is wrong with the answer, in words; "" where nothing is."""
    cost_usd: float
    """US dollars of the answer and its judges, whether or not it was stored already; 0 without a price."""


class LimitReached(WorkbenchError):
    """The calls or the dollars of an optimisation leave no room for the next request."""


class Asking(Protocol):
    """Asks models on behalf of an optimisation.

    Raises LimitReached where a request may cost more than `most_usd`, and Stopped when the work is to end.
    """

    async def answer(
        self, prompt: Prompt, questions: Sequence[int], most_usd: float | None
    ) -> list[TrainAnswer]:
        """Answers to the train questions with these numbers, in order."""
        ...

    async def reflect(
        self, messages: tuple[Message, ...], repeat: int, most_usd: float | None
    ) -> tuple[str, float]:
        """The reflecting model's reply, "" where the call failed, and its cost in US dollars.

        repeat: how often exactly this was asked before.
        """
        ...


@dataclass(frozen=True)
class Proposal:
    """One prompt that an optimisation proposed, and what became of it."""

    number: int
    """From 0, the prompt that it began with."""
    parent: int | None
    """The number of the proposal that it was made from; None for the first."""
    prompt: Prompt | None
    """None where the reply held no prompt."""
    reason: str
    """Why it was changed, in the reflecting model's words."""
    state: ProposalState
    """Accepted: it passed the check on folds that it did not learn from.  Refused: it was never asked."""
    why: str = ""
    """Why it was rejected or refused, or what the check found, in words."""
    score: float | None = None
    """Its mean value on the train questions it was tried on, its length not counted; None when not tried."""
    found: dict[str, Any] = field(default_factory=dict)
    """Its figures: gain, standard error, folds, tokens."""


@dataclass(frozen=True)
class OptimisedPrompt:
    """How an optimisation ended."""

    proposals: tuple[Proposal, ...]
    """In the order of their numbers."""
    chosen: int | None
    """The number of the accepted proposal that gained most; None where none was accepted."""
    ended: str
    """Why it ended, in words."""
    calls: int
    """Answers and reflections that it asked for, stored ones included."""
    cost_usd: float
    """What they cost in US dollars, stored ones included."""

    @property
    def refused(self) -> int:
        """How many proposals were never asked."""
        return sum(proposal.state == "refused" for proposal in self.proposals)

    @property
    def tried(self) -> int:
        """How many proposals were asked, the first prompt not counted."""
        return len(self.proposals) - self.refused - 1
