"""Finds a quote in a document's text, whatever the typography, white space, Markdown, hyphenation and case.
Knows nothing about question files."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from workbench.corpus.folding import FoldedText, fold, fold_document
from workbench.text import UNSPACED
from workbench.typography import composes, normalise

_ELISION = re.compile(r"\s*(?:[\[(]\s*(?:…|\.\s?\.\s?\.)\s*[\])]|…|\.\s?\.\s?\.+)\s*")
_LONGEST_ELISION = 1000  # characters that "…" in a quote may stand for
_LEAST_WORDS = 2  # of each part of a quote with "…"
# Characters of a quote that may begin or end within a word, or a number as "12 500": a cut passage of another
# tool.
_LEAST_CUT = 40
_MOST_COMPARED = 200  # lines that are compared with a quote letter by letter
_UNSPACED = re.compile(UNSPACED)
_WITHIN_WORD = re.compile(r"\w\w")
_WORD = re.compile(rf"{UNSPACED}|\w+")

# What stands before or after a place that is only a part of a number.
_NUMBER_BEFORE = re.compile(r"(?:\d[.,:'/]?|(?<![\w).])\.|(?<![\w)])-)\Z")
_GROUP_BEFORE = re.compile(r"(?<![\w.,])\d{1,3}(?:[ ']\d{3})*[ ']\Z")
_NUMBER_AFTER = re.compile(r"[.,:'/]?\d")
_GROUP_AFTER = re.compile(r"[ ']\d{3}(?!\d)")
_FIRST_GROUP = re.compile(r"\d{3}(?!\d)")
_LAST_GROUP = re.compile(r"(?<![\d.,])\d{1,3}\Z")


def find_quotes(text: str, quote: str, *, parts_of_words: bool = False) -> list[tuple[int, int]]:
    """(start, end) of every place of the quote in the text's own offsets; empty when it is not there.

    The places that have it letter by letter come first, then the others in order. A quote that does not stand
    there as it is may stand there without the signs at its end, or in parts with "…" between them, which are
    one place.
    parts_of_words: find "environ" in "environment" where no place has it as a whole word.
    """
    quote = quote.strip()
    literal = _literal(text, quote)
    spans = next(filter(None, _attempts(text, quote, parts_of_words)), [])
    return literal + [span for span in spans if not _overlaps(span, literal)]


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """(start, end) of the first place that `find_quotes` gives; None when the quote is not there."""
    return next(iter(find_quotes(text, quote)), None)


def split_elided(quote: str) -> list[str]:
    """The parts of a quote between the "…" that stand for words left out; one where there is none."""
    return [part for part in _ELISION.split(quote) if part]


def _literal(text: str, quote: str) -> list[tuple[int, int]]:
    """The places that have the quote letter by letter, in order.

    Such a quote may hold what is set aside in a text and cannot be told in a stretch of it: half a pair of
    marks, the "1." of a list.
    """
    if quote not in text or not any(map(str.isalnum, quote)):
        return []
    folded = fold_document(text)
    places: list[tuple[int, int]] = []
    start = text.find(quote)
    while start >= 0:
        end = start + len(quote)
        is_whole = _is_whole(folded, start, end)
        if is_whole:
            places.append((start, end))
        start = text.find(quote, end if is_whole else start + 1)
    return places


def _is_whole(folded: FoldedText, start: int, end: int) -> bool:
    """Whether a stretch of the source begins and ends within no word, number or accented letter."""
    if any(composes(character) for character in (folded.source[start], folded.source[end : end + 1])):
        return False
    first, stop = bisect_left(folded.offsets, start), bisect_left(folded.offsets, end)
    plain = folded.plain
    return (
        _is_border(plain, first)
        and _is_border(plain, stop)
        and not _cuts_number(plain, first, stop, is_long=end - start >= _LEAST_CUT)
    )


def _overlaps(span: tuple[int, int], places: list[tuple[int, int]]) -> bool:
    """Whether a span has a character in common with one of the places, which are in order."""
    before = bisect_left(places, (span[1], 0))
    return before > 0 and places[before - 1][1] > span[0]


def _attempts(text: str, quote: str, parts_of_words: bool) -> Iterator[list[tuple[int, int]]]:
    """The places of the quote by each way to read it, the closest way first."""
    plain = normalise(quote)
    before = plain[: len(plain) - len(plain.lstrip("\"'"))]
    after = plain[len(plain.rstrip("\"'")) :]
    for with_list_marks in (False, True):
        needle = fold(quote, with_list_marks=with_list_marks).text
        bare = bare_form(needle)
        if not bare:
            continue
        folded = fold_document(text, with_list_marks=with_list_marks)
        for wanted in (needle, bare):
            places = _places(folded, wanted, parts_of_words)
            yield [folded.span(*place, before, after) for place in places]
    yield _elided(text, quote)


def bare_form(needle: str) -> str:
    """A folded quote without the signs at its end, and without "..." at its beginning."""
    bare = needle.rstrip(".,;:!?- ")
    return bare.lstrip(". ") if bare.startswith("..") else bare


def _places(folded: FoldedText, needle: str, parts_of_words: bool = False) -> list[tuple[int, int]]:
    """(start, end) of each place in the folded text. "na na" stands once in "na na na"."""
    if not needle:
        return []
    is_long = len(needle) >= _LEAST_CUT
    whole: list[tuple[int, int]] = []
    cut: list[tuple[int, int]] = []
    start = folded.text.find(needle)
    while start >= 0:
        end = start + len(needle)
        if not _cuts_number(folded.plain, folded.place(start), folded.end(end - 1), is_long=is_long):
            is_whole = all(i in folded.borders or _is_border(folded.text, i) for i in (start, end))
            places = whole if is_whole else cut
            if not places or start >= places[-1][1]:
                places.append((start, end))
        start = folded.text.find(needle, start + 1)
    return whole or (cut if parts_of_words or is_long else [])


def _is_border(text: str, index: int) -> bool:
    """Whether a word may begin or end at a place: none does within "112" and "desktop"."""
    around = text[max(0, index - 1) : index + 1]
    return not _WITHIN_WORD.fullmatch(around) or bool(_UNSPACED.search(around))


def _cuts_number(plain: str, first: int, stop: int, *, is_long: bool) -> bool:
    """Whether a stretch begins or ends within a number: "5 bar" is not in "1.5 bar", nor "18" in "-18", nor
    "10" in "10²", nor, unless it is long, "500" in "12 500"."""
    if plain[first].isnumeric() and not _UNSPACED.match(plain[first]):
        before = plain[max(0, first - 20) : first]
        in_group = not is_long and _FIRST_GROUP.match(plain, first) and _GROUP_BEFORE.search(before)
        if in_group or _NUMBER_BEFORE.search(before):
            return True
    last = plain[stop - 1]
    if not last.isnumeric() or _UNSPACED.match(last):
        return False
    if _NUMBER_AFTER.match(plain, stop) or plain[stop : stop + 1].isnumeric():
        return True
    in_group = not is_long and _GROUP_AFTER.match(plain, stop)
    return bool(in_group and _LAST_GROUP.search(plain, max(0, stop - 4), stop))


def _elided(text: str, quote: str) -> list[tuple[int, int]]:
    """The places of a quote that leaves out words, shown by "…": each from its first part to its last."""
    parts = [bare_form(fold(part).text) for part in split_elided(quote)]
    parts = [part for part in parts if part]
    if len(parts) < 2 or not all(_is_long_enough(part) for part in parts):
        return []
    folded = fold_document(text)
    places = [_places(folded, part) for part in parts]
    spans: list[tuple[int, int]] = []
    for start, end in places[0]:
        for following in places[1:]:
            end = next((e for s, e in following if end <= s <= end + _LONGEST_ELISION), -1)
            if end < 0:
                break
        else:
            spans.append(folded.span(start, end))
    return spans


def _is_long_enough(part: str) -> bool:
    return part.count(" ") + 1 >= _LEAST_WORDS or bool(_UNSPACED.match(part) and len(part) > _LEAST_WORDS)


class _Lines:
    """The lines and sentences of a text, among which the one most like a quote is looked for."""

    def __init__(self, text: str) -> None:
        cut = re.split(r"\n|(?<=[.!?])\s", text)
        self.lines = [line.strip() for line in cut if len(line.strip()) > 10]
        self.places: dict[str, list[int]] = {}  # word → the lines that have it
        for place, line in enumerate(self.lines):
            for word in _words_of(line):
                self.places.setdefault(word, []).append(place)

    def likely(self, quote: str) -> list[str]:
        """Those that share most and the rarest words with a quote; all where there are few."""
        if len(self.lines) <= _MOST_COMPARED:
            return self.lines
        shared: Counter[int] = Counter()
        for word in _words_of(quote):
            places = self.places.get(word, [])
            shared.update(dict.fromkeys(places, 1 / (1 + len(places))))
        return [self.lines[place] for place, _ in shared.most_common(_MOST_COMPARED)]


_lines_of = lru_cache(maxsize=16)(_Lines)


def _words_of(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def nearest_text(text: str, quote: str) -> str | None:
    """The line of the text that is most like the quote, for an error message; None when none is similar."""
    from rapidfuzz import fuzz, process

    lines = _lines_of(text).likely(quote)
    best = process.extractOne(quote, lines, scorer=fuzz.partial_ratio, score_cutoff=60)
    return best[0][:160] if best else None
