"""Widgets for which questions are asked how often, how the space is searched, and what it may cost.
Knows nothing about scores or axes."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from workbench.parts.fields import number_fields
from workbench.parts.part import Strategy
from workbench.parts.registry import find_part, is_import_path
from workbench.parts.strategies import DEFAULT_STRATEGY
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.widgets.parts import label_of_part, number_input, part_options

KEEP: dict[str, Any] = {"persist_state": "session"}


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
    st.number_input("Question limit (0: all)", 0, key="design.limit", **KEEP)
    places.reserve("questions", hidden=True)
    st.slider(
        "Held out",
        0.0,
        0.8,
        step=0.05,
        key="design.holdout",
        help="The share of questions that is left out of the search and checks its result at the end",
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
        part_options(Strategy, [draft.get("strategy", DEFAULT_STRATEGY)]),
        key="design.strategy",
        format_func=partial(label_of_part, Strategy),
        **KEEP,
    )
    strategy = draft.get("strategy", DEFAULT_STRATEGY)
    part = find_part(Strategy, strategy)
    st.caption("It cannot be imported here." if part is None else part.help)
    if is_import_path(strategy):
        st.caption("Its settings are in the file: edit it as YAML.")
    elif part is not None:
        for field in number_fields(part):
            number_input(field, None, key=f"design.{field.name}", **KEEP)
    places.reserve("search", hidden=True)
    st.number_input("Seed", 0, 2**32 - 1, key="design.seed", **KEEP)
