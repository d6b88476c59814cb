"""Puts what stands on a page into reading order: column by column, with what goes across them in its place.
Knows nothing about the meaning of a text beyond whether it runs on from line to line.

A gutter is a place that no text covers, with text on both sides. A table without lines has such places, too.
So only columns of running text are read one after another; all else is read row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from workbench.corpus.readers.pdf.content import Fragment, Table
from workbench.corpus.readers.pdf.fragments import rows_of
from workbench.corpus.readers.pdf.short_columns import LIST_MARK, are_short_columns, begins_small, is_sentence
from workbench.text import UNSPACED

Item: TypeAlias = Fragment | Table

LEAST_ROWS = 3  # with text on both sides of a gutter
LEAST_BESIDE = 0.2  # of the height of a line that another shares; the lines of columns need not be level
LEAST_WORDS = 2.5  # a line of running text, on average
LEAST_UNSPACED = 8  # characters a line of running text in a script without spaces
LEAST_RUNNING_ON = 0.2  # of the lines of running text begin with a small letter
AMID_SENTENCES = 0.4  # of the lines beside a column of notes begin with a small letter
MOST_NUMBERS = 0.4  # of the lines of running text may be mostly digits
SHORT = 0.65  # of a column's width; rows of so short texts on both sides are a table
WIDER_PITCH = (
    1.35  # times the usual distance of lines; with such a one a paragraph or a row of a table begins
)
SAME_HEIGHT = 1.0  # points by which the tops of the cells of a row may differ
LARGER = 1.15  # times the size of the text above; a heading is larger
UNSPACED_LETTER = re.compile(UNSPACED)


def in_reading_order(items: Sequence[Item]) -> list[list[Item]]:
    """The items in blocks, which are to be read one after another; the items of a block row by row."""
    gutter = _gutter(items)
    if gutter is None:
        return [list(items)] if items else []
    blocks: list[list[Item]] = []
    rows: list[Item] = []  # what is to be read row by row and in no block yet
    for zone in _zones(items, gutter):
        left = [item for item in zone if _middle(item) < gutter]
        right = [item for item in zone if _middle(item) >= gutter]
        columns = [] if _crosses(zone[0], gutter) else _columns(left, right, gutter)
        if columns:
            blocks += [rows] if rows else []
            rows = []
            blocks += [block for column in columns for block in in_reading_order(column)]
        else:
            rows += zone
    return blocks + ([rows] if rows else [])


def _columns(left: Sequence[Item], right: Sequence[Item], gutter: float) -> list[Sequence[Item]]:
    """What stands on both sides of the gutter, where it is columns; nothing for a table's rows."""
    if _are_columns(left, right):
        return [left, right]
    fragments = [item for item in (*left, *right) if isinstance(item, Fragment)]
    if len(fragments) < len(left) + len(right) or not are_short_columns(rows_of(fragments), gutter):
        return []
    return [
        [replace(item, stands_alone=True) for item in side if isinstance(item, Fragment)]
        for side in (left, right)
    ]


def _middle(item: Item) -> float:
    return (item.x0 + item.x1) / 2


def _crosses(item: Item, gutter: float) -> bool:
    return item.x0 < gutter - 1 and item.x1 > gutter + 1


def _gutter(items: Sequence[Item]) -> float | None:
    """The x at which most rows have a gap; None when fewer than LEAST_ROWS have one."""
    gaps = []
    below = sorted(items, key=lambda item: item.top)
    for number, item in enumerate(below):
        neighbours = []
        for other in below[number + 1 :]:
            if other.top >= item.bottom:
                break
            if min(item.bottom, other.bottom) - other.top > LEAST_BESIDE * min(
                item.bottom - item.top, other.bottom - other.top
            ):
                neighbours.append(other)
        for other in neighbours:
            left, right = (item, other) if item.x0 <= other.x0 else (other, item)
            if right.x0 > left.x1:
                gaps.append((left.x1, right.x0))
    if len(gaps) < LEAST_ROWS:
        return None
    edges = sorted([(start, 1) for start, _ in gaps] + [(end, -1) for _, end in gaps])
    count = most = 0
    gutter = None
    for (x, step), (following, _) in zip(edges, [*edges[1:], edges[-1]], strict=True):
        count += step
        if count > most and following > x:
            most, gutter = count, (x + following) / 2
    return gutter if most >= LEAST_ROWS else None


def _zones(items: Sequence[Item], gutter: float) -> list[list[Item]]:
    """The items from top to bottom, cut where something crosses the gutter or rows of a table stand."""
    left, right = min(item.x0 for item in items), max(item.x1 for item in items)
    cells = {
        id(fragment)
        for row in _table_rows([i for i in items if isinstance(i, Fragment)], left, gutter, right)
        for fragment in row
    }
    zones: list[list[Item]] = []
    was_across = True
    for item in sorted(items, key=lambda item: (item.top, item.x0)):
        is_across = _crosses(item, gutter) or id(item) in cells
        if zones and is_across == was_across and not is_across:
            zones[-1].append(item)
        else:
            zones.append([item])
        was_across = is_across
    return [part for zone in zones for part in _without_what_follows(zone, gutter)]


def _without_what_follows(zone: list[Item], gutter: float) -> list[list[Item]]:
    """The zone in two where something at the left follows columns that end together, such as a heading."""
    left = [item for item in zone if _middle(item) < gutter]
    right = [item for item in zone if _middle(item) >= gutter]
    if len(left) < 2 or not right:
        return [zone]
    pitch = median(lower.top - upper.top for upper, lower in pairwise(left))
    end = max(item.bottom for item in right)
    for upper, lower in pairwise(left):
        is_set_off = lower.top - upper.top > WIDER_PITCH * pitch or _is_larger(lower, upper)
        if (
            is_set_off
            and lower.top > end
            and end - upper.bottom < 2 * pitch
            and upper.bottom - end < 2 * pitch
        ):
            return [[i for i in zone if i.top < lower.top], [i for i in zone if i.top >= lower.top]]
    return [zone]


def _is_larger(item: Item, other: Item) -> bool:
    are_texts = isinstance(item, Fragment) and isinstance(other, Fragment)
    return are_texts and item.size > LARGER * other.size  # type: ignore[union-attr]


def _table_rows(
    fragments: Sequence[Fragment], left: float, gutter: float, right: float
) -> list[list[Fragment]]:
    """Rows one after another, three or, with numbers, two, whose texts are all short."""
    found: list[list[Fragment]] = []
    run: list[list[Fragment]] = []
    for row in [*rows_of(fragments), []]:
        if row and _is_short(row, left, gutter, right):
            is_last_of_text = not run and any(begins_small(cell.text) for cell in row)
            run += [] if is_last_of_text else [row]
            continue
        has_numbers = all(any(any(c.isdigit() for c in f.text) for f in cells[1:]) for cells in run)
        if len(run) >= (2 if has_numbers else 3):
            for part in _parts(run):
                found += [] if are_short_columns(part, gutter) else part
        run = []
    return found


def _parts(rows: list[list[Fragment]]) -> Iterator[list[list[Fragment]]]:
    """The rows, parted where their distance is wider than usual."""
    pitches = [lower[0].baseline - upper[0].baseline for upper, lower in pairwise(rows)]
    widest = WIDER_PITCH * median(pitches)
    start = 0
    for end, pitch in enumerate([*pitches, widest + 1], start=1):
        if pitch > widest:
            yield rows[start:end]
            start = end


def _is_short(row: Sequence[Fragment], left: float, gutter: float, right: float) -> bool:
    before = [f for f in row if _middle(f) < gutter]
    after = [f for f in row if _middle(f) >= gutter]
    if not before or not after or any(_crosses(f, gutter) for f in row):
        return False
    if len(row) > 2 and sum(len(f.text.split()) for f in row) < LEAST_WORDS * len(row):
        return not any(UNSPACED_LETTER.search(f.text) for f in row)
    return before[-1].x1 - before[0].x0 < SHORT * (gutter - left) and after[-1].x1 - after[0].x0 < SHORT * (
        right - gutter
    )


def _are_columns(left: Sequence[Item], right: Sequence[Item]) -> bool:
    running = [side for side in (left, right) if _runs_on(side)]
    if len(running) == 1:
        return _is_beside(right if running[0] is left else left, running[0])
    return len(running) == 2 and not _rows_begin_together(left, right)


def _is_beside(notes: Sequence[Item], running: Sequence[Item]) -> bool:
    """Whether short lines stand beside running text as a column of their own: at lines amid its sentences.

    The cells of a table stand where the sentences of the cells beside them begin.
    """
    beside = [
        begins_small(text.text)
        for note in notes
        for text in running
        if isinstance(note, Fragment)
        and isinstance(text, Fragment)
        and abs(note.top - text.top) < note.size / 2
    ]
    return len(beside) >= LEAST_ROWS and sum(beside) >= AMID_SENTENCES * len(beside)


def _runs_on(items: Sequence[Item]) -> bool:
    """Whether it is running text, whose lines go on in the next; a ruled table may stand in it."""
    texts = [item.text for item in items if isinstance(item, Fragment)]
    if not texts:
        return bool(items)
    if len(texts) < 2:
        return False
    if 2 * sum(bool(UNSPACED_LETTER.search(text)) for text in texts) > len(texts):
        return sum(map(len, texts)) >= LEAST_UNSPACED * len(texts)
    if is_sentence(texts):
        return True
    words = sum(len(text.split()) for text in texts)
    numbers = sum(2 * sum(c.isdigit() for c in text) > len(text.replace(" ", "")) for text in texts)
    running_on = sum(begins_small(text) or bool(LIST_MARK.match(text)) for text in texts)
    return (
        words >= LEAST_WORDS * len(texts)
        and numbers <= MOST_NUMBERS * len(texts)
        and running_on >= LEAST_RUNNING_ON * len(texts)
    )


def _rows_begin_together(left: Sequence[Item], right: Sequence[Item]) -> bool:
    """Whether paragraphs begin at the same heights on both sides, as the cells of a table's rows do."""
    first, second = _beginnings(left), _beginnings(right)
    fewer, more = sorted((first, second), key=len)
    together = [y for y in fewer if any(abs(y - other) <= 2 for other in more)]
    return len(together) >= 2 and len(together) >= 0.8 * len(more)


def _beginnings(items: Sequence[Item]) -> list[float]:
    """The tops of the lines, other than the first, that stand farther from the line above than usual."""
    tops = [min(item.top for item in items)]
    tops += (top for upper, top in pairwise(sorted(item.top for item in items)) if top - upper > SAME_HEIGHT)
    pitches = [lower - upper for upper, lower in pairwise(tops)]
    if not pitches:
        return []
    # Of a table's cells, only some have a second line.
    usual = sorted(pitches)[len(pitches) // 4]
    return [top for top, pitch in zip(tops[1:], pitches, strict=True) if pitch > WIDER_PITCH * usual]
