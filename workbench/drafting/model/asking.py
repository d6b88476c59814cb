"""Defines how drafting asks a chat model: a prompt and a shape go in, an instance of that shape comes out.
Knows nothing about prompts, calls, limits and prices: whoever opens the model implements `Asks`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

Shape = TypeVar("Shape", bound=BaseModel)

Result = TypeVar("Result")

NO_REPLY = "the model could not be asked"
UNUSABLE = "the model's reply could not be used"


class NoReply(Exception):
    """The model gave no reply that can be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        """NO_REPLY or UNUSABLE, under which such replies are counted."""
        self.detail = detail
        """What was wrong, in words."""


class Asks(Protocol):
    """Asks one chat model."""

    async def ask(self, prompt: str, shape: type[Shape]) -> Shape:
        """The model's reply. An equal prompt is asked once: later ones get the stored reply.

        Raises NoReply, and Stopped when the work is to end.
        """
        ...


async def together(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in order. All are waited for, also when one fails: calls under way are paid for."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    results = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        results.append(outcome)
    return results


def correction(problem: str) -> str:
    """The message that follows a reply which cannot be used."""
    again = "Reply again with the JSON object alone, with all of its fields."
    return f"That reply cannot be used: {problem}. {again}"


# The fields stand in the order in which a model does best: what it copies first, what it makes of it last.
# A docstring would become a part of the schema that servers enforce.
class FactReply(BaseModel):
    quote: str
    answer: str
    question: str


class PairReply(BaseModel):
    quote_1: str
    quote_2: str
    answer: str
    question: str


class GapReply(BaseModel):
    missing: str
    question: str


class FollowUpReply(BaseModel):
    first_question: str
    first_answer: str
    quote: str
    answer: str
    question: str


class AnswerReply(BaseModel):
    answer: str


class WordingsReply(BaseModel):
    wordings: list[str]
