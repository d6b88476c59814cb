"""Splits an answer into claims with their offsets.
Knows nothing about passages or support."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from workbench.scoring.clauses import LIST_MARK, split_cells, split_clauses
from workbench.scoring.frames import strip_frames
from workbench.scoring.non_claims import claims_nothing, is_heading, is_rule, only_repeats
from workbench.scoring.yes_no import as_statement, said_yes
from workbench.text import content_tokens
from workbench.typography import normalise

_LINE = re.compile(r"[^\n]+")
_MARK_ALONE = re.compile(r"^\(?(?:\d{1,3}|[a-zA-Z])[.)]$")
# "Yes, dogs are allowed" claims what follows.
_ASSENT = re.compile(r"^(?:yes|no|correct|true|right|exactly)\s*[,:;.–—-]\s+(?=\w)", re.IGNORECASE)
_FOOTNOTE = re.compile(r"^\s*\[\^?\w{1,10}\]:\s")


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A claim's place in the answer, and its text."""

    start: int
    """The offset in the answer of its first character."""
    end: int
    """The offset in the answer after its last character."""
    text: str
    """The claim without list marks, citations and markup."""
    sentence: int
    """The number, from 0, of the sentence that contains it."""
    cells: tuple[str, ...] = ()
    """The cells of a table row or the fields of a record; empty for other text."""


def split_claims(answer: str, question: str = "", most: int | None = None) -> list[ClaimText]:
    """Return the claims of an answer in order: each sentence, list item and table row, or each clause of one.

    Left out is what claims nothing: rules, code fences, headings, list marks alone, questions, courtesies,
    talk about the answer or the documents, what only repeats the question, and what has no content word.

    most: return at most so many.
    """
    return list(islice(_claims(answer, question), most))


def _claims(answer: str, question: str) -> Iterator[ClaimText]:
    headings = _starts_of_headings(answer)
    for clause in split_clauses(answer):
        if is_rule(clause.text) or _FOOTNOTE.match(clause.text):
            continue
        if answer.rfind("\n", 0, clause.start) + 1 in headings:
            continue
        bare = _bare(clause.text)
        if claims_nothing(LIST_MARK.sub("", clause.text)) or not _claims_something(bare, question):
            continue
        if _MARK_ALONE.match(bare) and clause.text != answer.strip():
            continue
        cells = tuple(_bare(cell) for cell in split_cells(clause.text))
        yield ClaimText(clause.start, clause.end, bare, clause.sentence, cells)


def _claims_something(text: str, question: str) -> bool:
    if said_yes(text) is not None:
        return bool(as_statement(question))
    if not content_tokens(text) or claims_nothing(text):
        return False
    return not question or not only_repeats(text, question)


def _starts_of_headings(answer: str) -> set[int]:
    """The offsets at which lines that are headings begin."""
    lines = [(match.start(), match.group()) for match in _LINE.finditer(answer) if match.group().strip()]
    following = [*lines[1:], (len(answer), "")]
    pairs = zip(lines, following, strict=False)  # without lines there is one too many
    return {start for (start, line), (_, next_line) in pairs if is_heading(line, next_line)}


def _bare(text: str) -> str:
    """A text without its list mark, citations, markup and phrases around what it says."""
    return _ASSENT.sub("", strip_frames(LIST_MARK.sub("", normalise(text))))
