"""Cuts answers and passages alike into sentences, list items and table rows, and these into clauses.
Knows nothing about which of them are claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.text import Span, content_tokens, split_sentences

LIST_MARK = re.compile(r"^\s*(?:(?:[-*•+–◦▪●]|\(?\d{1,3}[.)]|\(?[a-z]\)|#{1,6}|>)\s+)+")
# Where a sentence may be cut into clauses; it is cut only where both sides have enough words to be looked up.
_CLAUSE = re.compile(
    r";\s+|\s[–—]\s|,\s+(?=(?:and|but|while|whereas|although|though|because|so|which|who|where)\b)"
    r"|\s+(?=(?:but|because|although|whereas)\b)"
)
_LEAST_CLAUSE_TOKENS = 4
# A longer text without a sentence end (a log, a table in one line) is cut, and compared piece by piece.
_LONGEST_CLAUSE_CHARACTERS = 600
# The colon of "9:00" ends no field's name.
_NAME = r"[^\s:;|][^:;|]{0,50}(?!(?<=\d):\d): ?\S"
_FIELD = re.compile(rf"\s*{_NAME}")
_NEXT_FIELD = re.compile(rf"; (?={_NAME})")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a text that says one thing."""

    start: int
    """The offset in the text of its first character."""
    end: int
    """The offset in the text after its last character."""
    text: str
    """The characters from start to end."""
    sentence: int
    """The number, from 0, of the sentence, list item or table row that contains it."""


def split_cells(line: str) -> list[str]:
    """The cells of a table row ("| a | b |") or the fields of a record ("a: 1; b: 2"); else empty."""
    if line.count("|") >= 2:
        return [cell.strip() for cell in line.split("|") if cell.strip()]
    fields = _NEXT_FIELD.split(line)
    return [field.strip() for field in fields] if len(fields) > 1 and _FIELD.match(line) else []


def split_statements(text: str) -> Iterator[Span]:
    """The sentences, list items, table rows and records of a text in order."""
    for sentence in split_sentences(text):
        lines = sentence.text.split("\n")
        if len(lines) == 1 or not any(map(split_cells, lines)):
            yield sentence
            continue
        start = sentence.start
        for line in lines:
            if line.strip():
                yield Span(start, start + len(line), line)
            start += len(line) + 1


def split_clauses(text: str) -> Iterator[Clause]:
    """The clauses of a text in order. Table rows and records are not cut."""
    for number, sentence in enumerate(split_statements(text)):
        if split_cells(sentence.text):
            yield Clause(sentence.start, sentence.end, sentence.text, number)
            continue
        for start, piece in _pieces(sentence.start, sentence.text):
            for a, b in _cuts(piece):
                yield Clause(start + a, start + b, piece[a:b], number)


def _pieces(start: int, text: str) -> Iterator[tuple[int, str]]:
    """(start, text) of pieces of at most _LONGEST_CLAUSE_CHARACTERS, cut at a space where there is one."""
    while len(text) > _LONGEST_CLAUSE_CHARACTERS:
        cut = text.rfind(" ", _LONGEST_CLAUSE_CHARACTERS // 2, _LONGEST_CLAUSE_CHARACTERS) + 1
        cut = cut or _LONGEST_CLAUSE_CHARACTERS
        yield start, text[:cut].rstrip()
        start, text = start + cut, text[cut:]
    yield start, text


def _cuts(text: str) -> list[tuple[int, int]]:
    """(start, end) of the clauses of a piece, without the marks and spaces around them."""
    cuts = [0]
    for match in _CLAUSE.finditer(text):
        before, after = text[cuts[-1] : match.start()], text[match.end() :]
        if min(len(content_tokens(before)), len(content_tokens(after))) >= _LEAST_CLAUSE_TOKENS:
            cuts.append(match.end())
    return [
        (a, a + len(text[a:b].rstrip(" ,;–—\n\t"))) for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)
    ]
