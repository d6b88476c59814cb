"""Recognises "yes" and "no" as whole answers, and turns a question of yes or no into what "yes" states.
Knows nothing about passages and references."""

from __future__ import annotations

import re

_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|correct|true|(?:yes\W+)?(?:it|that) (?:is|does)|(?:yes\W+)?they (?:are|do))\W*$",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:no|nope|false|incorrect|(?:no\W+)?(?:it|that) (?:is not|isn['’]t|does not|doesn['’]t)|"
    r"(?:no\W+)?they (?:are not|aren['’]t|do not|don['’]t))\W*$",
    re.I,
)  # fmt: skip
_CLOSED_QUESTION = re.compile(
    r"(?:^|[,.;:]\s+|\b(?:and|so|then)\s+)"
    r"(?:is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would|has|have|had|am)(?:n['’]t)?\s+"
    r"(?P<rest>\S[^?？]*?)\s*[?？]?\s*$",
    re.I,
)
_OPEN = re.compile(r"^\W*(?:\w+\W+){0,3}?(?:who|whom|whose|what|when|where|which|why|how)\b", re.I)


def said_yes(answer: str) -> bool | None:
    """True for "Yes.", False for "No.", None for anything else."""
    return True if _YES.match(answer) else False if _NO.match(answer) else None


def as_statement(question: str) -> str:
    """What "yes" states as the answer of a question, without its verb: "Are dogs allowed?" → "dogs allowed".

    Empty where the question is not one of yes or no.
    """
    match = None if _OPEN.match(question) else _CLOSED_QUESTION.search(question.strip())
    return match["rest"] if match else ""
