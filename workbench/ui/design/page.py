"""Page: prompts, retrieval and models on the left, and beside them, always in sight, the plan and the button
that runs it. Knows nothing about how a space is expanded or priced: the worker plans."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.space.file_writing import to_yaml
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.axes import KEEP, show_axes
from workbench.ui.design.baseline import baseline_in_words, show_baseline
from workbench.ui.design.open_draft import (
    open_from_address,
    save_if_changed,
    show_problems,
    start_over,
)
from workbench.ui.design.plan_panel import fill_panel, reserve_panel
from workbench.ui.design.presets import show_notice, show_presets, show_way_back
from workbench.ui.design.scores_and_objective import objective_in_words, show_objective, show_scores
from workbench.ui.design.search_settings import search_in_words, show_questions, show_search
from workbench.ui.design.systems import show_systems, systems_in_words
from workbench.ui.design.yaml_editor import (
    load_pending,
    show_editor,
    show_not_loaded,
    show_opener,
    show_rules,
)
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import page_top


def _top(services: Services) -> DeltaGenerator:
    """Show the heading, and beside it what acts on the whole draft. Return the place for messages."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        page_top("Design")
        show_way_back()
        st.button(
            "Start over",
            key="design.start_over",
            icon=":material/restart_alt:",
            type="tertiary",
            on_click=start_over,
            args=(services,),
            help="A new design for the same corpus",
        )
        show_presets(services)
        show_opener(services)
    messages = st.container()
    show_not_loaded()
    show_notice()
    return messages


def _name_and_corpus(services: Services, corpora: list[str], places: Places) -> None:
    samples = services.corpora.sample_corpora()
    options = list(dict.fromkeys([*corpora, draft.get("corpus")]))
    left, right = st.columns(2, gap="small")
    with left:
        st.text_input("Name", key="design.name", **KEEP)
        places.reserve("name")
    with right:
        st.selectbox(
            "Corpus",
            options,
            key="design.corpus",
            format_func=lambda name: f"{name} (sample)" if name in samples else name,
            **KEEP,
        )
        places.reserve("corpus", only_errors=True)


def _folded(services: Services, places: Places) -> None:
    with st.expander(f"Scores and objective: {objective_in_words()}", key="design.scores_box"):
        scores, objective = st.columns([2, 3], gap="medium")
        with scores:
            show_scores(services, places)
        with objective:
            show_objective(places)
    with st.expander(f"Search: {search_in_words()}", key="design.search_box"):
        show_search(places)
    with st.expander(f"Your own systems: {systems_in_words()}", key="design.systems_box"):
        show_systems(services, places)
    with st.expander(f"Baseline: {baseline_in_words()}", key="design.baseline_box"):
        show_baseline(services, places)
    show_rules(places)


def render(services: Services) -> None:
    open_from_address(services)
    load_pending(services)
    scores: list[Any] | None = draft.get("scores_next")
    if scores is not None:  # set by a form: a widget's value must be set before the widget is drawn
        draft.put("scores", scores)
        draft.put("scores_next", None)
    corpora = [c.name for c in services.corpora.list_corpora()]
    if not corpora:
        page_top("Design")
        st.info("There is no corpus yet: a folder of documents, with questions about them.")
        link("corpora", "Create one", "folder_open")
        return
    messages = _top(services)
    places = Places()
    choices, panel = st.columns([7, 3], gap="small")
    with choices, st.container(key="design_choices"):
        _name_and_corpus(services, corpora, places)
        show_axes(services, places)
        with st.container(border=True):
            parts = show_questions(places, draft.get("known_tags", []))
        _folded(services, places)
        below = st.container()
    with panel, st.container(border=True, key="design_plan"):
        plan = reserve_panel(places)
    save_if_changed(services)  # before anything can lead to another page
    with messages:
        show_problems(services)
    text = to_yaml(draft.data())
    fill_panel(services, plan, places, parts, text)
    with below:
        show_editor(services, text)


run_page(render)
