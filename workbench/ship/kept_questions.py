"""What a winner keeps of its experiment's questions: canaries to ask again, and what tells new questions.
Knows nothing about choosing them: canary_choice.py does; nor about asking them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field, field_validator

from workbench.corpus.types import History
from workbench.input.checked_model import CheckedModel
from workbench.input.json_reading import UnusableJson, parse_strict_json

DEFAULT_CANARIES = 40
"""How many canaries an export keeps unless told otherwise."""
MOST_CANARIES = 50
SCORE_DIGITS = 6
"""Digits of a canary's scores, then and when it is asked again, so that equal answers have equal scores."""
MOST_KNOWN = 500
"""How many questions of the sweep are kept to tell new questions by."""


def as_lines(rows: Sequence[BaseModel]) -> str:
    """One JSON object a line, as in questions.jsonl. As YAML they would take seconds to read."""
    kept = (row.model_dump(mode="json", exclude_defaults=True) for row in rows)
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in kept)


def _rows_of(value: Any) -> Any:
    """The rows of such lines; a list stays as it is."""
    if not isinstance(value, str):
        return value
    rows = []
    for number, line in enumerate(value.splitlines(), start=1):
        try:
            rows.append(parse_strict_json(line))
        except UnusableJson as error:
            raise ValueError(f"line {number} {error}") from None
    return rows


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
    """In a file, a text of one JSON object a line."""

    _read = field_validator("questions", mode="before")(_rows_of)


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
    """In a file, a text of one JSON object a line."""

    _read = field_validator("questions", mode="before")(_rows_of)


def text_to_compare(question: str, history: History = ()) -> str:
    """What is compared of a question: a follow-up means little without the user's turn before it."""
    before = [turn.text for turn in history if turn.role == "user"][-1:]
    return " ".join([*before, question])
