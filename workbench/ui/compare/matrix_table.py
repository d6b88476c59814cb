"""The matrix as a component of the page: a table of tinted cells, for the mouse and for the arrow keys.
Knows nothing about where scores come from or what a click opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.ui.widgets.score_tint import TINT_RULES

_HERE = Path(__file__).parent
# Texts go to the browser as data, and the script writes them as text: nothing in them is live.
_COMPONENT = st.components.v2.component(
    "workbench_matrix",
    html='<div class="matrix"></div>',
    css=TINT_RULES + (_HERE / "matrix_table.css").read_text(encoding="utf-8"),
    js=(_HERE / "matrix_table.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class CellShown:
    """A cell as it is drawn."""

    text: str
    """The sign and the number."""
    tint: str
    """A name in score_tint.TINTS."""
    words: str
    """The same in words, for tooltips and screen readers."""
    marks: str = ""
    """Small signs after the text; the words say the same."""


@dataclass(frozen=True)
class RowShown:
    """A question as it is drawn."""

    id: str
    number: int
    """The question's place in the experiment, from 1."""
    text: str
    cells: tuple[CellShown, ...]
    """One per column."""


@dataclass(frozen=True)
class ColumnShown:
    """The head of a configuration's column."""

    id: str
    letter: str
    name: str
    first: bool
    """Whether it is the baseline."""
    settings: tuple[str, ...]
    """One value per setting that differs."""
    figure: str
    """The count of right answers, or the mean."""
    figureWords: str  # noqa: N815 - as the script reads it
    """The same in words."""
    tally: tuple[tuple[str, int], ...]
    """(better, worse or same, on how many questions); empty for the baseline."""


@dataclass(frozen=True)
class TableShown:
    """All that is drawn."""

    name: str
    """What the table is, for screen readers."""
    key: str
    """Which questions these are: while it stays the same, the table keeps its place."""
    corner: str
    """The head of the questions' column: which of how many these are."""
    settings: tuple[str, ...]
    """The labels of the settings that differ."""
    figure: str
    """What the columns' figures are."""
    columns: tuple[ColumnShown, ...]
    rows: tuple[RowShown, ...]
    cell: str
    """The cell that is open, as "trial:question"; empty for none."""
    show: str
    against: str
    """The filter by which questions are shown, to mark the count that stands for it."""
    tests: tuple[dict[str, str], ...] = ()
    """Per column but the first: the test's verdict as "short" and as "words"; empty while it is not known."""


def draw_table(
    table: TableShown,
    *,
    on_open: Callable[[str], None],
    on_pick: Callable[[str, str], None],
    on_baseline: Callable[[str], None],
) -> None:
    """Draw the table. The functions are called when a person chooses something, before the next drawing.

    on_open: gets the cell, as "trial:question", or "" to close it.
    on_pick: gets a filter (better, worse or same) and the trial that it is about.
    on_baseline: gets the trial that is to be the baseline.
    """
    key = "compare.matrix"

    def sent() -> Any:
        return st.session_state[key]

    def picked() -> None:
        on_pick(str(sent().pick["show"]), str(sent().pick["against"]))

    _COMPONENT(
        key=key,
        data=asdict(table),
        on_open_change=lambda: on_open(str(sent().open)),
        on_pick_change=picked,
        on_baseline_change=lambda: on_baseline(str(sent().baseline)),
    )
