"""Offers a table as a CSV download, for tables that screen readers can read but that have no download of
their own.
Knows nothing about what is in the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from workbench.csv_text import to_csv


def offer_csv(head: Sequence[str], rows: Iterable[Sequence[Any]], filename: str) -> None:
    st.download_button(
        "Download as CSV", to_csv(head, rows), filename, "text/csv", key=f"csv.{filename}", type="tertiary",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
