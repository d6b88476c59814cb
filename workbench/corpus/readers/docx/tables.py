"""Reads the rows of a table with their cells, which may be merged.
Knows nothing about what is in the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workbench.corpus.readers.office.blocks import Block
from workbench.corpus.readers.office.markup import Element, child, number, value
from workbench.corpus.readers.office.tables import Cell, write_table


def read_table(
    rows: Iterable[Element],
    cells_of: Callable[[Element], Iterable[Element]],
    read_cell: Callable[[Element], list[Block]],
) -> list[Block]:
    """Return a table as blocks: one table, or the blocks of its cells where it only places them on the page.

    rows: the table's <w:tr>. cells_of: a row's <w:tc>, without wrappers. read_cell: a cell's blocks.
    """
    return write_table([_read_row(row, cells_of(row), read_cell) for row in rows])


def _read_row(
    row: Element, cells: Iterable[Element], read_cell: Callable[[Element], list[Block]]
) -> list[Cell]:
    start = max(number(value(child(row, "w:trPr"), "w:gridBefore"), 0), 0)
    read = []
    for cell in cells:
        properties = child(cell, "w:tcPr")
        merge = child(properties, "w:vMerge")
        continues = merge is not None and value(properties, "w:vMerge") != "restart"
        end = start + max(number(value(properties, "w:gridSpan"), 1), 1)
        read.append(Cell(start, end, read_cell(cell), continues))
        start = end
    return read
