"""The design as text: opens a file, edits the rules that have no widgets, edits the whole as YAML.
Knows nothing about what the text means: files are parsed elsewhere."""

from __future__ import annotations

import hashlib

import streamlit as st

from workbench.ui.design import draft
from workbench.ui.design.advice import Places
from workbench.ui.design.open_draft import SAMPLE, show_drafts
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.links import go_to

RULES_HELP = (
    "`exclude` leaves combinations out. `conditions` lets an axis vary only where it matters. `configs` "
    "lists single configurations instead of the product of all axes."
)
RULES_EXAMPLE = """exclude:
  - {splitter: markdown, chunk_tokens: 64}
conditions:
  - {axis: top_k, when: {retriever: hybrid}}"""


def show_opener(services: Services) -> None:
    """Show the pop-over that opens another draft, an uploaded file or the sample experiment."""
    loads = draft.get("loads", 0)  # part of the keys: closed and empty after each load
    with st.popover("Drafts and files", icon=":material/folder_open:", key=f"design.file.{loads}"):
        uploaded = st.file_uploader(
            "An experiment file (YAML)", ["yaml", "yml"], key=f"design.upload.{loads}"
        )
        if uploaded is not None and st.button("Load this file", key="design.open"):
            st.session_state["design.load"] = uploaded.getvalue().decode("utf-8-sig", errors="replace")
            st.rerun()
        if st.button("The sample experiment", key="design.sample"):
            go_to("design", preset=SAMPLE)
        show_drafts(services)


def load_pending(services: Services) -> None:
    """Load the text that another page, a file or the YAML editor left.

    An edit of the YAML changes the draft that is open; anything else becomes a draft of its own, from which
    the way back leads to what was open.
    """
    text = st.session_state.pop("design.load", None)
    edited = st.session_state.pop("design.load_what", None)
    if text is None:
        return
    draft.put("loads", draft.get("loads", 0) + 1)
    st.session_state.pop("design.not_loaded", None)
    try:
        written = services.designs.parse_experiment(text)
    except WorkbenchError as error:
        st.session_state["design.not_loaded"] = error
        return
    draft.remember(edited or "another experiment was loaded")
    if edited is None:
        draft.put("id", None)
        draft.put("revision", 0)
    draft.load(written)
    draft.put("notice", None)


def show_not_loaded() -> None:
    """Say why an experiment could not be loaded, until another is."""
    if "design.not_loaded" in st.session_state:
        show_error(st.session_state["design.not_loaded"])
        st.caption("It was not loaded. Below is the earlier design.")


def show_rules(places: Places) -> None:
    """Show `exclude`, `conditions` and `configs`, which have no widgets, as text."""
    text = draft.get("rules") or ""
    count = sum(text.count(f"{word}:") for word in ("exclude", "conditions", "configs"))
    label = "Rules: exclude, conditions, configs" + (f" ({count})" if count else "")
    with st.expander(label, key="design.rules_box", expanded=draft.rules_error() is not None):
        st.text_area(
            "Rules",
            key="design.rules",
            height=150,
            placeholder=RULES_EXAMPLE,
            help=RULES_HELP,
            persist_state="session",
        )
        error = draft.rules_error()
        if error is not None:
            show_error(error)
            st.caption("The plan uses the earlier rules.")
        places.reserve("exclude", "conditions", "configs", hidden=True)


def show_editor(services: Services, text: str) -> None:
    """Show the whole file as YAML to edit and apply. Another design gets another text area."""
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    with st.expander("Edit as YAML", key="design.editor"):
        edited = st.text_area(
            "The experiment file", text, key=f"design.yaml.{key}", height=380, label_visibility="collapsed"
        )
        error = st.session_state.get(f"design.yaml_error.{key}")
        if st.button("Apply", key="design.apply", disabled=edited == text and error is None):
            try:
                services.designs.parse_experiment(edited or "")
            except WorkbenchError as invalid:
                st.session_state[f"design.yaml_error.{key}"] = error = invalid
            else:
                st.session_state["design.load"] = edited
                draft.put("load_what", "the YAML was edited")
                st.rerun()
        if error is not None:
            show_error(error)
        st.caption("Changes above rewrite this text and drop edits that were not applied.")
