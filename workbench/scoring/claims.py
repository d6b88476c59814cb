"""Cuts an answer into claims with their spans in it.
Knows nothing about passages or support."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.text import content_tokens, split_sentences

CITATION = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")
MARKER = re.compile(r"^\s*(?:[-*•+–]|\(?\d{1,3}[.)]|#{1,6}|>)\s+")
MARKUP = re.compile(r"[*_`|]+")
RULE = re.compile(r"^[\s|:\-=+]*$")


@dataclass(frozen=True)
class ClaimText:
    """start, end: the claim's place in the answer.  text: without markers, citations and markup."""

    start: int
    end: int
    text: str


def split_claims(answer: str) -> list[ClaimText]:
    """One claim a sentence, list item or table row; what says nothing (rules, greetings) is none."""
    found = []
    for sentence in split_sentences(answer):
        if RULE.match(sentence.text):
            continue
        bare = MARKUP.sub(" ", CITATION.sub("", MARKER.sub("", sentence.text))).strip()
        if content_tokens(bare):
            found.append(ClaimText(sentence.start, sentence.end, bare))
    return found
