"""Compares a table row or record of an answer with the rows of the passages, cell by cell.
Knows nothing about sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.scoring.clauses import split_cells, split_statements
from workbench.scoring.quantities import find_quantities, is_stated
from workbench.scoring.verbatim import tokens_of
from workbench.text import content_tokens, words


@dataclass(frozen=True, slots=True)
class Row:
    """A table row or record of a passage."""

    start: int
    """The offset in the passage of its first character."""
    end: int
    """The offset in the passage after its last character."""
    text: str
    """The characters from start to end."""
    joined: str
    """Its tokens, with a space before and after each."""


def read_rows(text: str) -> tuple[Row, ...]:
    """The rows of a passage in order."""
    return tuple(
        Row(span.start, span.end, span.text, _joined(span.text))
        for span in split_statements(text)
        if split_cells(span.text)
    )


def _joined(text: str) -> str:
    return f" {' '.join(tokens)} " if (tokens := tokens_of(text)) else ""


@dataclass(frozen=True, slots=True)
class RowComparison:
    """How a row of an answer compares with the most similar row of the passages."""

    row: Row
    """The most similar row."""
    differing: tuple[str, ...]
    """The cells that it does not have word for word."""
    changed: tuple[str, ...]
    """Those of them that say something else: a number that the row has not, or none of its words."""


def compare_row(cells: Sequence[str], rows: Sequence[Row]) -> RowComparison | None:
    """Compare a row with the row that has most of its cells; None where no row has any.

    cells: the cells, at least two.
    """
    patterns = [_joined(cell) for cell in cells]
    best: tuple[Row, tuple[str, ...]] | None = None
    for row in rows:
        differing = tuple(c for c, p in zip(cells, patterns, strict=True) if p not in row.joined)
        if len(differing) < len(cells) and (best is None or len(differing) < len(best[1])):
            best = row, differing
    if best is None:
        return None
    row, differing = best
    return RowComparison(row, differing, tuple(cell for cell in differing if _says_something_else(cell, row)))


def _says_something_else(cell: str, row: Row) -> bool:
    quantities, row_quantities = find_quantities(cell), find_quantities(row.text)
    offers = {offer for q in row_quantities for offer in q.offers}
    amounts = [(q.kind, q.value) for q in row_quantities if q.value is not None]
    if quantities:
        return not all(is_stated(q, offers, amounts) for q in quantities)
    value = cell.rpartition(": ")[2]
    stems = set(content_tokens(value)) or set(words(value))
    return stems.isdisjoint({*content_tokens(row.text), *words(row.text)})
