"""Defines a block of a document (paragraph, heading, list item, table), written as Markdown or inside a cell.
Knows nothing about the file that it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from workbench.corpus.readers.extracted_text import table_row

BULLET = "- "
Kind = Literal["paragraph", "heading", "item", "table"]
DEEPEST_HEADING = 6  # Markdown has no deeper ones
LONGEST_HEADING = 250  # characters; what is longer has a heading's style and is a paragraph
_LIKE_HEADING = re.compile(r"^(?=#{1,6}[ \t])", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block."""

    text: str
    """Without marks and label. Lines are parted by "\\n"; a table has one line per row."""
    kind: Kind = "paragraph"
    """What it is."""
    label: str = ""
    """Its automatic number with the space behind it, or "- " for a bullet."""
    level: int = 1
    """Of a heading, from 1."""
    cells: tuple[tuple[str, ...], ...] = ()
    """A table's rows."""


def make_table(rows: list[list[str]]) -> Block:
    """A block of rows that are written as "| a | b |"; empty rows are dropped."""
    kept = tuple(tuple(row) for row in rows if any(row))
    return Block("\n".join(table_row(row) for row in kept), "table", cells=kept)


def as_markdown(block: Block) -> str:
    """The block as it stands in the document's text."""
    if block.kind == "table":
        return block.text
    whole = block.label + block.text
    if block.kind == "heading" and len(whole) <= LONGEST_HEADING:
        return f"{'#' * min(block.level, DEEPEST_HEADING)} {' '.join(whole.split())}"
    return _LIKE_HEADING.sub("    ", whole)  # a line that begins with # is no heading when it is indented


def in_cell(block: Block) -> str:
    """The block as part of a table's cell: in one line, an inner table as "head: value, value; ..."."""
    if block.kind == "table":
        rows = ([cell for cell in row if cell] for row in block.cells)
        text = "; ".join(f"{row[0]}: {', '.join(row[1:])}" if len(row) > 1 else row[0] for row in rows)
    else:
        bulleted = block.label.startswith(BULLET)
        text = (block.label.removeprefix(BULLET) or "• " if bulleted else block.label) + block.text
    return " ".join(text.split())
