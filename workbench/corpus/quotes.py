"""Finds a quote in a document's text, whatever the typography, white space, Markdown, hyphenation and case.
Knows nothing about question files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from workbench.typography import normalise_with_offsets, source_span

# What the words of a text are compared without. Digits, signs, points and "not" all count.
_SET_ASIDE = re.compile(
    r"(?P<link>!?\[(?P<label>[^\]\n]*)\](?:\((?:[^()\s]|\([^()\s]*\))*(?:[ ]\"[^\"\n]*\")?\)|\[[^\]\n]*\]))"
    # Hyphens inside words, and words broken at a line end: "non-slip", "environ-" + "ment".
    r"|(?P<hyphen>(?<=[^\W\d_])-[ \t]*\n?[ \t]*(?=[^\W\d_]))"
    # The marks of list items, headings and quotations at the beginning of a line, what parts the cells of a
    # table, and the marks of footnotes, which readers set apart from the word before: "delivery ²".
    r"|(?P<space>(?:^|(?<=\n))[ \t]*(?:(?:[-*+•>]|\#{1,6}|\d{1,3}[.)])[ \t]+)+"
    r"|(?:[\s|]|(?<=\s)[⁰¹²³⁴-⁹]{1,3}(?![\w]))+)"
    # Marks of emphasis and code, and the backslash before a character that stands for itself: "5\\_6".
    r"|(?P<emphasis>[*_`]+|\\(?=[!-/:-@\[-`{-~]))"
)

_NUMBER_BEFORE = re.compile(r"\d[.,]?$|(?<![\w)])-$")
_NUMBER_AFTER = re.compile(r"[.,]?\d")


@lru_cache(maxsize=256)
def _folded(text: str) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The text as it is compared; the place of each of its characters in the normalised text; and the
    offset of each of those in the text itself (`normalise_with_offsets`)."""
    plain, offsets = normalise_with_offsets(text)
    characters: list[str] = []
    places: list[int] = []

    def keep(start: int, end: int) -> None:
        lower = plain[start:end].lower()
        if not lower:
            return
        if len(lower) == end - start:
            characters.append(lower)
            places.extend(range(start, end))
            return
        for place in range(start, end):  # a capital that becomes two characters, as İ does
            characters.append(plain[place].lower())
            places.extend([place] * len(plain[place].lower()))

    def keep_words(start: int, end: int) -> None:
        for match in _SET_ASIDE.finditer(plain, start, end):
            keep(start, match.start())
            start = match.end()
            if match["link"] is not None:
                keep_words(*match.span("label"))
            elif match["space"] is not None and characters and not characters[-1].endswith(" "):
                characters.append(" ")
                places.append(match.start())
        keep(start, end)

    keep_words(0, len(plain))
    return "".join(characters), tuple(places), offsets


def comparable(text: str) -> str:
    """The text as it is compared: a quote is in a document when its form is a stretch of the document's."""
    return _folded(text)[0]


def _whole_words(text: str, start: int, end: int) -> bool:
    """Whether [start, end) begins and ends where words do: "12 euros" is not in "112 euros"."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return not before and not after


def _cuts_number(text: str, start: int, end: int) -> bool:
    """Whether [start, end) begins or ends within a number: "5 bar" is not in "1.5 bar", nor "18" in "-18"."""
    begins = text[start].isdigit() and _NUMBER_BEFORE.search(text[max(0, start - 2) : start])
    ends = text[end - 1].isdigit() and _NUMBER_AFTER.match(text, end)
    return bool(begins or ends)


def _places_of(needle: str, text: str) -> Iterator[int]:
    """Where a text holds another one; the places may overlap."""
    start = text.find(needle)
    while start >= 0:
        yield start
        start = text.find(needle, start + 1)


def find_quotes(text: str, quote: str) -> list[tuple[int, int]]:
    """(start, end) of every place of the quote in the text's own offsets; empty when it is not there.

    A place that has it letter by letter comes first, then the others in order. Where no place has it as
    whole words (Chinese has no spaces), a part of a longer word will do.
    """
    quote = quote.strip()
    needle = _folded(quote)[0].strip()
    if not needle:
        return []
    folded, places, offsets = _folded(text)
    starts = [
        start for start in _places_of(needle, folded) if not _cuts_number(folded, start, start + len(needle))
    ]
    whole = [start for start in starts if _whole_words(folded, start, start + len(needle))]
    spans: list[tuple[int, int]] = []
    for start in whole or starts:
        last = places[start + len(needle) - 1]
        span = source_span(text, offsets, places[start], last + 1)
        if not spans or span[0] >= spans[-1][1]:  # "na na" stands once in "na na na"
            spans.append(span)
    return sorted(spans, key=lambda span: text[slice(*span)] != quote)


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """(start, end) of the first place that `find_quotes` gives; None when the quote is not there."""
    return next(iter(find_quotes(text, quote)), None)


def nearest_text(text: str, quote: str) -> str | None:
    """The line of the text that is most like the quote, for an error message; None when none is similar."""
    from rapidfuzz import fuzz, process

    lines = [line.strip() for line in re.split(r"\n|(?<=[.!?])\s", text) if len(line.strip()) > 10]
    best = process.extractOne(quote, lines, scorer=fuzz.partial_ratio, score_cutoff=60)
    return best[0][:160] if best else None
