"""Brings a table's cells into rows of equal width, whatever is merged or missing.
Knows nothing about what is in the cells, nor how a file writes a table."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from workbench.corpus.readers.office.blocks import Block, in_cell, make_table

MOST_COLUMNS = (
    63  # as in Word; where more boundaries are found, columns do not line up and rows are not filled
)
LONGEST_REPEATED = 100  # characters of a cell that is said again in each row that it spans
LONGEST_IN_CELL = 1000  # characters of a cell with several blocks, above which it is a page and no cell
LARGEST_INNER_TABLE = 12  # cells of a table inside a cell that is still said in one line


@dataclass(frozen=True)
class Cell:
    """A cell of one row."""

    start: int
    """The column of the grid at which it begins."""
    end: int
    """The column after its last."""
    blocks: list[Block]
    """What it holds."""
    continues: bool
    """Whether it is the continuation of the cell above."""

    @property
    def text(self) -> str:
        """Its blocks in one line; an inner table is parted from what is beside it."""
        line, last = "", ""
        for block in self.blocks:
            text = in_cell(block)
            apart = "table" in (block.kind, last) and not line.endswith((".", ":", ";", "!", "?"))
            line += (("; " if apart else " ") if line and text else "") + text
            last = block.kind if text else last
        return line

    @property
    def is_page(self) -> bool:
        """Whether it holds what reads as text of its own: the cell only places it."""
        if len(self.blocks) < 2:
            return any(_cell_count(block) > LARGEST_INNER_TABLE for block in self.blocks)
        return (
            any(block.kind == "heading" or _cell_count(block) > LARGEST_INNER_TABLE for block in self.blocks)
            or sum(len(block.text) for block in self.blocks) > LONGEST_IN_CELL
        )


def _cell_count(block: Block) -> int:
    return sum(len(row) for row in block.cells)


def write_table(grid: list[list[Cell]]) -> list[Block]:
    """Return a table as blocks: one table, or the blocks of its cells where it only places them on the page.

    grid: the cells of each row, in order.
    """
    if all(len(row) <= 1 for row in grid):  # a frame around text, or a column of it
        return [block for row in grid for cell in row for block in cell.blocks]
    blocks: list[Block] = []
    lines: list[list[str]] = []
    for row, line in zip(grid, _lines(grid), strict=True):
        if any(cell.is_page for cell in row):
            blocks += [make_table(lines)] if lines else []
            blocks += [block for cell in row for block in cell.blocks]
            lines = []
        else:
            lines.append(line)
    return [*blocks, make_table(lines)] if any(any(line) for line in lines) else blocks


def _lines(grid: list[list[Cell]]) -> list[list[str]]:
    """Each row's cells in the columns of the table. A cell over several columns is said in the first of them.

    Only boundaries at which some cell begins count as columns: a span may be a million columns wide. Columns
    that are empty in every row are dropped, and so is what fills a row up that is one cell.
    """
    starts = sorted({cell.start for row in grid for cell in row})
    lines_up = len(starts) <= MOST_COLUMNS
    lines: list[list[str]] = []
    above: dict[int, str] = {}
    for row in grid:
        line = [""] * (len(starts) if lines_up else len(row))
        values: dict[int, str] = {}
        for place, cell in enumerate(row):
            text = cell.text
            if cell.continues and not text:
                text = above.get(cell.start, "")
            values[cell.start] = text if len(text) <= LONGEST_REPEATED else ""
            line[bisect_left(starts, cell.start) if lines_up else place] = text
        lines.append(line)
        above = values
    if lines_up:
        said = [any(column) for column in zip(*lines, strict=True)]
        lines = [[text for text, is_said in zip(line, said, strict=True) if is_said] for line in lines]
    whole = [len(row) == 1 and row[0].end > starts[-1] for row in grid]
    return [[text for text in line if text] if one else line for line, one in zip(lines, whole, strict=True)]
