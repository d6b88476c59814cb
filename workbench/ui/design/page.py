"""Page: prompts, retrieval and models side by side, the plan of the experiment, and the button that runs it.
Knows nothing about how a space is expanded or priced: the worker plans."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.operating_system import portable_file_name
from workbench.space.files import to_yaml
from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.axes import KEEP, show_axes
from workbench.ui.design.plan import large_in_words, show_figures, show_notes
from workbench.ui.design.presets import show_presets, show_way_back
from workbench.ui.design.scores_and_objective import show_objective, show_scores
from workbench.ui.design.search_settings import show_questions, show_search
from workbench.ui.design.yaml_editor import load_pending, show_editor, show_opener, show_rules
from workbench.ui.services import Services
from workbench.ui.session import run_page
from workbench.ui.widgets.hosts import show_hosts
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import Reply, ask, forget


def _top(services: Services, places: Places) -> bool:
    """Show name, corpus, presets and files. Return False when there is no corpus to design for."""
    corpora = [c.name for c in services.list_corpora()]
    if not corpora:
        st.info("There is no corpus yet: a folder of documents, with questions about them.")
        link("corpora", "Create one", "folder_open")
        return False
    options = list(dict.fromkeys([*corpora, draft.get("corpus")]))
    left, middle, right = st.columns([3, 3, 4], vertical_alignment="bottom")
    left.text_input("Name", key="design.name", **KEEP)
    middle.selectbox("Corpus", options, key="design.corpus", **KEEP)
    with right, st.container(horizontal=True):
        show_presets(services)
        show_opener(services)
    show_way_back()
    places.reserve("corpus", hidden=True)
    return True


def _settings(services: Services, places: Places) -> None:
    with st.expander("Questions, scores, objective, search, budget", key="design.settings"):
        questions, scores, objective, search = st.columns([4, 4, 7, 4], gap="small")
        with questions:
            show_questions(places, draft.get("known_tags", []))
        with scores:
            show_scores(services, places)
        with objective:
            show_objective(places)
        with search:
            show_search(places)


def _plan(services: Services, places: Places, text: str) -> Reply:
    """Show the figures of the plan. The last ones stay in place while new ones are worked out."""
    title, waiting = st.columns([1, 5], vertical_alignment="bottom")
    title.subheader("Plan")
    with waiting:
        reply = ask(
            services,
            "design.plan",
            "plan",
            {"yaml": text},
            doing="Working out the plan…",
            version=services.version_of(draft.get("corpus")),
        )
        if reply.result is not None and not reply.stale:
            st.caption("For the choices above, less the work that is stored already.")
    show_figures(reply.result["plan"] if reply.result else None)
    if reply.result is not None:
        draft.put("known_tags", reply.result.get("tags", []))
        show_notes(reply.result, places.fill(reply.result["advice"]))
        show_hosts(services, reply.result["plan"]["hosts"], "design", lambda: forget("design.plan"))
    return reply


def _why_not(reply: Reply) -> str | None:
    """Return why the design cannot be run, in words; None when it can."""
    for axis in ("prompts", "models"):
        if not draft.get(axis):
            return f"Choose at least one of the {axis}."
    if draft.rules_error() is not None:
        return "The rules written in YAML cannot be read."
    if reply.result is None:
        return "The plan is being worked out." if reply.stale else "The message above says what is wrong."
    if reply.stale:
        return "The plan is being worked out."
    if not all(host["confirmed"] for host in reply.result["plan"]["hosts"]):
        return "A host above needs your yes first."
    return None


def _run(services: Services, reply: Reply, text: str) -> None:
    why_not = _why_not(reply)
    large = large_in_words(reply.result["plan"]) if reply.result else None
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(
            "Run",
            type="primary",
            disabled=why_not is not None,
            key="design.run",
            icon=":material/play_arrow:",
        )
        st.download_button(
            "Save as a file",
            text,
            portable_file_name(f"{draft.get('name') or 'experiment'}.yaml"),
            "application/yaml",
            key="design.download",
            icon=":material/download:",
            on_click="ignore",
        )
        if why_not is not None:
            st.caption(f"Run waits: {as_markdown(why_not)}")
    if clicked:
        st.session_state["design.asking" if large else "design.creating"] = text
    if large and why_not is None and st.session_state.get("design.asking") == text:
        st.warning(as_markdown(large))
        with st.container(horizontal=True):
            st.button("Run anyway", key="design.confirm", on_click=_confirm, args=(text,))
            st.button("Not yet", key="design.not_yet", on_click=_confirm, args=(None,))
    _create(services, text)


def _confirm(text: str | None) -> None:
    st.session_state.pop("design.asking", None)
    if text is not None:
        st.session_state["design.creating"] = text


def _create(services: Services, text: str) -> None:
    if st.session_state.get("design.creating") != text:
        return
    created = ask(services, "design.create", "create", {"yaml": text}, doing="Starting the experiment…")
    if not created.stale:
        del st.session_state["design.creating"]
        forget("design.create")
        if created.result is not None:
            go_to("run", experiment=created.result["experiment"])


def render(services: Services) -> None:
    page_top("Design")
    load_pending(services)
    scores: list[Any] | None = draft.get("scores_next")
    if scores is not None:  # set by a form: a widget's value must be set before the widget is drawn
        draft.put("scores", scores)
        draft.put("scores_next", None)
    places = Places()
    if not _top(services, places):
        return
    show_axes(services, places)
    _settings(services, places)
    show_rules(places)
    text = to_yaml(draft.data())
    reply = _plan(services, places, text)
    _run(services, reply, text)
    show_editor(services, text)


run_page(render)
