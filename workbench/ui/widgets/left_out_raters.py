"""Chooses the raters whose ratings count nowhere; the choice is stored at once.
Knows nothing about what ratings count for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.feedback.raters import Rater
from workbench.ui.services import Services
from workbench.ui.widgets.text import as_label


def choose_left_out(services: Services, raters: Sequence[Rater], *, key: str) -> None:
    """Draw the choice.

    key: the key of its widget.
    """
    left_out = [rater.name for rater in raters if not rater.counts]
    st.session_state[key] = left_out

    def change() -> None:
        chosen = set(st.session_state[key])
        for name in chosen - set(left_out):
            services.ratings.leave_out(name)
        for name in set(left_out) - chosen:
            services.ratings.take_back(name)

    st.multiselect(
        "Leave out", [rater.name for rater in raters], key=key, on_change=change, format_func=as_label,
        placeholder="Nobody",
        help="These people's ratings stay stored but are not used: not in figures, judge checks or "
            "training data.",
    )  # fmt: skip
