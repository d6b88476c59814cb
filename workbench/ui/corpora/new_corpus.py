"""The form that makes a corpus: its name, and its files or where they are fetched from, in one step.
Knows nothing about how files are read and fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.corpus.readers import CODE_SUFFIXES, READERS
from workbench.formatting import counted
from workbench.ui.corpora.fetching import (
    begin,
    find_adding,
    name_not_added,
    show_progress,
    show_why_not_added,
)
from workbench.ui.corpora.new_source import FILES, choose_kind, source_fields
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown

REFUSED = "corpora.refused"  # (corpus, messages) of the files that were not taken
# The field shows only the beginning of the list: what most people have, then other documents, then code.
USUAL = (".pdf", ".docx", ".pptx", ".xlsx", ".md", ".html", ".txt", ".csv")
OTHERS = sorted(READERS.keys() - set(USUAL), key=lambda suffix: (suffix in CODE_SUFFIXES, suffix))
TYPES = [suffix.lstrip(".") for suffix in (*USUAL, *OTHERS)]
FIRST_NAME = "my-documents"
STEPS = (
    "1 Documents: add your files here. 2 Questions: add what people ask about them. 3 Design: choose the "
    "prompts, retrieval settings and models to compare."
)


def show_new_corpus(services: Services) -> None:
    """Show the form, and the samples beside it."""
    corpora = services.corpora.list_corpora()
    st.caption(STEPS)
    left, right = st.columns([3, 2], gap="large")
    with left:
        adding = find_adding()
        if adding is None or not show_progress(services, adding):
            _form(services, {c.name for c in corpora}, choose_kind())
        else:
            address.defer("from")
    with right:
        st.markdown("**Or look at a sample**")
        for corpus in corpora:
            if corpus.is_sample:
                with st.container(border=True):
                    documents = counted(corpus.documents, "document")
                    st.markdown(f"**{as_label(corpus.name)}** · sample, read-only")
                    st.caption(f"{documents}, {counted(corpus.questions, 'question')}")
                    link("corpora", "Open", "folder_open", corpus=corpus.name)


def _form(services: Services, taken: set[str], kind: str) -> None:
    with st.form("corpora.new", border=False):
        first = name_not_added() or _free_name(taken)
        name = st.text_input("Name", first, key="corpora.new_name").strip()
        name_problem = st.container()
        if kind != FILES:
            _fetched(services, name, kind, name_problem)
            return
        files = st.file_uploader("Documents", TYPES, accept_multiple_files=True, key="corpora.new_files")
        if not st.form_submit_button(
            "Create the corpus", type="primary", icon=":material/create_new_folder:"
        ):
            st.caption("Nothing leaves this machine: files are copied into the corpora folder and read here.")
            return
    try:
        services.corpora.create_corpus(name)
    except WorkbenchError as error:
        with name_problem:
            show_error(error)
        return
    added = add_files(services, name, files or [])
    address.set_next("corpus", name)
    flash(f"The corpus {name} was created with {counted(added, 'file')}.")
    st.rerun()


def _fetched(services: Services, name: str, kind: str, name_problem: DeltaGenerator) -> None:
    """Draw the fields of a corpus that is fetched, and have it fetched when the form is sent."""
    read_source = source_fields(services, kind)
    problem = st.container()
    if not st.form_submit_button("Create the corpus", type="primary", icon=":material/create_new_folder:"):
        show_why_not_added()
        st.caption(
            "The documents are fetched once, now, into the corpora folder. They are fetched again only when "
            "you ask for it."
        )
        return
    try:
        services.corpora.check_new_name(name)
    except WorkbenchError as error:
        with name_problem:
            show_error(error)
        return
    try:
        source = read_source()
    except WorkbenchError as error:
        with problem:
            show_error(error)
        return
    begin("add_corpus", name, {"source": source})
    st.rerun()


def _free_name(taken: set[str]) -> str:
    names = (FIRST_NAME, *(f"{FIRST_NAME}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def add_files(services: Services, corpus: str, files: Iterable[Any]) -> int:
    """Add uploaded files; return how many were taken. show_refused says what is wrong with the others."""
    refused, added = [], 0
    for file in files:
        try:
            services.corpora.add_document(corpus, file.name, file.getvalue())
            added += 1
        except WorkbenchError as error:
            refused.append(f"{error.message} {error.hint or ''}".strip())
    st.session_state[REFUSED] = (corpus, refused)
    return added


def show_refused(corpus: str) -> None:
    """Show which of the files uploaded last were not taken, and why, until the next upload."""
    of, refused = st.session_state.get(REFUSED, ("", ()))
    messages: Sequence[str] = refused if of == corpus else ()
    for message in messages:
        st.error(as_markdown(message))
