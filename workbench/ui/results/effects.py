"""Shows what each setting does: the differences between its values with their intervals, largest first.
Knows nothing about how effects are estimated: the worker does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.formatting import p_value, questions_text, uncapitalised
from workbench.parts.choice import in_few_words
from workbench.parts.setting_labels import label_of_setting
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.score_tint import GREEN, GREY
from workbench.ui.widgets.text import as_markdown

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

MOST_DRAWN = 14
ROW, AROUND = 30, 120  # pixels: of one difference, and of axis and legend together
SURE, NOT_SURE = "significant after correction for all differences", "not significant: may be chance"


def show_effects(effects: dict[str, Any]) -> None:
    """Show the effects.

    effects: the document of `effects --json`.
    """
    if not effects["axes"]:
        st.info(as_markdown(" ".join(effects["notes"]) or "There are no settings to compare."))
        return
    rows = _differences(effects)
    left_out = f" The {MOST_DRAWN} largest of {len(rows)} are drawn." if len(rows) > MOST_DRAWN else ""
    st.caption(
        f"How much {uncapitalised(label_of(effects['score']))} changes from one value of a setting to "
        f"another, averaged "
        f"over {effects['configurations']:,} configurations and "
        f"{questions_text(effects['questions'], effects.get('groups'))}."
        f"{left_out}",
        help="Analysis of variance with questions as blocks, 95 % intervals, Holm's correction over all "
        "differences. More: docs/statistics.md",
    )
    st.altair_chart(_plot(rows[:MOST_DRAWN], label_of(effects["score"])), key="effects.chart")
    together = [pair["sentence"] for pair in effects["pairs"] if pair["sentence"]]
    if together:
        st.markdown("**Settings that depend on each other**")
        st.markdown("\n".join(f"- {as_markdown(sentence)}" for sentence in together))
    if wasted := effects.get("tokens"):  # effects that an older version stored have none
        st.markdown("**Tokens without effect**")
        st.markdown("\n".join(f"- {as_markdown(change['sentence'])}" for change in wasted))
    for note in effects["notes"]:
        st.caption(as_markdown(note))
    _tables(effects, rows)


def _differences(effects: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the differences between the values of all settings, the largest first.

    A difference between two names is turned so that it is a gain; one between two numbers goes upwards.
    """
    rows = []
    for axis in effects["axes"]:
        for found in axis["differences"]:
            mean, low, high, start, end = (found[k] for k in ("mean", "low", "high", "from", "to"))
            if mean < 0 and isinstance(start, str):
                start, end = end, start
                mean, low, high = -mean, None if high is None else -high, None if low is None else -low
            rows.append(
                {
                    "Setting": label_of_setting(axis["axis"]), "From": in_few_words(str(start)),
                    "To": in_few_words(str(end)),
                    "Difference": mean, "Low": low, "High": high, "p (Holm)": p_value(found["p_holm"]),
                    "Significant": "yes" if found["real"] else "no",
                }
            )  # fmt: skip
    return sorted(rows, key=lambda row: -abs(row["Difference"]))


def _plot(rows: list[dict[str, Any]], score: str) -> alt.LayerChart:
    """Return the plot: one line per difference, with a line at zero."""
    import altair as alt
    import pandas as pd

    drawn = [
        row | {"What": f"{row['Setting']}: {row['From']} → {row['To']}", "Sure": is_sure(row)} for row in rows
    ]
    table: pd.DataFrame = pd.DataFrame(drawn)
    colour = alt.Color(
        "Sure:N",
        title=None,
        scale=alt.Scale(domain=[SURE, NOT_SURE], range=[GREEN, GREY]),
        legend=alt.Legend(orient="bottom", labelLimit=0),
    )
    axis = alt.Axis(labelLimit=420, labelFontSize=13, labelOverlap=False, domain=False, ticks=False)
    small = max(abs(row["Difference"] or 0.0) for row in rows) < 0.0005
    ends, exact = ("+.1~g", "+.2~g") if small else ("+.2f", "+.3f")
    what = alt.Y("What:N", title=None, sort=[row["What"] for row in drawn], axis=axis)
    title = f"Difference in {uncapitalised(score)}"
    tips = [
        "What", alt.Tooltip("Difference:Q", format=exact), alt.Tooltip("Low:Q", format=exact),
        alt.Tooltip("High:Q", format=exact), "p (Holm)",
    ]  # fmt: skip
    base = alt.Chart(table).encode(what)
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=GREY, strokeWidth=1.5).encode(x="at:Q")
    band = base.mark_bar(height=11, opacity=0.35, cornerRadius=2).encode(
        alt.X("Low:Q", title=title, axis=alt.Axis(tickCount=6, format=ends)),
        alt.X2("High:Q"),
        color=colour,
    )
    mean = base.mark_tick(thickness=3, size=19).encode(alt.X("Difference:Q"), color=colour, tooltip=tips)
    text = base.mark_text(align="left", dx=7, fontSize=12, color=GREY).encode(
        alt.X("right:Q"), text=alt.Text("Difference:Q", format=exact)
    ).transform_calculate(right="isValid(datum.High) ? datum.High : datum.Difference")  # fmt: skip
    chart: alt.LayerChart = (zero + band + mean + text).properties(height=ROW * len(drawn) + AROUND)
    return chart


def is_sure(row: dict[str, Any]) -> str:
    """Return the words of the legend for a difference."""
    return SURE if row["Significant"] == "yes" else NOT_SURE


def _tables(effects: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    signed = st.column_config.NumberColumn(format="%+.3f")
    mean = st.column_config.NumberColumn(format="%.3f")
    percent = st.column_config.NumberColumn(format="percent")
    with st.expander("The same as a table"):
        data_table(
            rows, hide_index=True, alt="Differences between the values of each setting",
            column_config=dict.fromkeys(("Difference", "Low", "High"), signed),
        )  # fmt: skip
    with st.expander("The mean of each value, and how much each setting matters"):
        levels = [
            {
                "Setting": label_of_setting(axis["axis"]), "Value": in_few_words(str(level["level"])),
                "Mean": level["mean"], "Low": level["low"], "High": level["high"],
                "Configurations": level["configurations"],
            }
            for axis in effects["axes"]
            for level in axis["levels"]
        ]  # fmt: skip
        data_table(
            levels, hide_index=True, alt="Means of each setting's values",
            column_config=dict.fromkeys(("Mean", "Low", "High"), mean),
        )  # fmt: skip
        shares = [
            {
                "Setting": label_of_setting(axis["axis"]),
                "Share of the variation between configurations": axis["share"],
                "Low": axis["share_low"],
                "High": axis["share_high"],
            }
            for axis in effects["axes"]
        ]
        data_table(
            shares, hide_index=True, alt="How much each setting matters",
            column_config=dict.fromkeys(list(shares[0])[1:], percent),
        )  # fmt: skip
