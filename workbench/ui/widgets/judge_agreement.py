"""Shows how far scores agree with people's thumbs: as a table, and in words.
Knows nothing about how that is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import label_of

if TYPE_CHECKING:
    from workbench.results.judge_agreement import JudgeAgreement

LEGEND = (
    "AUROC: of two answers, one liked and one not, how often the liked one has the higher score; 0.5 is "
    "chance. *Best from*: the threshold that agrees best with the thumbs. Both with 95 % intervals, from "
    "resampling questions. A thumb says whether people like an answer, not only whether it is supported."
)


def show_agreements(found: Sequence[JudgeAgreement]) -> None:
    """The table, or what is missing for one."""
    if not found:
        st.caption("No answer with a score has been rated yet; *Review* asks for ratings.")
        return
    data_table([_row(one) for one in found], hide_index=True, alt="Agreement of scores with people's thumbs")
    problems = dict.fromkeys(one.problem for one in found if one.problem)
    if len(problems) == 1 and all(one.problem for one in found):
        st.caption(f"{next(iter(problems))}.")
    st.caption(LEGEND)


def _row(one: JudgeAgreement) -> dict[str, object]:
    found = one.detection
    return {
        "Score": label_of(one.score),
        "Judge": one.judge or "—",
        "Rated answers": found.count,
        "Of these liked": found.right,
        "AUROC": interval_text(found.auroc, found.low, found.high),
        "Best from": "—" if one.threshold is None else interval_text(
            one.threshold.value, one.threshold.low, one.threshold.high
        ),
    }  # fmt: skip


def interval_text(value: float | None, low: float | None, high: float | None) -> str:
    """A figure with its interval in brackets; "—" for none."""
    if value is None:
        return "—"
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} [{low:.2f}, {high:.2f}]"
