"""CSV that spreadsheets open without running anything.
Knows nothing about tables."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.csv_text import safe_cell, to_csv


@pytest.mark.parametrize(
    "formula", ["=1+1", "+SUM(A1)", "-cmd|x", "@x", " =1+1", "-1 to x", "\t=1", "\r=1", "＝1+1"]
)
def test_a_formula_is_shown_as_text(formula: str) -> None:
    assert safe_cell(formula) == "'" + formula


@pytest.mark.parametrize("cell", ["-3.5", "+7", "-0.03 to +0.10", "a=b", "", "1e5", 4, -2.5, None, True])
def test_numbers_and_other_texts_stay_as_they_are(cell: object) -> None:
    assert safe_cell(cell) == cell


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=12), min_size=2, max_size=2)
    )
)
def test_cells_come_back_but_for_the_apostrophe(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(to_csv(["a", "b"], rows), newline="")))[1:]
    for row, back in zip(rows, read, strict=True):
        assert back == [safe_cell(cell).replace("\r\n", "\n").replace("\r", "\n") for cell in row]
