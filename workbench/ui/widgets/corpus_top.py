"""Draws the first lines of the pages of a corpus: heading, corpus, its facts, and the steps to an experiment.
Knows nothing about what stands below them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.corpus.corpus import CorpusSummary, corpus_to_begin_with
from workbench.formatting import counted
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.links import NEW_CORPUS, link

LAST = "corpus"  # the name of the corpus chosen last, on any page
PICKER_WIDTH = 260  # pixels
NEW = NEW_CORPUS["corpus"]
"""The choice of a corpus that is yet to be made; no corpus can have this name."""
GONE = "There is no corpus with the name in the address; it may have been deleted."


def last_corpus(services: Services) -> CorpusSummary | None:
    """Return the corpus chosen last on any page, else the one to begin with."""
    return _last_of(services.corpora.list_corpora())


def _last_of(corpora: Sequence[CorpusSummary]) -> CorpusSummary | None:
    last = st.session_state.get(LAST)
    return next((c for c in corpora if c.name == last), None) or corpus_to_begin_with(corpora)


def remember_corpus(name: str) -> None:
    """Have the other pages begin with this corpus, too."""
    st.session_state[LAST] = name


def corpus_top(services: Services, title: str) -> CorpusSummary | None:
    """Draw the lines and return the corpus; None when a new one is to be made."""
    line = st.container(horizontal=True, vertical_alignment="center", key="corpus_top")
    line.title(title, anchor=False, width="content")
    listed = services.corpora.list_corpora()
    corpora = {c.name: c for c in listed}
    names = [NEW, *sorted(corpora, key=lambda name: corpora[name].is_sample)]
    begin = _last_of(listed)
    # A sample is a second choice: who has no corpus yet begins with documents.
    is_own = begin is not None and (not begin.is_sample or begin.name == st.session_state.get(LAST))

    def label(name: str) -> str:
        if name == NEW:
            return "New corpus…"
        return f"{name} (sample)" if corpora[name].is_sample else name

    with line:
        chosen = address.choose(
            st.selectbox,
            "Corpus",
            names,
            name="corpus",
            default=begin.name if begin and is_own else NEW,
            always=True,
            warn=False,
            format_func=label,
            label_visibility="collapsed",
            width=PICKER_WIDTH,
        )
        if chosen != NEW:
            st.caption(_facts(corpora[chosen]), width="content")
            if corpora[chosen].is_sample:
                _offer_copy(services, corpora[chosen])
    address.warn_unknown("corpus", chosen=False, message=GONE)
    if chosen == NEW:
        return None
    remember_corpus(chosen)
    _steps(corpora[chosen])
    return corpora[chosen]


def _facts(corpus: CorpusSummary) -> str:
    facts = f"{counted(corpus.documents, 'file')} · {counted(corpus.questions, 'question')}"
    return f"{facts} · read-only" if corpus.is_sample else facts


def _steps(corpus: CorpusSummary) -> None:
    """Draw the way from documents to an experiment, with what is done already."""
    documents = " ✓" if corpus.documents else ""
    questions = " ✓" if corpus.questions else ""
    with st.container(horizontal=True, vertical_alignment="center", key="corpus_steps"):
        link("corpora", f"1 Documents{documents}", "description", corpus=corpus.name)
        link("questions", f"2 Questions{questions}", "quiz", corpus=corpus.name)
        link("design", "3 Design with this corpus", "tune", corpus=corpus.name)


def _offer_copy(services: Services, corpus: CorpusSummary) -> None:
    """Draw the button that copies a sample, which is read-only, under a name of the user's."""
    with st.popover("Make a copy to edit", icon=":material/content_copy:"):
        name = st.text_input("Name of the copy", f"{corpus.name}-copy", key=f"copy.{corpus.name}").strip()
        problem = st.empty()
        if st.button("Copy", type="primary", key=f"copy.{corpus.name}.go"):
            try:
                services.corpora.copy_corpus(corpus.name, name)
            except WorkbenchError as error:
                with problem:
                    show_error(error)
            else:
                address.set_next("corpus", name)
                flash(f"{name} is a copy of {corpus.name} that you can change.")
                st.rerun()
