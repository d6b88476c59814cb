"""Shows the plan, the budget cap and the button that runs it, in a column that stays in sight.
Knows nothing about how a plan is made."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.operating_system import portable_file_name
from workbench.ui.design import draft
from workbench.ui.design.advice import Places, as_text
from workbench.ui.design.fields import (
    FieldError,
    anchor_of_field,
    error_of_reply,
    find_empty_axes,
    label_of_field,
)
from workbench.ui.design.plan import large_in_words, show_figures, show_notes
from workbench.ui.design.search_settings import parts_in_words, show_budget
from workbench.ui.services import Services
from workbench.ui.widgets.code_permission import offer_code
from workbench.ui.widgets.hosts import show_hosts
from workbench.ui.widgets.links import go_to
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import Reply, ask, forget

WORKING = "Computing the plan."


@dataclass(frozen=True)
class Panel:
    """The places of the column from top to bottom; the budget cap is between the second and the third."""

    head: DeltaGenerator
    figures: DeltaGenerator
    run: DeltaGenerator
    notes: DeltaGenerator


def reserve_panel(places: Places) -> Panel:
    """Draw the field for the budget cap, which is part of the draft, and reserve the places around it."""
    head, figures = st.container(horizontal=True, vertical_alignment="center"), st.container()
    show_budget(places)
    return Panel(head, figures, st.container(), st.container())


def fill_panel(
    services: Services, panel: Panel, places: Places, question_parts: DeltaGenerator, text: str
) -> None:
    """Show the plan of an experiment and the button that runs it.

    question_parts: the place that says how many questions choose, confirm and train.
    text: the experiment file.
    """
    errors = find_empty_axes()
    with panel.head:
        st.subheader("Plan", anchor=False, width="content")
        reply = Reply(None) if errors else _ask(services, text)
    with panel.figures:
        show_figures(reply.result["plan"] if reply.result else None)
    if reply.error is not None:
        errors = [error_of_reply(reply.error)]
    elsewhere = places.show_errors(errors)
    with panel.run:
        _show_run(services, reply, text, errors, elsewhere)
    if reply.error is not None:
        with panel.notes:
            codes = services.code.find_refused(text)
            offer_code(services, codes, str(draft.get("name")), "design", lambda: forget("design.plan"))
    if reply.result is not None:
        draft.put("known_tags", reply.result.get("tags", []))
        question_parts.caption(parts_in_words(reply.result))
        with panel.notes:
            show_hosts(services, reply.result["plan"]["hosts"], "design", lambda: forget("design.plan"))
            show_notes(reply.result, places.fill(reply.result["advice"]))


def _ask(services: Services, text: str) -> Reply:
    """Return the plan. The last one stays in place while a new one is worked out."""
    return ask(
        services,
        "design.plan",
        "plan",
        {"yaml": text},
        doing="working out…",
        version=services.corpora.version_of(str(draft.get("corpus"))),
        say_errors=False,
    )


def _why_not(reply: Reply, errors: list[FieldError]) -> str:
    """Return why the design cannot be run, as Markdown that leads to the field; empty when it can."""
    if errors:
        return _lead_to(errors[0])
    if draft.rules_error() is not None:
        return "The rules cannot be read. The error is shown under *Rules*."
    if reply.result is None or reply.stale:
        return WORKING
    if not all(host["confirmed"] for host in reply.result["plan"]["hosts"]):
        return "Allow the hosts below before anything is sent."
    return ""


def _lead_to(error: FieldError) -> str:
    label, anchor = label_of_field(error.about), anchor_of_field(error.about)
    if not label:
        return as_text(error)
    sentence = error.message if error.message.startswith("Choose ") else f"{label} must be corrected."
    return f"[{as_markdown(sentence)}](#{anchor})" if anchor else as_markdown(sentence)


def _show_run(
    services: Services, reply: Reply, text: str, errors: list[FieldError], elsewhere: list[FieldError]
) -> None:
    why_not = _why_not(reply, errors)
    large = large_in_words(reply.result["plan"]) if reply.result else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        clicked = st.button(
            "Run",
            type="primary",
            disabled=bool(why_not),
            key="design.run",
            icon=":material/play_arrow:",
            width="stretch",
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
    if why_not and why_not != WORKING:
        st.error(why_not)
    elif why_not:
        st.caption(why_not)
    for error in elsewhere:
        if label_of_field(error.about):
            st.caption(as_text(error))
    if clicked:
        st.session_state["design.asking" if large else "design.creating"] = text
    if large and not why_not and st.session_state.get("design.asking") == text:
        st.warning(as_markdown(large))
        with st.container(horizontal=True):
            st.button("Run anyway", key="design.confirm", on_click=_confirm, args=(text,))
            st.button("Cancel", key="design.not_yet", on_click=_confirm, args=(None,))
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
