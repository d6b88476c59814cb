"""Finds a quote in a document's text, tolerant of white space, dashes, quotation marks and emphasis.
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
    """The text as it is compared, and for each of its characters the offset in the original."""
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
    """(start, end) of the quote in the text's own offsets; the exact text first, then as folded, then
    whatever the case. None when it is not there."""
    wanted = quote.strip()
    if not wanted:
        return None
    place = text.find(wanted)
    if place >= 0:
        return place, place + len(wanted)
    folded, offsets = _folded(text)
    needle = _folded(wanted)[0].strip()
    if not needle:
        return None
    place = folded.find(needle)
    if place < 0 and len(folded.lower()) == len(folded):
        place = folded.lower().find(needle.lower())
    if place < 0:
        return None
    return offsets[place], offsets[place + len(needle) - 1] + 1


def nearest_text(text: str, quote: str) -> str | None:
    """The line of the text most like the quote, for an error message; None when nothing is."""
    from rapidfuzz import fuzz, process

    lines = [line.strip() for line in re.split(r"\n|(?<=[.!?])\s", text) if len(line.strip()) > 10]
    found = process.extractOne(quote, lines, scorer=fuzz.partial_ratio, score_cutoff=60)
    return found[0][:160] if found else None
