"""Plots two measures against each other, one dot per configuration, with the Pareto front.
Knows nothing about how the figures are computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow, find_front, measure
from workbench.analysis.noise import NOISE, levels
from workbench.formatting import listed, uncapitalised
from workbench.space.scores import COST_MEASURES, more_is_better
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import label_of, with_unit

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


CHART_HEIGHT = 400  # pixels


def _is_noise(rows: Sequence[LeaderboardRow], name: str) -> bool:
    """Return whether all rows have the same cost or time but for noise."""
    values = [measure(row.search, name) for row in rows]
    return name in NOISE and len(set(levels(name, [v for v in values if v is not None]))) < 2


def _first_across(rows: Sequence[LeaderboardRow], measures: Sequence[str], target: str) -> str:
    """Return the cost or time that is drawn across at first: one that tells rows apart, if there is one."""
    costs = [m for m in measures if m in COST_MEASURES]
    usual = [m for m in costs if m != target] or [m for m in measures if m != target] or list(measures)
    return next((m for m in usual if not _is_noise(rows, m)), usual[0])


def show_trade_off(
    rows: Sequence[LeaderboardRow], measures: Sequence[str], target: str
) -> LeaderboardRow | None:
    """Draw the plot and its table; return the row that was clicked last, if there is one."""
    import pandas as pd

    left, right = st.columns(2)
    across = address.choose(
        left.selectbox, "Horizontal axis", measures, name="x", format_func=label_of,
        default=_first_across(rows, measures, target),
    )  # fmt: skip
    up = address.choose(
        right.selectbox, "Vertical axis", measures, name="y", default=target if target in measures else None,
        format_func=label_of,
    )  # fmt: skip
    points = [
        (row, x, y)
        for row in rows
        if (x := measure(row.search, across)) is not None and (y := measure(row.search, up)) is not None
    ]
    if len(points) < 2:
        st.info("Fewer than two configurations have both figures.")
        return None
    aims = {name: 1 if more_is_better(name) else -1 for name in (across, up)}
    front = find_front({row.trial.id: row.search for row, _, _ in points}, aims)
    table = pd.DataFrame(
        [
            {
                "trial": row.trial.id,
                "Configuration": row.trial.name,
                "x": x,
                "y": y,
                "On the front": "yes" if row.trial.id in front else "no",
                "Model": row.trial.config.model.name,
            }
            for row, x, y in points
        ]
    )
    event: Any = st.altair_chart(
        _plot(table, across, up), on_select="rerun", selection_mode="chosen", key="trade.chart"
    )
    noise = [uncapitalised(label_of(n)) for n in measures if _is_noise(rows, n)]
    equal = f" The configurations do not differ in {listed(noise)} beyond noise." if noise else ""
    st.caption(
        f"On the Pareto front (diamonds): {len(front)} of {len(points)} configurations. No other is at "
        "least as good in both and better in one. Costs and times that differ by less than noise count as "
        f"equal. Click a dot to see it below.{equal}"
    )
    with st.expander("The same as a table"):
        shown = table.drop(columns=["trial"]).rename(columns={"x": with_unit(across), "y": with_unit(up)})
        data_table(shown, hide_index=True, alt="The plot's figures")
    picked = (event.get("selection") or {}).get("chosen") or []
    return _chosen(rows, str(picked[0]["trial"]) if picked else None)


def _axis(table: pd.DataFrame, column: str, name: str) -> alt.Axis:
    """Return an axis of a few ticks, whose labels have just the digits that tell them apart."""
    import altair as alt

    values = table[column]
    spread = float(values.max() - values.min()) or abs(float(values.max())) or 1.0
    digits = min(9, max(0, 1 - math.floor(math.log10(spread))))
    money = "$" if name == "cost_per_1k_questions" else ""
    return alt.Axis(tickCount=6, format=f"{money},.{digits}~f", labelOverlap=True, labelSeparation=8)


def _plot(table: pd.DataFrame, across: str, up: str) -> alt.Chart:
    """Return the plot: one dot per row of the table; `chosen` is the dot that was clicked."""
    import altair as alt

    chosen = alt.selection_point(name="chosen", fields=["trial"])
    axis_x = alt.X(
        "x:Q", title=with_unit(across), scale=alt.Scale(zero=False, padding=8), axis=_axis(table, "x", across)
    )
    axis_y = alt.Y(
        "y:Q", title=with_unit(up), scale=alt.Scale(zero=False, padding=8), axis=_axis(table, "y", up)
    )
    tips = [
        "Configuration",
        "Model",
        alt.Tooltip("x:Q", title=label_of(across), format=".4g"),
        alt.Tooltip("y:Q", title=label_of(up), format=".4g"),
        "On the front",
    ]
    dots = (
        alt.Chart(table)
        .mark_point(size=70, filled=True)
        .encode(
            axis_x,
            axis_y,
            color=alt.Color("Model:N", legend=alt.Legend(orient="bottom", labelLimit=0)),
            shape=alt.Shape(
                "On the front:N",
                scale=alt.Scale(domain=["yes", "no"], range=["diamond", "circle"]),
                legend=alt.Legend(orient="bottom", symbolFillColor="gray", symbolStrokeColor="gray"),
            ),
            opacity=alt.condition(chosen, alt.value(0.95), alt.value(0.45)),
            tooltip=tips,
        )
        .add_params(chosen)
    )
    chart: alt.Chart = dots.properties(height=CHART_HEIGHT)
    return chart


def _chosen(rows: Sequence[LeaderboardRow], clicked: str | None) -> LeaderboardRow | None:
    """Return the one row in the address, if there is one.

    A click sets it once, although the plot keeps reporting it.
    """
    by_id, key = {row.trial.id: row for row in rows}, address.key_of("row.ids")
    address.follow("row", key, [], lambda text: [i for i in text.split(",") if i in by_id] or None)
    if clicked != st.session_state.get("trade.clicked"):
        st.session_state["trade.clicked"] = clicked
        st.session_state[key] = [clicked] if clicked else []
    chosen = [by_id[i] for i in st.session_state[key] if i in by_id]
    address.keep("row", ",".join(row.trial.id for row in chosen))
    return chosen[0] if len(chosen) == 1 else None
