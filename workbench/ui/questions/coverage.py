"""Shows which documents of a corpus no question or draft is about: a line in sight, the table on demand.
Knows nothing about how it is counted."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.corpus.question_coverage import LONG, Coverage
from workbench.formatting import counted
from workbench.ui.widgets.data_table import data_table, height_of

ROWS = 10  # in sight at once


def show_coverage_line(coverage: Coverage, *, key: str) -> None:
    """Draw a button that says how many documents are covered, and opens the table."""
    total = len(coverage.documents)
    label = f"{coverage.covered:,} of {counted(total, 'document')}"
    icon = ":material/warning:" if coverage.uncovered_long else ":material/pie_chart:"
    popover = st.popover(
        label, icon=icon, key=key, disabled=not total, on_change="rerun",
        help="Documents with a question or a draft",
    )  # fmt: skip
    if popover.open:  # else its rows would be sent for every draft that is shown
        with popover:
            st.markdown(_in_words(coverage))
            show_coverage_table(coverage)


def show_coverage_table(coverage: Coverage, expected: Mapping[str, int] | None = None) -> None:
    """Draw the table: what is not covered first.

    expected: document → how many drafts of it there would be once drafting that is planned has ended.
    """
    data_table(
        [
            {"Document": d.document, "Questions": d.questions, "Drafts": d.drafts}
            | ({"After": expected.get(d.document, 0)} if expected else {})
            | {"Words": d.words}  # last: where there is little room, it is what may be out of sight
            for d in coverage.documents
        ],
        hide_index=True,
        height=height_of(len(coverage.documents), ROWS),
        column_config={
            "Document": st.column_config.TextColumn(width=125),
            "Words": st.column_config.NumberColumn(width=60, format="localized"),
            "Questions": st.column_config.NumberColumn(width=75),
            "Drafts": st.column_config.NumberColumn(
                "To review", width=75, help="Drafts that wait for review"
            ),
            "After": st.column_config.NumberColumn(
                "After", width=55, help="Drafts that wait or were kept, once this is drafted"
            ),
        },
        alt="Questions and drafts about each document",
    )


def _in_words(coverage: Coverage) -> str:
    left = len(coverage.documents) - coverage.covered
    if not left:
        return "Every document has a question or a draft."
    long = (
        f", {coverage.uncovered_long:,} of them with more than {LONG} words"
        if coverage.uncovered_long
        else ""
    )
    has = "has" if left == 1 else "have"
    return f"{counted(left, 'document')} {has} neither a question nor a draft{long}."
