"""What an experiment would do and cost, before anything is spent.
Knows nothing about how a plan is made."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.widgets.figures import range_texts
from workbench.ui.widgets.text import as_markdown, show_text

MANY_WARNINGS = 4


def _show_warnings(warnings: list[str]) -> None:
    """The first ones openly; a folder with fifty bad files must not push the button off the page."""
    cut = len(warnings) if len(warnings) <= MANY_WARNINGS else MANY_WARNINGS - 1
    if warnings[:cut]:
        st.warning("\n\n".join(as_markdown(w) for w in warnings[:cut]))
    if warnings[cut:]:
        with st.expander(f"{len(warnings) - cut} more notes"):
            for warning in warnings[cut:]:
                show_text(warning, small=True)


def show_plan(reply: dict[str, Any], *, stale: bool) -> None:
    plan = reply["plan"]
    asked = plan["questions"]
    cost, cost_low = range_texts(plan["cost_usd"], money=True)
    time, time_low = range_texts(plan["seconds"], money=False)
    calls = {name: plan["stages"][name] for name in ("rerank", "generate")}
    left, stored = (sum(stage[what] for stage in calls.values()) for what in ("left", "stored"))
    held_out = f", {plan['holdout_questions']:,} held out" if plan["holdout_questions"] else ""
    figures = [
        ("Configurations", f"{plan['configs']:,}", None),
        ("Questions", f"{asked:,}", f"× {plan['repeats']} each{held_out}"),
        ("Model calls", f"≤ {left:,}" if left else "0", f"{stored:,} stored already" if stored else None),
        ("Cost", cost, cost_low),
        ("Time", time, time_low),
    ]
    for column, (label, value, below) in zip(st.columns([5, 5, 5, 5, 6]), figures, strict=True):
        below = as_markdown(below) if below else None
        column.metric(label, as_markdown(value), below, delta_color="off", delta_arrow="off")
    if stale:
        st.caption("Being worked out anew…")
    if plan["cost_usd"] is None:
        st.caption("A model has no price: the cost is not known. Give it one on the Models page.")
    _show_warnings(reply["warnings"])
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
