"""Finds tables that are drawn with lines: a grid of rulings whose cells hold text.
Knows nothing about tables without lines.

Rulings that cross belong to one grid. Their places cut it into rows and columns; where no ruling parts two
neighbours, they are one cell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from workbench.corpus.readers.pdf.content import Fragment, Ruling, Table
from workbench.corpus.readers.pdf.fragments import joined, rows_of, text_of_row
from workbench.corpus.readers.pdf.paragraphs import SOFT_HYPHEN

NEAR = 3.0  # points; rulings that are no farther apart are one, and touch
SHORTEST = 5.0  # points; a shorter ruling is part of a letter or a sign
COVERED = 0.5  # of the border between two places of the grid; a ruling over so much of it parts two cells
MOST_LINES = 300  # of a grid in one direction; graph paper has more
LEAST_FILLED = 0.25  # of the cells of a table; with fewer it is a drawing
LONGEST_CELL = 600  # characters on average; boxes with more are a page's layout
LONGEST_REPEATED = 80  # characters; a cell over several rows that is no longer is said in each


def take_ruled_tables(
    fragments: Sequence[Fragment], rulings: Sequence[Ruling]
) -> tuple[list[Table], list[Fragment]]:
    """The tables, and the fragments that lie in none."""
    tables = []
    rest = list(fragments)
    for grid in _grids(rulings):
        inside = [f for f in rest if grid.place_of(f) is not None]
        table = _table(grid, inside)
        if table is not None:
            tables.append(table)
            rest = [f for f in rest if grid.place_of(f) is None]
    return tables, rest


@dataclass(frozen=True, slots=True)
class _Grid:
    """The places between lines that cross."""

    xs: tuple[float, ...]
    """The x of its vertical borders, ascending."""
    ys: tuple[float, ...]
    """The y of its horizontal borders, ascending."""
    rulings: tuple[Ruling, ...]
    """The lines that it is made of."""

    def place_of(self, fragment: Fragment) -> tuple[int, int] | None:
        """(row, column) of the place that holds the fragment's middle; None when it lies outside."""
        x, y = fragment.middle
        column, row = bisect_right(self.xs, x) - 1, bisect_right(self.ys, y) - 1
        inside = 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1
        return (row, column) if inside else None

    def is_parted(self, is_horizontal: bool, place: float, start: float, end: float) -> bool:
        """Whether rulings cover the border at `place` from `start` to `end`."""
        covered = sum(
            max(0.0, min(end, ruling.end) - max(start, ruling.start))
            for ruling in self.rulings
            if ruling.is_horizontal == is_horizontal and abs(ruling.place - place) <= NEAR
        )
        return covered >= COVERED * (end - start)


def _grids(rulings: Iterable[Ruling]) -> list[_Grid]:
    """The grids that have more than one column and more than one row."""
    lines = _merged([r for r in rulings if r.end - r.start >= SHORTEST])
    grids = []
    for group in _connected(lines):
        across = [r for r in group if r.is_horizontal]
        down = [r for r in group if not r.is_horizontal]
        if len(across) < 2 or not down or max(len(across), len(down)) > MOST_LINES:
            continue
        xs = _places([*(r.place for r in down), min(r.start for r in across), max(r.end for r in across)])
        ys = _places([*(r.place for r in across), min(r.start for r in down), max(r.end for r in down)])
        if len(xs) > 2 and len(ys) > 2:
            grids.append(_Grid(xs, ys, tuple(group)))
    return grids


def _merged(rulings: Sequence[Ruling]) -> list[Ruling]:
    """The rulings, with those joined that lie on one line and touch."""
    merged: list[Ruling] = []
    lines: list[list[Ruling]] = []
    for ruling in sorted(rulings, key=lambda r: (r.is_horizontal, r.place)):
        last = lines[-1][0] if lines else None
        if last and last.is_horizontal == ruling.is_horizontal and ruling.place - last.place <= NEAR:
            lines[-1].append(ruling)
        else:
            lines.append([ruling])
    for line in lines:
        line.sort(key=lambda r: r.start)
        joint = line[0]
        for ruling in line[1:]:
            if ruling.start <= joint.end + NEAR:
                joint = replace(joint, end=max(joint.end, ruling.end))
            else:
                merged.append(joint)
                joint = ruling
        merged.append(joint)
    return merged


def _connected(rulings: Sequence[Ruling]) -> list[list[Ruling]]:
    """The rulings in groups that cross or touch each other."""
    group_of = list(range(len(rulings)))

    def find(number: int) -> int:
        while group_of[number] != number:
            group_of[number] = group_of[group_of[number]]
            number = group_of[number]
        return number

    down = [(number, ruling) for number, ruling in enumerate(rulings) if not ruling.is_horizontal]
    for number, across in enumerate(rulings):
        if across.is_horizontal:
            for other, ruling in down:
                if (
                    across.start - NEAR <= ruling.place <= across.end + NEAR
                    and ruling.start - NEAR <= across.place <= ruling.end + NEAR
                ):
                    group_of[find(number)] = find(other)
    groups: defaultdict[int, list[Ruling]] = defaultdict(list)
    for number, ruling in enumerate(rulings):
        groups[find(number)].append(ruling)
    return list(groups.values())


def _places(values: Iterable[float]) -> tuple[float, ...]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > NEAR:
            places.append(value)
    return tuple(places)


def _table(grid: _Grid, fragments: Sequence[Fragment]) -> Table | None:
    """The table that a grid with this text is; None when it is a drawing or boxes of a page's layout."""
    cell_of = _cells(grid)
    inside: defaultdict[tuple[int, int], list[Fragment]] = defaultdict(list)
    for fragment in fragments:
        place = grid.place_of(fragment)
        if place is not None:
            inside[cell_of[place]].append(fragment)
    texts = {cell: text_of_cell(parts) for cell, parts in inside.items()}
    cells = set(cell_of.values())
    columns_filled = {column for _, column in texts}
    if len(texts) < 2 or len(columns_filled) < 2 or len(texts) < LEAST_FILLED * len(cells):
        return None
    if sum(map(len, texts.values())) > LONGEST_CELL * len(texts):
        return None
    rows = [_row(row, len(grid.xs) - 1, cell_of, texts) for row in range(len(grid.ys) - 1)]
    if sum(bool(row.strip(" |")) for row in rows) < 2 and len(rows) > 1:
        return None
    rows = [row for row in rows if row.strip(" |")]
    return Table(tuple(rows), grid.xs[0], grid.xs[-1], grid.ys[0], grid.ys[-1])


def _cells(grid: _Grid) -> dict[tuple[int, int], tuple[int, int]]:
    """(row, column) of each place of the grid -> that of the first place of its cell."""
    cell_of: dict[tuple[int, int], tuple[int, int]] = {}
    for row, (top, bottom) in enumerate(zip(grid.ys, grid.ys[1:], strict=False)):
        for column, (left, right) in enumerate(zip(grid.xs, grid.xs[1:], strict=False)):
            if column and not grid.is_parted(False, left, top, bottom):
                cell_of[row, column] = cell_of[row, column - 1]
            elif row and not grid.is_parted(True, top, left, right):
                cell_of[row, column] = cell_of[row - 1, column]
            else:
                cell_of[row, column] = row, column
    return cell_of


def _row(
    row: int,
    columns: int,
    cell_of: dict[tuple[int, int], tuple[int, int]],
    texts: dict[tuple[int, int], str],
) -> str:
    """The cells of a row; one over several columns is said once, a short one over several rows in each."""
    shown = []
    for column in range(columns):
        first_row, first_column = cell_of[row, column]
        text = texts.get((first_row, first_column), "")
        if first_column == column:
            shown.append(text if first_row == row or len(text) <= LONGEST_REPEATED else "")
    return " | ".join(shown)


def text_of_cell(fragments: Sequence[Fragment]) -> str:
    """The text of a cell in one line; U+00AD stands where a word was broken at a line's end."""
    text = ""
    for row in rows_of(joined(fragments)):
        line = text_of_row(row)
        if text[-1:] == "-" and text[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + SOFT_HYPHEN + line
        else:
            text += f" {line}" if text else line
    return text
