"""Shows what an experiment would do and cost, before anything is spent.
Knows nothing about how a plan is made."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted, questions_text
from workbench.planning.advice.questions import COARSE
from workbench.ui.design.advice import show_advice
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import cost_texts, money_text, seconds_text, time_texts
from workbench.ui.widgets.text import as_markdown, show_text

MANY_NOTES = 4
# The settings whose advice comes first: what must not be overlooked.
FIRST = ("objective", "budget_usd", "scores", "judge", "models", "prompts", "questions")
# A plan that reaches one of these is confirmed before it runs.
LARGE_USD = 5.0
LARGE_SECONDS = 2 * 3600.0
INDEX_KINDS = {
    "chroma": "Vectors are searched in an approximate index, which Chroma builds once.",
    "exact": "Vectors are searched exactly, in memory: there is no index to build.",
}
CALLING = ("context", "rerank", "generate", "judge")
"""The stages of a plan whose work is calls of language models."""
FIGURES = ("Configurations", "Questions", "Model calls", "Cost", "Time")


def show_figures(plan: dict[str, Any] | None) -> None:
    """Show the figures, in the same places with and without a plan, so that nothing below moves."""
    with st.container(key="design_figures", gap=None):
        for label, (value, below) in zip(
            FIGURES, _values(plan) if plan else [("—", None)] * len(FIGURES), strict=True
        ):
            st.metric(
                label,
                as_markdown(value),
                as_markdown(below) if below else None,
                delta_color="off",
                delta_arrow="off",
            )


def _values(plan: dict[str, Any]) -> list[tuple[str, str | None]]:
    cost, cost_low = cost_texts(plan["cost_usd"])
    time, time_low = time_texts(plan["seconds"], plan["unmeasured"])
    calls = [plan["stages"][name] for name in CALLING if name in plan["stages"]]
    left, stored = (sum(stage[what] for stage in calls) for what in ("left", "stored"))
    groups = f"{counted(plan['groups'], 'group')} " if plan["groups"] else ""
    held_out = f" + {plan['holdout_questions']:,} held out" if plan["holdout_questions"] else ""
    size = f"of {plan['grid_size']:,} combinations" if plan["grid_size"] > plan["configs"] else None
    return [
        (f"{plan['configs']:,}", size),
        (f"{plan['questions']:,}", f"{groups}× {plan['repeats']}{held_out}"),
        (f"≤ {left:,}" if left else "0", f"{stored:,} reused" if stored else None),
        (cost, cost_low),
        (time, time_low),
    ]


def show_notes(reply: dict[str, Any], elsewhere: list[dict[str, str]]) -> None:
    """Show what the figures do not say: missing prices, the smallest detectable difference, notes, stages.

    elsewhere: advice that is not shown next to its setting.
    """
    plan = reply["plan"]
    _show_trainings(plan.get("train"))
    if plan["cost_usd"] is None:
        names = ", ".join(plan["unpriced"])
        st.caption(as_markdown(f"No price for {names}, so the cost is unknown. Set one on the Models page."))
    if (
        plan["smallest_difference"] is not None and plan["smallest_difference"] < COARSE
    ):  # else advice says it
        st.caption(
            f"With {questions_text(plan['questions'], plan['groups'])} and "
            f"{counted(plan['configs'], 'configuration')}, "
            f"differences of about {plan['smallest_difference']:.2f} or more can be detected."
        )
    shown = {advice["text"] for advice in reply["advice"]}
    notes = [note for note in dict.fromkeys(reply["space_notes"]) if note not in shown]
    _show_some(elsewhere)
    for note in notes:
        show_text(note, small=True)
    with st.expander("Work by stage"):
        _show_stages(plan["stages"])
        if plan["vector_index"]:
            st.caption(" ".join(INDEX_KINDS[kind] for kind in plan["vector_index"]))


def _show_trainings(train: dict[str, Any] | None) -> None:
    """Show what the trainings take, in all and one by one; nothing where nothing is trained."""
    if train is None:
        return
    if not train["left"]:
        st.caption(f"{counted(train['distinct'], 'training')}, all done already, at no further cost.")
        return
    time, _ = time_texts(train["seconds"], [])
    cost, _ = cost_texts(train["cost_usd"])
    gpu = f", {time_texts(train['gpu_seconds'], [])[0]} of a GPU" if train["gpu_seconds"] else ""
    stored = f" ({train['stored']} done already)" if train["stored"] else ""
    words = f"{counted(train['left'], 'training')}{stored} before the variants are asked: {time}{gpu}, {cost}"
    st.markdown(as_markdown(f"{words}. Meanwhile the others are asked."))
    with st.expander("Trainings"):
        data_table(
            [
                {
                    "Variant": one["model"],
                    "Recipe": one["recipe"],
                    "State": one["state"],
                    "Time": time_texts(one["seconds"], [])[0] if one["seconds"] else "",
                    "Cost": cost_texts(one["cost_usd"])[0],
                }
                for one in train["trainings"]
            ],
            hide_index=True,
            alt="Time and cost of each training",
        )


def _show_some(advice: list[dict[str, str]]) -> None:
    """Show the first few and fold the rest: fifty bad files must not push the button off the page."""
    rank = {setting: position for position, setting in enumerate(FIRST)}
    advice = sorted(advice, key=lambda item: rank.get(item["about"], len(FIRST)))
    cut = len(advice) if len(advice) <= MANY_NOTES else MANY_NOTES - 1
    for item in advice[:cut]:
        show_advice(item)
    if advice[cut:]:
        with st.expander(f"{len(advice) - cut} more notes"):
            for item in advice[cut:]:
                show_advice(item)


def _show_stages(stages: dict[str, dict[str, int]]) -> None:
    data_table(
        [
            {"Stage": name, "Distinct": s["distinct"], "Reused": s["stored"], "To do": s["left"]}
            for name, s in stages.items()
        ],
        hide_index=True,
        alt="Distinct work of each stage",
    )
    st.caption(
        "Work that configurations share is counted once. The number of answers is an upper bound: identical "
        "requests are recognized only once the passages are retrieved."
    )


def large_in_words(plan: dict[str, Any]) -> str | None:
    """Return why a plan should be confirmed, with its figures; None for one that need not be."""
    cost, seconds = plan["cost_usd"], plan["seconds"]
    expensive = cost is not None and cost["high"] >= LARGE_USD
    slow = seconds is not None and seconds["high"] >= LARGE_SECONDS
    unknown = cost is None and seconds is not None and slow
    if not expensive and not slow:
        return None
    parts = [f"up to {seconds_text(seconds['high'])}"] if seconds is not None else []
    if cost is not None:
        parts.insert(0, f"up to {money_text(cost['high'])}")
    if unknown:
        parts.append("at an unknown cost")
    calls = sum(plan["stages"][n]["left"] for n in CALLING if n in plan["stages"])
    return f"This may take {' and '.join(parts)}, with up to {calls:,} model calls."
