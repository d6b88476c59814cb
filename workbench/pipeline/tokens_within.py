"""Offsets of the tokens in a part of a text, as the whole text has them, without reading the whole.
Knows nothing about documents or chunks."""

from __future__ import annotations

import regex

from workbench.pipeline.token_offsets import TokenOffsets

# Where a token begins whatever comes before: words are cut at white space, and an ideograph is a word.
_BEGIN = r"(?<=[ \n])[A-Za-z0-9]|(?<=\n)[\p{L}\p{N}]|(?<=[\u4e00-\u9fff])[\u4e00-\u9fff]"
_NEXT, _LAST = regex.compile(_BEGIN), regex.compile(f"(?r)(?:{_BEGIN})")
_LETTER = regex.compile(r"[\p{L}\p{N}]")


def token_starts_within(text: str, start: int, end: int) -> list[int]:
    """The offsets of the tokens that begin in [start, end), those of `TokenOffsets.of(text)`."""
    if start >= end or (text[start:end].isspace() and text[end : end + 1].isascii()):
        return []  # white space is in a token only with a mark behind it
    before = _LAST.search(text, 0, start + 1)
    first = before.start() if before and _has_letters_before(text, before.start()) else 0
    after = _NEXT.search(text, end)
    last = after.start() if after else len(text)
    starts = (first + offset for offset in TokenOffsets.of(text[first:last]).starts)
    return [offset for offset in starts if start <= offset < end]


def _has_letters_before(text: str, place: int) -> bool:
    """The first token of a text takes what the tokenizer passes over before it."""
    letter = _LETTER.search(text)
    return letter is not None and letter.start() < place
