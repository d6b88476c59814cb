"""Cuts a section into passages that can be looked for by themselves: what a search should find.
Knows nothing about questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from workbench.corpus.sections import LONGEST_GROWN, Place, Section
from workbench.drafting.heading_words import bare_heading, is_only_one, is_telling
from workbench.drafting.whole_sections import UNMARKED, WholeText, read_between, read_whole

LEAST_WORDS = 25
"""The fewest words of a passage that a person would look for."""
_LONG_LINE = 120  # characters from which a line is a paragraph of its own, and no part of a wrapped one
_LINE_HEADING = re.compile(r"^\s*[A-Z][^.!?;|{}<>=]{2,60}[^\s.!?,;:|{}<>=]\s*$")
_MOST_HEADING_WORDS = 8
# What a first sentence has of something before it, and a heading that was joined to it: "Tips Make sure".
_POINTS_BACK = re.compile(r"\b(?:this|these|those|the same)\b", re.IGNORECASE)
_JOINED = re.compile(
    r"(?<=[A-Za-z] )(?:An?|At|In|If|When|Your?|We|Our|It|This|To|For|There|Make|Be|Keep|Use|Know|Ask|Check)\b"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class WholePassage:
    """A section or paragraph that makes sense alone."""

    whole: WholeText
    heading: str
    """The heading of which it is all that is said; empty where there is none, or more is said."""


def cut_passages(section: Section) -> Iterator[WholePassage]:
    """Yield the section where it is whole; else its paragraphs, each with the list below it, then all rows of
    two and more paragraphs that are not too long.

    Where a text has headings and paragraphs parted by single line breaks, as a saved page has, they are told
    by their length.
    """
    heading = bare_heading(section)
    if whole := read_whole(section, LONGEST_GROWN):
        found = [WholePassage(whole, heading if is_telling(section, heading) else "")]
    else:
        spans = list(_spans(section))
        found = [
            WholePassage(whole, spans[first][2] if first == last else "")
            for first, last in _rows(spans)
            if (whole := read_between(section, spans[first][0], spans[last][1], LONGEST_GROWN))
        ]
    yield from (one for one in found if _stands_alone(one.whole.text, section.document.kind in UNMARKED))


def _rows(spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """(first, last) of each row of paragraphs that is not too long, those of fewer first."""
    rows = []
    for first, (start, _, _) in enumerate(spans):
        last = first
        while last < len(spans) and spans[last][1] - start <= LONGEST_GROWN:
            rows.append((first, last))
            last += 1
    return sorted(rows, key=lambda row: (row[1] - row[0], row[0]))


def _stands_alone(text: str, may_be_joined: bool) -> bool:
    first = _SENTENCE_END.split(text, maxsplit=1)[0]
    is_joined = may_be_joined and _JOINED.search(first.partition(":")[0])
    return len(text.split()) >= LEAST_WORDS and not is_joined and not _POINTS_BACK.search(first)


def _spans(section: Section) -> Iterator[tuple[int, int, str]]:
    """(start, end, heading) of the paragraphs of a section."""
    items = {item.paragraph for item in section.items}
    for number, paragraph in enumerate(section.paragraphs):
        if paragraph in items:
            continue
        following = section.paragraphs[number + 1 :]
        lines = list(_lines(section.document.text, paragraph))
        if section.document.kind in UNMARKED and len(lines) > 1 and any(map(_is_long, lines)):
            yield from _spans_of_lines(section, lines, is_last=not following)
        else:
            own = takewhile(items.__contains__, following)
            yield paragraph.start, max([paragraph.end, *(one.end for one in own)]), ""


def _spans_of_lines(
    section: Section, lines: list[tuple[int, str]], *, is_last: bool
) -> Iterator[tuple[int, int, str]]:
    """As `_spans`, for lines that are headings and paragraphs.

    is_last: whether nothing of the section follows them.
    """
    groups: list[tuple[str, list[tuple[int, str]]]] = [("", [])]
    for start, line in lines:
        if _LINE_HEADING.match(line) and len(line.split()) <= _MOST_HEADING_WORDS:
            groups.append((line.strip(), []))
        else:
            groups[-1][1].append((start, line))
    for number, (heading, own) in enumerate(groups):
        if not own:
            continue
        start, end = own[0][0], own[-1][0] + len(own[-1][1])
        is_whole = is_last or number + 1 < len(groups)
        if heading and is_whole and end - start <= LONGEST_GROWN and is_only_one(section, heading):
            yield start, end, heading if is_telling(section, heading) else ""
        else:
            yield from ((start, start + len(line), "") for start, line in filter(_is_long, own))


def _lines(text: str, place: Place) -> Iterator[tuple[int, str]]:
    start = place.start
    for line in text[place.start : place.end].split("\n"):
        yield start, line
        start += len(line) + 1


def _is_long(line: tuple[int, str]) -> bool:
    return len(line[1]) >= _LONG_LINE
