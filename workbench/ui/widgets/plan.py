"""What an experiment would do and cost, before anything is spent.
Knows nothing about how a plan is made."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.widgets.figures import range_texts
from workbench.ui.widgets.text import as_markdown, show_text


def show_plan(reply: dict[str, Any], *, stale: bool) -> None:
    plan = reply["plan"]
    asked = plan["questions"]
    cost, cost_low = range_texts(plan["cost_usd"], money=True)
    time, time_low = range_texts(plan["seconds"], money=False)
    figures = [
        ("Configurations", f"{plan['configs']:,}", None),
        ("Questions", f"{asked:,}", f"× {plan['repeats']} each"),
        ("Cost", cost, cost_low),
        ("Time", time, time_low),
    ]
    for column, (label, value, below) in zip(st.columns(4), figures, strict=True):
        below = as_markdown(below) if below else None
        column.metric(label, as_markdown(value), below, delta_color="off", delta_arrow="off")
    if stale:
        st.caption("Being worked out anew…")
    if plan["cost_usd"] is None:
        st.caption("A model has no price: the cost is not known. Give it one on the Models page.")
    for warning in reply["warnings"]:
        st.warning(as_markdown(warning))
    for note in reply["space_notes"]:
        if note not in reply["warnings"]:
            show_text(note, small=True)
    with st.expander("Work by stage"):
        st.dataframe(
            [
                {
                    "Stage": name,
                    "Distinct": s["distinct"],
                    "Stored already": s["stored"],
                    "Left to do": s["left"],
                }
                for name, s in plan["stages"].items()
            ],
            hide_index=True,
            alt="Distinct work of each stage",
        )
        st.caption(
            "Work that configurations share is counted once. Answers are an upper bound: identical requests "
            "are found out only when passages are known."
        )
