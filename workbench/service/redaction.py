"""Takes texts out of requests before anything is stored: personal data, or all of them.
Knows nothing about how personal data is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.scoring.personal_data import LONGEST, NAME, find_personal_data
from workbench.store.serving.records import NOVELTY, ServedRequest, ServedScore

MASK = "█"
"""Stands for one character, so that the places of claims in an answer stay right."""
_OVERLAP = 500  # what is cut in two by the end of one piece is whole in the next
_MOST_ROUNDS = 10


def redact(text: str) -> str:
    """The text with each character of personal data masked, so that none is found in it any more."""
    for _ in range(_MOST_ROUNDS):
        masked = _masked(text)
        if masked == text:
            return text
        text = masked  # what stood between two pieces of it may now be one itself
    return MASK * len(text)


def _masked(text: str) -> str:
    characters = list(text)
    for begin in range(0, max(len(text), 1), LONGEST - _OVERLAP):  # the finder reads so much at once
        for item in find_personal_data(text[begin : begin + LONGEST]):
            start, end = begin + item.start, begin + item.end
            characters[start:end] = MASK * (end - start)
    return "".join(characters)


def redact_request(request: ServedRequest) -> ServedRequest:
    """The request without personal data in what users, models and servers wrote. The passages are as they
    are in the documents."""
    return replace(
        request,
        texts="redacted",
        question=redact(request.question),
        answer=redact(request.answer),
        history=tuple(replace(turn, text=redact(turn.text)) for turn in request.history),
        filter=_in_json(request.filter, redact),
        error=redact(request.error),
        scores=tuple(redact_score(score) for score in request.scores),
    )


def without_texts(request: ServedRequest) -> ServedRequest:
    """The request with its figures only."""
    return replace(
        request,
        texts="none",
        question="",
        answer="",
        history=(),
        filter=None,
        passages=(),
        error="",
        scores=tuple(score_without_texts(score) for score in request.scores),
    )


def redact_score(score: ServedScore) -> ServedScore:
    """The score without personal data in its reason and its detail."""
    if score.name == NOVELTY:  # it speaks of the sweep's questions only
        return score
    if score.name == NAME:  # its detail is the personal data itself
        found = [
            {key: value for key, value in item.items() if key != "text"}
            for item in score.detail.get("found", ())
        ]
        reason = f"{len(found)} found." if found else score.reason
        return replace(score, reason=redact(reason), detail={"found": found} if found else {})
    return replace(score, reason=redact(score.reason), detail=_in_json(score.detail, redact))


def score_without_texts(score: ServedScore) -> ServedScore:
    """The score without texts. `novelty` names a question of the sweep and holds none of the user's."""
    return score if score.name == NOVELTY else replace(score, reason="", detail={})


def _in_json(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with each of its texts changed, those of keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(key)): _in_json(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_in_json(inner, change) for inner in value]
    return value
