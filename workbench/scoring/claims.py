"""Splits an answer into claims with their offsets.
Knows nothing about passages or support."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.text import content_tokens, split_sentences

CITATION = re.compile(
    r"\s*(?:\[\^?\d+(?:\s*[,;–-]\s*\^?\d+)*\]|【[^】]{1,40}】|\((?:[Ss]ource|[Pp]assage|[Dd]ocument|[Ss]ee)s?:?\s[^()]{1,60}\))"
)
MARKER = re.compile(r"^\s*(?:[-*•+–]|\(?\d{1,3}[.)]|#{1,6}|>)\s+")
MARKUP = re.compile(r"[*_`|]+")
RULE = re.compile(r"^\s*(?:[\s|:\-=+]*|(?:```|~~~).*)$")
# Where a sentence may be cut into clauses; it is cut only where both sides have enough words to be looked up.
_CLAUSE = re.compile(
    r";\s+|\s[–—]\s|,\s+(?=(?:and|but|while|whereas|although|though|because|so|which|who|where)\b)"
    r"|\s+(?=(?:but|because|although|whereas)\b)"
)
LEAST_CLAUSE_TOKENS = 4
# A longer text without a sentence end (a log, a table in one line) is cut, and compared piece by piece.
LONGEST_CLAIM_CHARACTERS = 600


@dataclass(frozen=True)
class ClaimText:
    """A claim's place in the answer, and its text."""

    start: int
    """The offset in the answer of its first character."""
    end: int
    """The offset in the answer after its last character."""
    text: str
    """The claim without list markers, citations and markup."""
    sentence: int
    """The number, from 0, of the sentence that contains it."""


def _pieces(start: int, text: str) -> list[tuple[int, str]]:
    """(start, text) of pieces of at most LONGEST_CLAIM_CHARACTERS, cut at a space where there is one."""
    pieces = []
    while len(text) > LONGEST_CLAIM_CHARACTERS:
        cut = text.rfind(" ", LONGEST_CLAIM_CHARACTERS // 2, LONGEST_CLAIM_CHARACTERS) + 1
        cut = cut or LONGEST_CLAIM_CHARACTERS
        pieces.append((start, text[:cut].rstrip()))
        start, text = start + cut, text[cut:]
    return [*pieces, (start, text)]


def _clauses(start: int, text: str) -> list[tuple[int, str]]:
    """(start, text) of the clauses of a piece."""
    cuts = [0]
    for match in _CLAUSE.finditer(text):
        before, after = text[cuts[-1] : match.start()], text[match.end() :]
        if min(len(content_tokens(before)), len(content_tokens(after))) >= LEAST_CLAUSE_TOKENS:
            cuts.append(match.end())
    return [(start + a, text[a:b]) for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def split_claims(answer: str) -> list[ClaimText]:
    """Return the claims of an answer in order: each sentence, list item and table row, or each clause of one.

    Rules, code fences and what has no content word are no claims.
    """
    claims = []
    for number, sentence in enumerate(split_sentences(answer)):
        if RULE.match(sentence.text):
            continue
        for piece_start, piece in _pieces(sentence.start, sentence.text):
            for start, clause in _clauses(piece_start, piece):
                text = clause.rstrip(" ,;–—\n\t")
                bare = MARKUP.sub(" ", CITATION.sub("", MARKER.sub("", text))).strip()
                if content_tokens(bare):
                    claims.append(ClaimText(start, start + len(text), bare, number))
    return claims
