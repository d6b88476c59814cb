"""Shows what a gate found: the verdict first, then its conditions with a picture of their intervals.
Knows nothing about how it was found."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import streamlit as st

from workbench.gate.verdict_words import (
    ENDED,
    HEADS,
    cost_text,
    demand_text,
    difference_text,
    headline,
    reason_of,
)
from workbench.store.figures import Figure
from workbench.store.serving.records import Gate
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.interval_picture import axis_of, interval_picture
from workbench.ui.widgets.score_tint import GREEN, GREY, TINT_STYLE, TINTS, VERMILION, tinted_html

TINT_OF = {"pass": "good", "worse": "poor", "inconclusive": "unclear"}
"""A gate's verdict → the name of its tint."""
COLOURS = {"pass": GREEN, "worse": VERMILION, "inconclusive": GREY}
STYLE = (
    "<style>.st-key-gate_verdict{padding:.5rem .8rem .55rem;gap:.2rem!important}"
    ".wb-gate{line-height:1.4;overflow-wrap:anywhere}.wb-gate b{font-size:1.05rem;margin-left:.4rem}"
    ".wb-gate .small{font-size:.84rem}</style>"
)


def show_verdict(gate: Gate) -> None:
    """Show the verdict with its reason, and what was compared."""
    found = gate.found
    head = tinted_html(HEADS[gate.verdict], TINTS[TINT_OF[gate.verdict]], HEADS[gate.verdict])
    reason = headline(found).partition(": ")[2]
    small = [f"{gate.candidate} against {gate.base}, over {found['corpus']}.", cost_text(found)]
    small += [ENDED[found["ended"]]] if found["ended"] else []
    small += found["notes"]
    lines = "".join(f'<div class="small">{html.escape(line)}</div>' for line in small)
    with st.container(border=True, key="gate_verdict"):
        first = html.escape(reason[:1].upper() + reason[1:])
        st.html(f'{STYLE}{TINT_STYLE}<div class="wb-gate"><div>{head}<b>{first}</b></div>{lines}</div>')


def show_conditions(gate: Gate) -> None:
    """Show one row per condition; a picture's dashed line is what its interval must lie above."""
    conditions: list[dict[str, Any]] = gate.found["conditions"]
    figures = [_figure(one) for one in conditions]
    limits = [Figure(-one["margin"], None, None, 0, 0, 0) for one in conditions]
    axis = axis_of([*figures, *limits])
    cells = [
        {
            "Verdict": f"{TINTS[TINT_OF[one['verdict']]].sign} {HEADS[one['verdict']]}",
            "Condition": one["label"],
            "Interval": interval_picture(
                figure, replace(axis, leader=-one["margin"]), COLOURS[one["verdict"]]
            ),
            "Difference": difference_text(one),
            "Questions": one["questions"],
            "Required": demand_text(one),
            "Needed": one["needed"],
            "In words": reason_of(one),
        }
        for one, figure in zip(conditions, figures, strict=True)
    ]
    if not any(one["needed"] for one in conditions):
        cells = [{name: value for name, value in cell.items() if name != "Needed"} for cell in cells]
    data_table(
        cells, hide_index=True, row_height=ROW_HEIGHT, height=height_of(len(cells), 8), placeholder="",
        alt="The gate's conditions with their verdicts",
        column_config={
            "Verdict": st.column_config.Column(width=98),
            "Condition": st.column_config.Column(width=108),
            "Interval": st.column_config.ImageColumn(
                f"{axis.low:g} … {axis.high:g}", width=100,
                help=f"Differences from {axis.low:g} to {axis.high:g}; more is better for the candidate. The "
                "tick is the mean, the band its interval, the dashed line what the interval must lie above.",
            ),
            "Difference": st.column_config.Column(
                width=152, help="How much better the candidate is, with the interval of the gate's test. "
                    "For safety, how much smaller its share of unsafe answers is.",
            ),
            "Required": st.column_config.Column(width=145),
            "Questions": st.column_config.NumberColumn(width=72, help="With a value from both"),
            "Needed": st.column_config.NumberColumn(
                width=65, help="Roughly how many questions a verdict needs, if these differences hold"
            ),
        },
    )  # fmt: skip


def _figure(condition: dict[str, Any]) -> Figure | None:
    if condition["difference"] is None:
        return None
    mean, low, high = (condition[name] for name in ("difference", "low", "high"))
    return Figure(mean, low, high, condition["questions"], 0, 0)
