"""Widgets for which questions are asked how often, how the space is searched, and how much it may cost.
Knows nothing about scores or axes."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.parts.fields import number_fields
from workbench.parts.part import Strategy
from workbench.parts.registry import find_part, is_import_path
from workbench.parts.strategies import DEFAULT_STRATEGY
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.widgets.parts import label_of_part, number_input, part_options

KEEP: dict[str, Any] = {"persist_state": "session"}


def show_questions(places: Places, known_tags: list[str]) -> DeltaGenerator:
    """Show which questions are asked, and how often. Return the place that says how many do what."""
    options = list(dict.fromkeys([*known_tags, *(draft.get("tags") or [])]))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Questions", anchor="questions", width="content")
        st.toggle(
            "Ask drafts, too",
            key="design.drafts",
            help="Drafts that wait for review and passed every check. The results then say that nobody has "
            "reviewed them; they are never held out.",
            **KEEP,
        )
    tags, limit, holdout, repeats = st.columns([4, 3, 3, 3], gap="small")
    tags.multiselect(
        "Only with these tags",
        options,
        key="design.tags",
        accept_new_options=True,
        placeholder="All questions",
        wrap=True,
        **KEEP,
    )
    limit.number_input("Maximum (0: all)", 0, key="design.limit", **KEEP)
    holdout.slider(
        "Held out",
        0.0,
        0.8,
        step=0.05,
        key="design.holdout",
        help="The share of questions kept out of the search to check its result at the end",
        **KEEP,
    )
    repeats.number_input(
        "Repeats",
        1,
        100,
        key="design.repeats",
        help="How often each configuration answers each question",
        **KEEP,
    )
    place = st.empty()
    places.reserve("questions")
    places.reserve("holdout")
    places.reserve("repeats")
    return place


def parts_in_words(reply: dict[str, Any]) -> str:
    """Return how many questions choose the best configuration, confirm it, and are kept for training."""
    plan, training = reply["plan"], reply["training_questions"]
    searched, held_out = plan["questions"], plan["holdout_questions"]
    which = "an unreviewed draft" if plan["drafts"] == 1 else "unreviewed drafts"
    drafts = f", {plan['drafts']:,} of them {which}" if plan["drafts"] else ""
    said = f"**{searched:,}** {_verb(searched, 'choose')} the best configuration (selection{drafts}), "
    said += f"**{held_out:,}** {_verb(held_out, 'confirm')} it (held out)"
    if training:
        said += f"; **{training:,}** {'is' if training == 1 else 'are'} kept for training and not asked"
    return f"{said}."


def _verb(count: int, verb: str) -> str:
    return f"question {verb}s" if count == 1 else f"questions {verb}"


def show_search(places: Places) -> None:
    strategy_column, settings = st.columns(2, gap="medium")
    with strategy_column:
        st.selectbox(
            "Search strategy",
            part_options(Strategy, [draft.get("strategy", DEFAULT_STRATEGY)]),
            key="design.strategy",
            format_func=partial(label_of_part, Strategy),
            **KEEP,
        )
        strategy = draft.get("strategy", DEFAULT_STRATEGY)
        part = find_part(Strategy, strategy)
        st.caption("It cannot be imported here." if part is None else part.help)
    with settings:
        if is_import_path(strategy):
            st.caption("Its settings are in the file: edit it as YAML.")
        elif part is not None:
            for field in number_fields(part):
                number_input(field, None, key=f"design.{field.name}", **KEEP)
        places.reserve("search", hidden=True)
        st.number_input("Seed", 0, 2**32 - 1, key="design.seed", help="Fixes every random choice", **KEEP)


def search_in_words() -> str:
    return label_of_part(Strategy, draft.get("strategy", DEFAULT_STRATEGY))


def show_budget(places: Places) -> None:
    st.number_input(
        "Budget cap, $ (0: none)",
        0.0,
        key="design.budget",
        format="%.6g",
        help="The run stops before it would spend more. The cap can be raised while it runs.",
        **KEEP,
    )
    places.reserve("budget_usd")
