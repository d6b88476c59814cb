"""Takes requests over as draft questions of a corpus: the button, the dialog, and what became of them.
Knows nothing about how drafts are made: the worker does it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.formatting import counted
from workbench.store.serving.records import Service
from workbench.store.serving.request_list import RequestFilter
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.keep_for_review import copy_once, name_copy
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask, forget
from workbench.watch.faults import MOST_TAKEN
from workbench.watch.taken_words import taken_in_words

# (the service's id, the requests' ids) that are taken over; while it is set, the dialog is open.
TAKING = f"{address.DIALOG}taking"
REQUEST = "watch.taking"


def offer_questions(
    services: Services, service: Service, wanted: RequestFilter, chosen: Sequence[str], count: int
) -> None:
    """Draw the button that takes over what is selected, or else all that the filters show.

    count: how many requests match.
    """
    number = len(chosen) or min(count, MOST_TAKEN)
    which = f"all {number:,}" if count <= MOST_TAKEN else f"the newest {number:,} of {count:,}"
    which = f"the {number:,} selected" if chosen else which
    st.button(
        "Keep it as a question" if number == 1 else f"Keep {which} as questions", key="watch.keep",
        icon=":material/quiz:", on_click=_begin, args=(services, service.id, wanted, tuple(chosen)),
        help="Adds them to the corpus's drafts for review, except questions that are there already.",
    )  # fmt: skip
    if st.session_state.get(TAKING, ("", ()))[0] == service.id:
        _show(services, service)


def _begin(services: Services, service_id: str, wanted: RequestFilter, chosen: tuple[str, ...]) -> None:
    forget(REQUEST)
    ids = list(chosen) or services.watching.find_request_ids(wanted)
    st.session_state[TAKING] = (service_id, ids)


def _end() -> None:
    for key in (TAKING, f"{REQUEST}.corpus"):
        st.session_state.pop(key, None)
    forget(REQUEST)


@st.dialog("Keep requests as questions", width="medium", on_dismiss=_end)
def _show(services: Services, service: Service) -> None:
    _, ids = st.session_state[TAKING]
    corpus = st.session_state.get(f"{REQUEST}.corpus")
    if corpus is None:
        _ask_where(services, service, len(ids))
        return
    payload = {"service": service.id, "requests": ids, "corpus": corpus}
    reply = ask(services, REQUEST, "questions_from_requests", payload, doing="Looking for what is new…")
    if reply.result is None or reply.stale:
        return
    taken = reply.result
    waiting = taken["waiting"]
    said, mind = taken_in_words(taken)
    (st.success if waiting else st.info)(as_markdown(said[0]))
    for sentence in said[1:]:
        st.caption(as_markdown(sentence))
    if mind:
        st.warning(as_markdown(mind))
    if waiting:
        link("questions", "Review them", "rule", corpus=taken["corpus"], view="Drafts", kind="served")


def _ask_where(services: Services, service: Service, number: int) -> None:
    """Ask for the corpus that gets the drafts: the service's own, a copy of a sample, or any other."""
    own = services.watching.find_corpus_of(service)
    names = [corpus.name for corpus in services.corpora.list_corpora()]
    if own in names:
        corpus = own
    elif names:
        corpus = st.selectbox("Corpus for the questions", names, key=f"{REQUEST}.which")
    else:
        st.info("There is no corpus here yet. Start one with the documents that the service answers from.")
        link("corpora", "Begin with documents", "upload_file")
        return
    sample = "a copy of " if corpus in services.corpora.sample_corpora() else ""
    st.markdown(
        f"{counted(number, 'request')} of {as_label(service.name)} go to the drafts of "
        f"{sample}**{as_label(corpus)}**, where a person reviews each one."
    )
    copy = name_copy(services, corpus, REQUEST)
    problem = st.empty()
    if st.button("Send to the drafts", type="primary", key=f"{REQUEST}.go"):
        try:
            st.session_state[f"{REQUEST}.corpus"] = copy_once(services, corpus, copy)
        except WorkbenchError as error:
            with problem:
                show_error(error)
        else:
            st.rerun()
