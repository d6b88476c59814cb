"""Finds a quote in a document's text, tolerant of white space, typography, emphasis and case.
Knows nothing about question files."""

from __future__ import annotations

import re
from functools import lru_cache

SAME = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " ", "…": "."}
)
IGNORED = frozenset("*_`\u00ad\u200b")


@lru_cache(maxsize=256)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """The text with typography and white space normalised, and each character's offset in the original."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text.translate(SAME)):
        if character in IGNORED:
            continue
        if character.isspace():
            if characters and characters[-1] != " ":
                characters.append(" ")
                offsets.append(offset)
            continue
        characters.append(character)
        offsets.append(offset)
    return "".join(characters), tuple(offsets)


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """(start, end) of the quote in the text's own offsets; None when it is not there.

    An exact match comes first, then one with typography normalised, then one that ignores case.
    """
    quote = quote.strip()
    if not quote:
        return None
    start = text.find(quote)
    if start >= 0:
        return start, start + len(quote)
    folded, offsets = _folded(text)
    needle = _folded(quote)[0].strip()
    if not needle:
        return None
    start = folded.find(needle)
    if start < 0 and len(folded.lower()) == len(folded):
        start = folded.lower().find(needle.lower())
    if start < 0:
        return None
    return offsets[start], offsets[start + len(needle) - 1] + 1


def nearest_text(text: str, quote: str) -> str | None:
    """The line of the text that is most like the quote, for an error message; None when none is similar."""
    from rapidfuzz import fuzz, process

    lines = [line.strip() for line in re.split(r"\n|(?<=[.!?])\s", text) if len(line.strip()) > 10]
    best = process.extractOne(quote, lines, scorer=fuzz.partial_ratio, score_cutoff=60)
    return best[0][:160] if best else None
