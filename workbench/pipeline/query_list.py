"""Reads the questions out of a model's reply, however it lists them: lines, numbers, bullets, JSON.
Knows nothing about models, and what the questions are for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import ProviderError
from workbench.pipeline.query_request import DECLINES, LONGEST_QUESTION
from workbench.replies.json_text import find_json

LONGEST_REPLY = 20_000
"""Characters of a reply that are read."""
_ASKING = ("?", "？", "؟")
_LABEL = re.compile(
    r"^(?:the )?(?:[a-z]+[ -])?(?:sub-?)?(?:question|query|wording|part|variant|version)[ \t]*"
    r"(?:#?\d{1,2}|[a-z])?[ \t*_]*[:：][ \t*_]*",
    re.IGNORECASE,
)
# "1.", "2)", "(3)", "-", "•", "a)"; a number is a mark only before a space, so that "3.5 mm" is none.
_MARK = re.compile(r"^(?:[-*•–‣·]\s+|[(\[]?(?:\d{1,2}|[a-h])[.)\]]+\s+|\d{1,2}[:：、．]\s*)", re.IGNORECASE)
_MARK_INSIDE = re.compile(r"(?:^|\s)\(?\d{1,2}[.)]\s+")
_BETWEEN_QUESTIONS = re.compile(r"(?<=[?？؟])[\s\"”“|;,/]*(?=\S)")
_FENCE = re.compile(r"^\s*```\w*\s*$", re.MULTILINE)
_DECORATION = ' \t*_`"“”„«»>#'


def read_queries(reply: str, most: int, question: str) -> list[str]:
    """The first questions of a reply, each once, at most so many.

    A list may be JSON, marked lines, lines that all end with a question mark or without a full stop, or
    questions in one line. Remarks around it are left out, and so is what is longer than a question is or
    refuses. The question itself counts even where it is none in form.

    Raises ProviderError (kind "nonsense") for a reply that holds none: a refusal, an answer, nothing.
    """
    text = _FENCE.sub("", reply[:LONGEST_REPLY])
    texts = _from_json(text)
    if texts is None:
        texts = _from_lines(text, same(question))
    found = _distinct(_clean(text) for text in texts)[:most]
    if not found:
        raise ProviderError("The query model's reply contains no question.", kind="nonsense")
    return found


def same(text: str) -> str:
    """What two texts have in common that differ only in case, spaces or signs."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _distinct(texts: Iterable[str]) -> list[str]:
    by_words = {same(text): text for text in reversed(list(texts)) if len(text) <= LONGEST_QUESTION}
    return [t for key, t in reversed(by_words.items()) if key and not DECLINES.match(t)]


def _clean(text: str) -> str:
    bare = _MARK.sub("", " ".join(text.split()).lstrip(_DECORATION[3:])).strip(_DECORATION)
    return _LABEL.sub("", bare).strip(_DECORATION)


def _from_json(text: str) -> list[str] | None:
    """The texts of a list or an object in JSON; None where there is none."""
    texts = list(_texts_in(next(find_json(text), None)))
    return texts or None


def _texts_in(value: Any, depth: int = 3) -> Iterator[str]:
    """The texts of a list, of the first list in an object, or of an object's values."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        for inner in lists[:1] or value.values():
            yield from _texts_in(inner, depth - 1)
    elif depth and isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner, depth - 1)


def _from_lines(text: str, question: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line for line in lines if _MARK.match(line.lstrip(_DECORATION[3:]))]
    if len(lines) == 1 and len(_MARK_INSIDE.findall(lines[0])) > 1:
        return [part for part in _MARK_INSIDE.split(lines[0]) if part.strip()]
    if marked:
        lines = marked
    pieces = [piece for line in lines for piece in _BETWEEN_QUESTIONS.split(line)]
    asking = [p for p in pieces if p.rstrip(_DECORATION).endswith(_ASKING) or same(_clean(p)) == question]
    if asking or not (marked or len(lines) > 1):
        return asking
    # Search words: lines that are no sentences, and do not announce what follows.
    return [line for line in lines if not line.rstrip(_DECORATION).endswith((".", "!", ":", "。", "…"))]
