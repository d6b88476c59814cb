"""Shows a table whose own download opens in a spreadsheet without running formulas.
Knows nothing about what is in the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.csv_text import safe_cell

if TYPE_CHECKING:
    import pandas as pd


ROW_HEIGHT = 31  # pixels, in the theme's type
BORDERS = 3  # pixels


def height_of(rows: int, most: int) -> int:
    """Return the height in pixels of a table that shows all its rows, but at most so many at once."""
    return (min(rows, most) + 1) * ROW_HEIGHT + BORDERS


def data_table(rows: Sequence[Mapping[str, Any]] | pd.DataFrame, **options: Any) -> Any:
    """Show rows as `st.dataframe` does, with its options; return what it returns.

    The table's toolbar downloads the cells as they are given, so texts that a spreadsheet would take for
    formulas are shown with a leading apostrophe.
    """
    if isinstance(rows, Sequence):
        return st.dataframe(
            [{name: safe_cell(value) for name, value in row.items()} for row in rows], **options
        )
    return st.dataframe(rows.map(safe_cell), **options)
