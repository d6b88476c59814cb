"""Shows the effect of each axis on a score, in words and as a plot of level means with their intervals.
Knows nothing about how effects are estimated: the worker does."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.parts.setting_labels import label_of_setting
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.text import as_markdown


def show_effects(effects: dict[str, Any]) -> None:
    """Show the effects.

    effects: the document of `effects --json`.
    """
    if not effects["axes"]:
        st.info(as_markdown(" ".join(effects["notes"]) or "There is no axis to analyse."))
        return
    st.caption(
        f"{label_of(effects['score'])} over {effects['configurations']:,} configurations and "
        f"{effects['questions']:,} questions, by analysis of variance, questions as blocks; 95 % intervals."
    )
    for sentence in effects["sentences"]:
        st.markdown("- " + as_markdown(sentence))
    _axes(effects)
    with st.expander("Differences between levels"):
        data_table(
            [
                {
                    "Axis": axis["axis"],
                    "From": str(d["from"]),
                    "To": str(d["to"]),
                    "Difference": d["mean"],
                    "Low": d["low"],
                    "High": d["high"],
                    "p (Holm)": d["p_holm"],
                    "Significant": "yes" if d["real"] else "no",
                }
                for axis in effects["axes"]
                for d in axis["differences"]
            ],
            hide_index=True,
            column_config={
                n: st.column_config.NumberColumn(format="%+.3f") for n in ("Difference", "Low", "High")
            },
            alt="Differences between the levels of each axis",
        )
    for note in effects["notes"]:
        st.caption(as_markdown(note))


def _axes(effects: dict[str, Any]) -> None:
    import altair as alt
    import pandas as pd

    rows = [
        {
            "Axis": label_of_setting(axis["axis"]), "Level": str(level["level"]), "Mean": level["mean"],
            "Low": level["low"], "High": level["high"], "Configurations": level["configurations"],
        }
        for axis in effects["axes"]
        for level in axis["levels"]
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    x = alt.X("Mean:Q", title=label_of(effects["score"]), scale=alt.Scale(zero=False))
    y = alt.Y("Level:N", title=None, sort=None, axis=alt.Axis(labelLimit=0))
    base = alt.Chart(table)
    bars = base.mark_rule(strokeWidth=2, color="#3b7dd8").encode(
        alt.X("Low:Q", title=label_of(effects["score"])), alt.X2("High:Q"), y
    )
    dots = base.mark_point(filled=True, size=70, opacity=1, color="#3b7dd8").encode(
        x, y, tooltip=["Axis", "Level", "Mean", "Low", "High"]
    )
    chart = (
        (bars + dots)
        .properties(width=520)
        .facet(
            row=alt.Row("Axis:N", title=None, sort=None, header=alt.Header(labelAngle=0, labelAlign="left"))
        )
    )
    st.altair_chart(chart.resolve_scale(y="independent"), key="effects.chart")
    figures = dict.fromkeys(("Mean", "Low", "High"), st.column_config.NumberColumn(format="%.3f"))
    with st.expander("The same as a table"):
        data_table(table, hide_index=True, column_config=figures, alt="Means of each axis's levels")
    shares = [
        {
            "Axis": axis["axis"],
            "Share of the variation between configurations": axis["share"],
            "Low": axis["share_low"],
            "High": axis["share_high"],
        }
        for axis in effects["axes"]
    ]
    percent = st.column_config.NumberColumn(format="percent")
    data_table(
        shares,
        hide_index=True,
        column_config=dict.fromkeys(list(shares[0])[1:], percent),
        alt="How much each axis matters",
    )
