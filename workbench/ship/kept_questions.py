"""What a winner keeps of its experiment's questions: canaries to ask again, and what tells new questions.
Knows nothing about choosing them: canary_choice.py does; nor about asking them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workbench.corpus.types import History
from workbench.input.checked_model import CheckedModel

DEFAULT_CANARIES = 40
"""How many canaries an export keeps unless told otherwise."""
MOST_CANARIES = 50
MOST_KNOWN = 500
"""How many questions of the sweep are kept to tell new questions by."""


class CanaryReply(CheckedModel):
    """What a canary got in one repeat of the experiment."""

    answer: str
    """The answer, without thinking."""
    refused: bool = False
    """Whether it declines the question."""
    scores: dict[str, float] = {}
    """Score name → value, for the free scores that have one."""
    request: str = ""
    """Hash of what the model was sent (`call_key`)."""
    served_model: str | None = None
    """The model's name in the reply; None when the server gave none."""


class Canary(CheckedModel):
    """A question that is asked again to see whether a service still answers as it did."""

    question: dict[str, Any]
    """The question as a line of questions.jsonl: its id, text, reference answers, evidence as quotes, tags,
    earlier turns and filter."""
    cluster: str = ""
    """Canaries of one cluster count once; empty for one on its own."""
    then: list[CanaryReply]
    """What it got then, one reply per repeat."""

    @property
    def id(self) -> str:
        return str(self.question["id"])


class Canaries(CheckedModel):
    """The canaries of a winner."""

    today: str
    """The date that the prompts showed (YYYY-MM-DD): they are asked with it again, so that requests are
    equal."""
    part: str
    """The part of the questions that they are from: "holdout", or "search" where none were held out."""
    questions: list[Canary]


class KnownQuestion(CheckedModel):
    """A question of the sweep, as far as it takes to tell whether another one is new."""

    id: str
    tags: list[str] = []
    cluster: str = ""
    """The section or group that it is about; empty where that is not known."""
    group: str = ""
    """Wordings of one fact share it; empty for a question on its own."""
    text: str = ""
    """Its text; empty where an export left out texts."""
    vector: str = ""
    """Its embedded vector where there is no text: 384 bytes in base64, signed, 127 for 1."""


class KnownQuestions(CheckedModel):
    """The questions of the sweep, to tell new questions from known ones."""

    encoder: str
    """The embedded encoder by name and hash, for which the vectors hold."""
    all: int
    """How many the sweep had; at most 500 of them are kept."""
    questions: list[KnownQuestion] = Field(default_factory=list)


def text_to_compare(question: str, history: History = ()) -> str:
    """What is compared of a question: a follow-up means little without the user's turn before it."""
    before = [turn.text for turn in history if turn.role == "user"][-1:]
    return " ".join([*before, question])
