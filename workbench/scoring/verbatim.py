"""Finds a claim that stands in a passage word for word, whatever its typography, markup, case and spaces.
Knows nothing about claims in other words: grounding_features.py compares those."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.scoring.clauses import LIST_MARK, split_clauses
from workbench.scoring.frames import strip_citations, strip_markup
from workbench.scoring.negations import NEGATIONS
from workbench.text import UNSPACED
from workbench.typography import normalise

_DIGIT_GROUPS = re.compile(r"(?<![\w.,-])\d{1,3}(?:[, ]\d{3})+(?![\w]|[.,]\d{3}\b)")
# A number with its sign, a range or a version; a character of a script without spaces; a word or code; a sign
# that says something. Other punctuation is no token.
_TOKEN = re.compile(
    r"(?:(?<![\w)])-)?\d+(?:[.,:/-]\d+)*"
    rf"|{UNSPACED}"
    rf"|[^\W\d_](?:(?!{UNSPACED})[^\W_])*"
    r"(?:'[^\W_]+)*|[^\w\s.,;:!?'\"()\[\]{}*_`|#~/\\&-]"
)
_PICTURES = re.compile("[\u2190-\u21ff\u2500-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff•·]")
_NUMERIC = re.compile(r"-?\d|^(?:hundred|thousand|million|billion|trillion|minus|half|quarter|%)$")
# Words that turn a statement round, or say on what it depends.
_REVERSING = NEGATIONS | frozenset(
    "nowhere rarely seldom scarcely "
    "unless if whether until except excluding only false falsely untrue incorrect wrong wrongly myth "
    "deny denies denied rather instead supposedly allegedly".split()
)


def tokens_of(text: str) -> list[str]:
    """The words, numbers and signs of a text in one spelling, in order, without markup and citations."""
    text = strip_markup(strip_citations(LIST_MARK.sub("", normalise(text))))
    text = _PICTURES.sub(" ", text).casefold().replace(" & ", " and ")
    text = _DIGIT_GROUPS.sub(lambda match: re.sub("[, ]", "", match.group()), text)
    return _TOKEN.findall(text)


@dataclass(frozen=True, slots=True)
class VerbatimText:
    """A passage's tokens, and where its clauses begin and end."""

    joined: str
    """All tokens, with a space before and after each."""
    offsets: tuple[int, ...]
    """The offset in `joined` of the space before each token."""
    clauses: tuple[tuple[int, int], ...]
    """(offset in the passage of the first character, after the last) of each clause with tokens."""
    first_tokens: tuple[int, ...]
    """The number of each clause's first token."""
    questions: frozenset[int]
    """The numbers of the clauses that belong to a question."""


def read_verbatim(text: str) -> VerbatimText:
    """Read a passage."""
    tokens: list[str] = []
    clauses: list[tuple[int, int]] = []
    first_tokens: list[int] = []
    questions: set[int] = set()
    for clause in split_clauses(text):
        clause_tokens = tokens_of(clause.text)
        if not clause_tokens:
            continue
        if clause.text.rstrip("\"'”’»)*_ ").endswith(("?", "？")):
            questions.add(len(clauses))
        clauses.append((clause.start, clause.end))
        first_tokens.append(len(tokens))
        tokens.extend(clause_tokens)
    offsets, position = [], 0
    for token in tokens:
        offsets.append(position)
        position += len(token) + 1
    joined = f" {' '.join(tokens)} " if tokens else ""
    return VerbatimText(joined, tuple(offsets), tuple(clauses), tuple(first_tokens), frozenset(questions))


def _occurrences(claim: Sequence[str], passage: VerbatimText) -> Iterator[int]:
    """The number of the first token of each place where the claim's tokens follow one another."""
    pattern = f" {' '.join(claim)} "
    position = passage.joined.find(pattern)
    while position >= 0:
        yield bisect_right(passage.offsets, position) - 1
        position = passage.joined.find(pattern, position + 1)


def find_verbatim(claim: Sequence[str], passage: VerbatimText) -> tuple[int, int] | None:
    """(start, end) in the passage of the clauses in which the claim stands as it is; None where it does not.

    A place does not count where the rest of its clauses asks, denies it or says on what it depends, or where
    the claim's first or last number is only a part of the passage's.

    claim: the tokens of a claim.
    """
    if not claim:
        return None
    for first in _occurrences(claim, passage):
        last = first + len(claim) - 1
        begin = bisect_right(passage.first_tokens, first) - 1
        end = bisect_right(passage.first_tokens, last) - 1
        if not passage.questions.isdisjoint(range(begin, end + 1)):
            continue
        before, after = _rest(passage, first, last, begin, end)
        if _reverses(before) or _reverses(after) or _cuts_a_number(claim, before, after):
            continue
        return passage.clauses[begin][0], passage.clauses[end][1]
    return None


def _rest(passage: VerbatimText, first: int, last: int, begin: int, end: int) -> tuple[list[str], list[str]]:
    """The tokens of clause `begin` before token `first`, and of clause `end` after token `last`."""

    def tokens(start: int, stop: int) -> list[str]:
        stop_offset = passage.offsets[stop] if stop < len(passage.offsets) else len(passage.joined)
        return passage.joined[passage.offsets[start] : stop_offset].split() if start < stop else []

    ends = passage.first_tokens[end + 1] if end + 1 < len(passage.first_tokens) else len(passage.offsets)
    return tokens(passage.first_tokens[begin], first), tokens(last + 1, ends)


def _reverses(tokens: Sequence[str]) -> bool:
    return any(token in _REVERSING or token.endswith("n't") for token in tokens)


def _cuts_a_number(claim: Sequence[str], before: Sequence[str], after: Sequence[str]) -> bool:
    def numeric(token: str) -> bool:
        return bool(_NUMERIC.match(token)) or token.isnumeric()

    return (bool(before) and numeric(before[-1]) and numeric(claim[0])) or (
        bool(after) and numeric(after[0]) and numeric(claim[-1])
    )
