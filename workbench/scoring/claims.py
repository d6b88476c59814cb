"""Cuts an answer into claims with their spans in it.
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
# Where a sentence begins to say something else. Cut only where both sides say enough to be looked up.
_CLAUSE = re.compile(
    r";\s+|\s[–—]\s|,\s+(?=(?:and|but|while|whereas|although|though|because|so|which|who|where)\b)"
    r"|\s+(?=(?:but|because|although|whereas)\b)"
)
LEAST_CLAUSE_TOKENS = 4
# A stretch without an end (a log, a table in one line) is cut here, so that it is compared piece by piece.
LONGEST_CLAIM_CHARACTERS = 600


@dataclass(frozen=True)
class ClaimText:
    """start, end: the claim's place in the answer.  text: without markers, citations and markup.
    sentence: number of the sentence that it is all or a clause of."""

    start: int
    end: int
    text: str
    sentence: int


def _pieces(start: int, text: str) -> list[tuple[int, str]]:
    """The text in pieces of at most LONGEST_CLAIM_CHARACTERS, cut at white space where there is some."""
    found = []
    while len(text) > LONGEST_CLAIM_CHARACTERS:
        cut = text.rfind(" ", LONGEST_CLAIM_CHARACTERS // 2, LONGEST_CLAIM_CHARACTERS) + 1
        cut = cut or LONGEST_CLAIM_CHARACTERS
        found.append((start, text[:cut].rstrip()))
        start, text = start + cut, text[cut:]
    return [*found, (start, text)]


def _clauses(start: int, text: str) -> list[tuple[int, str]]:
    cuts = [0]
    for match in _CLAUSE.finditer(text):
        before, after = text[cuts[-1] : match.start()], text[match.end() :]
        if min(len(content_tokens(before)), len(content_tokens(after))) >= LEAST_CLAUSE_TOKENS:
            cuts.append(match.end())
    return [(start + a, text[a:b]) for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def split_claims(answer: str) -> list[ClaimText]:
    """One claim a sentence, list item, table row, or a clause of one; rules and fences are none."""
    found = []
    for number, sentence in enumerate(split_sentences(answer)):
        if RULE.match(sentence.text):
            continue
        for piece_start, piece in _pieces(sentence.start, sentence.text):
            for start, clause in _clauses(piece_start, piece):
                text = clause.rstrip(" ,;–—\n\t")
                bare = MARKUP.sub(" ", CITATION.sub("", MARKER.sub("", text))).strip()
                if content_tokens(bare):
                    found.append(ClaimText(start, start + len(text), bare, number))
    return found
