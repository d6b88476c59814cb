"""Makes the lines of a block of a page: rows of tables without rulings keep their cells apart.
Knows nothing about the order of blocks, nor how lines make paragraphs.

Two rows or more with a gap at the same place are a table. Its cells are parted by " | ", as a ruled table's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from workbench.corpus.readers.pdf.annotations import TICKED, UNTICKED
from workbench.corpus.readers.pdf.columns import Item
from workbench.corpus.readers.pdf.content import Fragment, Line, Table
from workbench.corpus.readers.pdf.fragments import is_right_to_left, rows_of, text_of_row
from workbench.corpus.readers.pdf.short_columns import LIST_MARK, begins_small

CELLS = " | "
LEADERS = re.compile(r"(?<=\S)\s*(?:\.\s?){5,}(?:\|\s?)?(?=\S)")  # the dots from "Soup" to its price
LABEL = re.compile(r"[:：]$")
NUMBER_OF_HEADING = re.compile(r"(?:\d+(?:\.\d+)+\.?|[§#№]|[IVXivx]+\.|[A-Z]\.)$")
SAME_COLUMN = 6.0  # points by which the beginnings of two cells of a column may differ
SHARED_GAP = 2.0  # points that the gaps of two rows of a table have in common
FARTHEST_ROW = 4.0  # times the font's size, from one row of a table to the next
CLOSE = 1.5  # times the font's size; lines of one cell are no farther apart
CLOSER = 0.9  # of the usual distance of rows; the lines of one cell are no farther apart


@dataclass(slots=True)
class _Row:
    """Fragments side by side."""

    cells: list[Fragment]
    """From left to right."""
    baseline: float
    """Of its last line."""
    is_in_table: bool = False
    """Whether gaps at the same places make it and its neighbours a table."""
    table: list[_Row] = field(default_factory=list)
    """The rows that may be a table with it, itself among them."""

    @property
    def gaps(self) -> list[tuple[float, float]]:
        pairs = zip(self.cells, self.cells[1:], strict=False)
        return [(left.x1, right.x0) for left, right in pairs]

    def padded(self) -> list[Fragment]:
        """The cells, with empty ones before those that stand in a later column than others are there for.

        The rows with the most cells tell where the columns are. With a cell that is in none of them, the row
        stays as it is.
        """
        most = max((len(row.cells) for row in self.table), default=0)
        full = [row for row in self.table if len(row.cells) == most]
        if len(self.cells) == 1 < most:
            return [*self.cells, replace(self.cells[0], text="")]  # so that it has the form of a row, too
        if len(self.cells) == most or is_right_to_left("".join(cell.text for cell in self.cells)):
            return self.cells
        columns = [
            (min(cell.x0 for cell in column), max(cell.x1 for cell in column))
            for column in zip(*(row.cells for row in full), strict=True)
        ]
        padded: list[Fragment] = []
        for cell in self.cells:
            shared = [min(cell.x1, end) - max(cell.x0, start) for start, end in columns]
            place = shared.index(max(shared))
            if shared[place] <= 0 or place < len(padded):
                return self.cells
            padded += [replace(cell, text="") for _ in range(place - len(padded))]
            padded.append(cell)
        return padded


def lines_of(block: Sequence[Item]) -> list[Line]:
    """The lines of a block, from the top."""
    right = max(item.x1 for item in block)
    tables = sorted((item for item in block if isinstance(item, Table)), key=lambda table: table.top)
    fragments = [item for item in block if isinstance(item, Fragment)]
    lines: list[Line] = []
    for row in _rows([_with_labels(cells) for cells in rows_of(fragments)]):
        first = row.cells[0]
        while tables and tables[0].top < first.middle[1]:
            lines += _lines_of_table(tables.pop(0), right)
        text = text_of_row(row.padded(), CELLS) if row.is_in_table else text_of_row(row.cells)
        text, has_leaders = LEADERS.subn(CELLS, text)
        size = max(cell.size for cell in row.cells)
        is_row = row.is_in_table or has_leaders > 0 or any(cell.stands_alone for cell in row.cells)
        lines.append(Line(text, first.x0, row.cells[-1].x1, first.baseline, size, right, is_row))
    for table in tables:
        lines += _lines_of_table(table, right)
    return lines


def _lines_of_table(table: Table, right: float) -> list[Line]:
    size = (table.bottom - table.top) / len(table.rows)
    return [
        Line(text, table.x0, table.x1, table.top + size * (number + 1), size, right, is_row=True)
        for number, text in enumerate(table.rows)
    ]


def _with_labels(row: Sequence[Fragment]) -> list[Fragment]:
    """The row with list marks, numbers of headings, labels and boxes joined to their text."""
    cells = [row[0]]
    for number, fragment in enumerate(row[1:], 1):
        before = cells[-1].text
        gap = fragment.x0 - cells[-1].x1
        gap_after = row[number + 1].x0 - fragment.x1 if number + 1 < len(row) else gap + 1
        is_box = fragment.text in (TICKED, UNTICKED)
        is_value = LABEL.search(before) is not None
        if (
            is_value
            or (LIST_MARK.fullmatch(before) and len(cells) == 1)
            or (NUMBER_OF_HEADING.fullmatch(before) and len(cells) == 1 and fragment.text[:1].isalpha())
            or before in (TICKED, UNTICKED)
            or (is_box and gap <= gap_after)
        ):
            stands_alone = is_value or cells[-1].stands_alone or fragment.stands_alone
            cells[-1] = replace(
                cells[-1], text=f"{before} {fragment.text}", x1=fragment.x1, stands_alone=stands_alone
            )
        else:
            cells.append(fragment)
    return cells


def _rows(rows: Sequence[list[Fragment]]) -> list[_Row]:
    """The rows, with the further lines of a table's cells joined to the first."""
    found: list[_Row] = []
    run: list[_Row] = []  # rows that may be a table
    pitch = _usual_pitch(rows)
    for cells, following in zip(rows, [*rows[1:], []], strict=False):
        row = _Row(cells, cells[0].baseline)
        if run and len(cells) < len(run[-1].cells) and _continues(cells, run[-1], pitch):
            _add_lines(run[-1], cells)
            continue
        is_next = len(cells) > 1 or _is_title_of_rows(cells, run, following)
        if run and not (is_next and _is_next(row, run)):
            run = []
        if len(cells) > 1 or run:
            run.append(row)
            row.table = run
            if len(run) > 1:
                for member in run:
                    member.is_in_table = True
        found.append(row)
    return found


def _usual_pitch(rows: Sequence[list[Fragment]]) -> float:
    """The usual distance of rows that have several cells; 0 when there are no two."""
    baselines = [cells[0].baseline for cells in rows if len(cells) > 1]
    pitches = [lower - upper for upper, lower in zip(baselines, baselines[1:], strict=False)]
    return median(pitches) if pitches else 0.0


def _is_next(row: _Row, table: Sequence[_Row]) -> bool:
    """Whether it is the next row of a table: it has a gap of the row above, or of one with more cells.

    A row of one cell has no gaps.
    """
    above = table[-1]
    if row.baseline - above.baseline > FARTHEST_ROW * row.cells[0].size:
        return False
    if len(row.cells) == 1:
        return True
    return any(
        min(end, other_end) - max(start, other_start) >= SHARED_GAP
        for other in (above, max(table, key=lambda other: len(other.cells)))
        for start, end in row.gaps
        for other_start, other_end in other.gaps
    )


def _is_title_of_rows(
    cells: Sequence[Fragment], table: Sequence[_Row], following: Sequence[Fragment]
) -> bool:
    """Whether a row of one cell is one of a table, such as "Drinks" above their prices.

    It stands in the first column, and the table goes on below it.
    """
    if not table or len(following) < 2:
        return False
    (cell,), first = cells, max(table, key=lambda row: len(row.cells)).cells
    is_in_column = abs(cell.x0 - first[0].x0) <= SAME_COLUMN and cell.x1 <= first[1].x0
    row, below = (_Row(list(fragments), fragments[0].baseline) for fragments in (cells, following))
    return is_in_column and cell.size < CLOSE * first[0].size and _is_next(below, [*table, row])


def _continues(cells: Sequence[Fragment], above: _Row, usual_pitch: float) -> bool:
    """Whether these are further lines of cells of the row above; in the first column, a row may begin."""
    pitch = cells[0].baseline - above.baseline
    columns = [_column(cell, above) for cell in cells]
    if pitch > CLOSE * cells[0].size or None in columns:
        return False
    is_closer = len(cells) == 1 and pitch < CLOSER * usual_pitch
    are_small = all(begins_small(cell.text) for cell in cells)
    return is_closer and are_small if 0 in columns else is_closer or are_small


def _column(fragment: Fragment, row: _Row) -> int | None:
    """The number of the row's cell below which it stands."""
    for number, cell in enumerate(row.cells):
        shared = min(cell.x1, fragment.x1) - max(cell.x0, fragment.x0)
        if abs(cell.x0 - fragment.x0) <= SAME_COLUMN or shared > 0.5 * (fragment.x1 - fragment.x0):
            return number
    return None


def _add_lines(row: _Row, cells: Sequence[Fragment]) -> None:
    for fragment in cells:
        number = _column(fragment, row)
        if number is not None:
            cell = row.cells[number]
            x1 = max(cell.x1, fragment.x1)
            row.cells[number] = replace(cell, text=f"{cell.text} {fragment.text}", x1=x1)
    row.baseline = cells[0].baseline
