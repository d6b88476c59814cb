"""Finds running heads and page numbers: what a document says at the edge of page after page.
Knows nothing about the order of text on a page.

A numbered heading ("Error 101", "Error 102") looks much like a page number, and a last line may be the same
on every page. So a number counts as a page's only where it stands alone, behind a word for "page" or a mark,
and rises with the pages. A line counts only in the margin and apart from the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from statistics import median

from workbench.corpus.readers.pdf.columns import Item
from workbench.corpus.readers.pdf.content import Fragment, Table
from workbench.corpus.readers.pdf.fragments import rows_of

MARGIN = 0.14  # of the page's height, at the top and at the bottom
APART = 1.4  # times the usual distance of lines
REPEATED = 0.6  # of the pages, or of the left or the right ones
LEAST_PAGES = 3  # that have a running head without a page number
MOST_ROWS = 3  # of a running head
SAME_PLACE = 4.0  # points
SMALLER = 0.95  # of the usual font's size
LARGER = 1.15
LEAST_GAP = 0.5  # of the usual font's size; so far is a running head from the text at least

PAGE_WORDS = (
    r"page|pg\.?|p\.|seite|blatt|s\.|página|pagina|pág\.?|pag\.?|side|sida|sivu|strona|strana|str\.|oldal|folio"
    r"|страница|стр\.?|صفحة|第"
)
OF = r"(?:of|von|de|sur|di|van|av|af|z|из|/|\||共)"
NUMBER = r"\d{1,4}"
LABEL = rf"(?<!\w)(?:{PAGE_WORDS})\s*({NUMBER})(?:\s*{OF}\s*{NUMBER})?(?!\w)\s*[页頁]?"
LABELLED = re.compile(rf"(?i)^{LABEL}|{LABEL}$")
OF_ALL = re.compile(rf"(?i)(?<!\w)({NUMBER})\s*{OF}\s*{NUMBER}$")
ALONE = re.compile(rf"^[-–—·•|\[(\s]*({NUMBER})[-–—·•|\])\s]*$")
MARKED = re.compile(rf"(?:^({NUMBER})\s*[|·•–—/]\s)|(?:\s[|·•–—/]\s*({NUMBER})$)")
ATTACHED = re.compile(rf"(?:^({NUMBER})\s)|(?:\s({NUMBER})$)")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row near an edge of a page."""

    items: tuple[Item, ...]
    """Its fragments, or one table."""
    text: str
    """What they say together."""
    key: str
    """Its text with "#" in the place of a number that may be the page's."""
    number: int | None
    """That number; None when there is none."""
    y: float
    """Its distance from the edge of the page, in points."""
    is_apart: bool
    """Whether it stands in the margin, farther from the text than lines stand from each other."""
    is_large: bool
    """Whether its letters are larger than most of the document."""

    @property
    def is_number(self) -> bool:
        """Whether it says nothing but the page's number."""
        return self.number is not None and not any(c.isalnum() for c in self.key)


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page."""

    items: Sequence[Item]
    """Fragments and ruled tables, in any order."""
    top: float
    """The y of its upper edge, in points."""
    bottom: float
    """The y of its lower edge, in points."""


def find_running_heads(pages: Sequence[Page]) -> list[list[Item]]:
    """The items of each page that belong to running heads, running feet and page numbers."""
    found: list[list[Item]] = [[] for _ in pages]
    usual_size = median([i.size for p in pages for i in p.items if isinstance(i, Fragment)] or [0.0])
    headings = {
        i.text.casefold()
        for page in pages
        for i in page.items
        if isinstance(i, Fragment) and i.size > LARGER * usual_size
    }
    rows_of_pages = [_all_rows(page) for page in pages]
    for at_bottom in (False, True):
        rows = [
            _edge_rows(page, page_rows, at_bottom, usual_size)
            for page, page_rows in zip(pages, rows_of_pages, strict=True)
        ]
        going = set(range(len(pages)))  # the pages on which every row farther out is a running head
        for place in range(MOST_ROWS):
            at_place = {number: rows[number][place] for number in going if place < len(rows[number])}
            going = _running(at_place, len(pages), headings)
            for number in going:
                found[number] += at_place[number].items
    return found


def _all_rows(page: Page) -> list[Sequence[Item]]:
    """The rows of a page from the top; a ruled table is one."""
    tables: list[Sequence[Item]] = [[item] for item in page.items if isinstance(item, Table)]
    rows = tables + list(rows_of(item for item in page.items if isinstance(item, Fragment)))
    return sorted(rows, key=lambda row: row[0].top)


def _edge_rows(page: Page, rows: list[Sequence[Item]], at_bottom: bool, usual_size: float) -> list[_Row]:
    """The rows at an edge of a page, from the edge inwards."""
    pitches = [lower[0].top - upper[0].bottom for upper, lower in pairwise(rows)]
    usual_gap = min(max(median(pitches or [0.0]), 0.0), usual_size)
    if at_bottom:
        rows, pitches = rows[::-1], pitches[::-1]
    height = page.bottom - page.top
    least_gap = max(APART * usual_gap, LEAST_GAP * usual_size)
    apart = next((n for n, gap in enumerate(pitches, 1) if gap > least_gap), len(rows))
    found = []
    for number, row in enumerate(rows[:MOST_ROWS]):
        y = page.bottom - row[0].bottom if at_bottom else row[0].top - page.top
        is_apart = number < apart <= MOST_ROWS and y <= MARGIN * height
        size = max(item.size if isinstance(item, Fragment) else 0.0 for item in row)
        found.append(_row(row, y, is_apart, size, usual_size))
    return found


def _row(row: Sequence[Item], y: float, is_apart: bool, size: float, usual_size: float) -> _Row:
    texts = [item.text if isinstance(item, Fragment) else "\n".join(item.rows) for item in row]
    is_large = size > LARGER * usual_size
    patterns = () if is_large else (ALONE, LABELLED, OF_ALL, MARKED)
    if size < SMALLER * usual_size:
        patterns = (*patterns, ATTACHED)
    parts, number = list(texts), None
    for pattern, place in product(patterns, range(len(texts))):
        if match := pattern.search(texts[place]):
            number = int(next(filter(None, match.groups())))
            parts[place] = texts[place][: match.start()] + "#" + texts[place][match.end() :]
            break
    return _Row(tuple(row), " ".join(texts), " ".join(sorted(parts)), number, y, is_apart, is_large)


def _running(rows: dict[int, _Row], count: int, headings: set[str]) -> set[int]:
    """The pages, of `count`, on which the row at this place is a running head.

    rows: page -> the row.
    headings: texts of the document in larger letters.
    """
    pages_by_key: defaultdict[str, list[int]] = defaultdict(list)
    for page, row in rows.items():
        pages_by_key[row.key].append(page)
    for key, pages in list(pages_by_key.items()):
        if not _rise_with_pages([(page, rows[page].number) for page in pages]):
            del pages_by_key[key]
            for page in pages:
                pages_by_key[rows[page].text].append(page)
    running: set[int] = set()
    for pages in pages_by_key.values():
        has_number = rows[pages[0]].number is not None
        apart = [page for page in pages if rows[page].is_apart or rows[page].is_number]
        if _is_repeated(apart, count, has_number):
            running.update(apart)
    return running | _in_shared_place(rows, pages_by_key, count, headings)


def _rise_with_pages(numbers: Sequence[tuple[int, int | None]]) -> bool:
    """Whether the numbers on most of these pages are the pages', perhaps counted from elsewhere."""
    offsets = Counter(number - page for page, number in numbers if number is not None)
    if not offsets:
        return True
    return offsets.most_common(1)[0][1] >= REPEATED * len(numbers)


def _is_repeated(pages: Sequence[int], count: int, has_number: bool) -> bool:
    """Whether a row on these pages, of `count`, is on most, or on most of the left or the right ones."""
    if count <= LEAST_PAGES:
        return len(pages) == count >= (2 if has_number else LEAST_PAGES)
    if len(pages) >= REPEATED * count:
        return True
    for side in (0, 1):
        here = sum(page % 2 == side for page in pages)
        if here >= LEAST_PAGES and here >= REPEATED * len(range(side, count, 2)):
            return True
    return False


def _in_shared_place(
    rows: dict[int, _Row], pages_by_key: dict[str, list[int]], count: int, headings: set[str]
) -> set[int]:
    """The pages with the title of their chapter at a place where most pages have one."""
    small = {page: row for page, row in rows.items() if row.is_apart and not row.is_large}
    place = median([row.y for row in small.values()] or [0.0])
    there = {page for page, row in small.items() if abs(row.y - place) <= SAME_PLACE}
    if len(there) < max(REPEATED * count, LEAST_PAGES + 1):
        return set()
    keys = {page: key for key, pages in pages_by_key.items() for page in pages if page in there}
    times = Counter(keys.values())
    if 2 * len(times) > len(there):
        return set()
    return {page for page, key in keys.items() if times[key] > 1 or rows[page].text.casefold() in headings}
