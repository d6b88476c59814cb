"""Plots two measures against each other, one dot per configuration, with the Pareto front.
Knows nothing about how the figures are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow, measure
from workbench.analysis.pareto import on_front
from workbench.space.experiment import COST_MEASURES
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import label_of, more_is_better, with_unit

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


def _sign(name: str) -> int:
    return 1 if more_is_better(name) else -1


def show_trade_off(
    rows: Sequence[LeaderboardRow], measures: Sequence[str], target: str
) -> LeaderboardRow | None:
    """Draw the plot and its table; return the row that was clicked last, else the first."""
    import pandas as pd

    left, right = st.columns(2)
    costs = [m for m in measures if m in COST_MEASURES]
    across = address.choose(
        left.selectbox, "Horizontal axis", measures, name="x", default=costs[0] if costs else None,
        format_func=label_of,
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
        return rows[0] if rows else None
    front = on_front([(_sign(across) * x, _sign(up) * y) for _, x, y in points])
    table = pd.DataFrame(
        [
            {
                "trial": row.trial.id,
                "Configuration": row.trial.name,
                "x": x,
                "y": y,
                "On the front": "yes" if on else "no",
                "Model": row.trial.config.model.name,
            }
            for (row, x, y), on in zip(points, front, strict=True)
        ]
    )
    event: Any = st.altair_chart(
        _plot(table, across, up), on_select="rerun", selection_mode="chosen", key="trade.chart"
    )
    st.caption(
        f"{sum(front)} of {len(points)} configurations are on the Pareto front (diamonds, dashed line): no "
        "other is at least as good in both and better in one. Click a dot to see it below."
    )
    with st.expander("The same as a table"):
        shown = table.drop(columns=["trial"]).rename(columns={"x": with_unit(across), "y": with_unit(up)})
        data_table(shown, hide_index=True, alt="The plot's figures")
    picked = (event.get("selection") or {}).get("chosen") or []
    return _chosen(rows, str(picked[0]["trial"]) if picked else None)


def _plot(table: pd.DataFrame, across: str, up: str) -> alt.LayerChart:
    """Return the plot: one dot per row of the table, the front as a line; `chosen` is the dot that was
    clicked."""
    import altair as alt

    chosen = alt.selection_point(name="chosen", fields=["trial"])
    axis_x = alt.X("x:Q", title=with_unit(across), scale=alt.Scale(zero=False, padding=8))
    axis_y = alt.Y("y:Q", title=with_unit(up), scale=alt.Scale(zero=False, padding=8))
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
    line = (
        alt.Chart(table[table["On the front"] == "yes"])
        .mark_line(interpolate="step-after", strokeDash=[4, 3], color="gray")
        .encode(axis_x, axis_y)
    )
    return line + dots


def _chosen(rows: Sequence[LeaderboardRow], clicked: str | None) -> LeaderboardRow | None:
    """Return the row in the address, else the first.

    A click sets it once, although the plot keeps reporting it.
    """
    by_id, key = {row.trial.id: row for row in rows}, address.key_of("row.id")
    address.follow("row", key, None, lambda text: text if text in by_id else None)
    if clicked != st.session_state.get("trade.clicked"):
        st.session_state["trade.clicked"] = clicked
        st.session_state[key] = clicked
    chosen = by_id.get(st.session_state[key])
    address.keep("row", chosen.trial.id if chosen else "")
    return chosen or (rows[0] if rows else None)
