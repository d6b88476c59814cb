"""Which questions are asked how often, how the space is searched, and what it may cost.
Knows nothing about scores or axes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.experiment import SEARCH_SETTINGS
from workbench.ui.design import draft
from workbench.ui.design.advice import Places

KEEP: dict[str, Any] = {"persist_state": "session"}
STRATEGIES = {
    "grid": ("Every configuration", "Each is asked every question."),
    "race": ("Race", "Drops what is worse than the leader beyond doubt. The best is kept."),
    "model": ("Model", "Learns what each setting does, and asks where that decides most. The cheapest."),
    "halving": ("Halving", "Drops the worse part block by block. Cheap, without a guarantee."),
    "tpe": ("TPE", "Proposes configurations one after another from the results so far."),
    "random": ("A random draw", "Some configurations, drawn by the seed."),
}


def show_questions(places: Places, known_tags: list[str]) -> None:
    options = list(dict.fromkeys([*known_tags, *(draft.get("tags") or [])]))
    st.multiselect(
        "Only questions tagged",
        options,
        key="design.tags",
        accept_new_options=True,
        placeholder="All questions",
        wrap=True,
        **KEEP,
    )
    st.number_input("Most questions (0: all)", 0, key="design.limit", **KEEP)
    places.reserve("questions", hidden=True)
    st.slider(
        "Held out",
        0.0,
        0.8,
        step=0.05,
        key="design.holdout",
        help="The share of questions that has no part in the choice and confirms it at the end",
        **KEEP,
    )
    places.reserve("holdout", hidden=True)
    st.number_input("Repeats of each question", 1, 100, key="design.repeats", **KEEP)
    places.reserve("repeats", hidden=True)


def show_search(places: Places) -> None:
    st.number_input("Budget cap, $ (0: none)", 0.0, key="design.budget", format="%.6g", **KEEP)
    places.reserve("budget_usd", hidden=True)
    st.selectbox(
        "Search",
        list(STRATEGIES),
        key="design.strategy",
        format_func=lambda name: STRATEGIES[name][0],
        **KEEP,
    )
    strategy = draft.get("strategy", "grid")
    st.caption(STRATEGIES[strategy][1])
    for name in SEARCH_SETTINGS[strategy]:
        _setting(name)
    places.reserve("search", hidden=True)
    st.number_input("Seed", 0, 2**32 - 1, key="design.seed", **KEEP)


def _setting(name: str) -> None:
    if name == "trials":
        st.number_input("Configurations to try", 1, key="design.trials", **KEEP)
    elif name == "first":
        st.number_input("Questions in the first block", 1, key="design.first", **KEEP)
    elif name == "keep":
        st.number_input(
            "Share that goes on after a block",
            0.001,
            0.999,
            step=0.05,
            key="design.keep",
            format="%.4g",
            **KEEP,
        )
    elif name == "block":
        st.number_input("Questions between two looks", 1, key="design.block", **KEEP)
    elif name == "confidence":
        st.number_input(
            "How sure a drop must be", 0.5, 0.9999, step=0.01, key="design.confidence", format="%.4g", **KEEP
        )
    elif name == "answers":
        st.number_input(
            "At most this share of the grid's answers",
            0.0001,
            1.0,
            step=0.05,
            key="design.answers",
            format="%.4g",
            **KEEP,
        )
