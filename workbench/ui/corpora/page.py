"""Page: corpora with their documents and questions, and what is wrong with them.
Knows nothing about reading files: the worker does."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.corpora.coverage import show_coverage
from workbench.ui.corpora.documents import show_documents
from workbench.ui.corpora.questions import put_waiting, show_questions
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, run_page, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask


def _create(services: Services) -> None:
    made = st.session_state.setdefault("corpora.made", 0)  # in the keys: a new form, closed, for the next one
    with st.popover("New corpus", icon=":material/create_new_folder:", key=f"corpora.new.{made}"):
        name = st.text_input("Name", key=f"corpora.new_name.{made}", placeholder="my-documents")
        if st.button("Make it", key=f"corpora.create.{made}", type="primary"):
            try:
                services.create_corpus(name.strip())
            except WorkbenchError as error:
                st.session_state["corpora.refused"] = (name, error)
            else:
                st.session_state["corpora.made"] += 1
                address.set_next("corpus", name.strip())
                flash("The corpus is made. Now add documents.")
                st.rerun()
        refused = st.session_state.get("corpora.refused")
        if refused and refused[0] == name:  # kept: the page may be drawn again by itself
            show_error(refused[1])
        st.caption(
            "Or put a folder of documents into the corpora folder; any folder's path works in a file, too."
        )


def _choose(services: Services) -> str | None:
    names = [c.name for c in services.list_corpora()]
    if not names:
        return None
    return address.choose(st.selectbox, "Corpus", names, name="corpus", always=True)


def _problems(found: dict[str, Any]) -> None:
    if not found["problems"]:
        st.success("Everything was read; no problem was found.")
    for problem in found["problems"]:
        show = st.error if problem["severity"] == "error" else st.warning
        show(f"{as_markdown(problem['where'])}: {as_markdown(problem['what'])}")


def render(services: Services) -> None:
    st.title("Corpora")
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with right:
        _create(services)
    with left:
        chosen = _choose(services)
    if chosen is None:
        st.info("There is no corpus yet: a folder of documents, with questions about them. Make one.")
        return
    put_waiting(services, chosen)
    version = services.version_of(chosen)
    reply = ask(
        services, "corpora.corpus", "corpus", {"corpus": chosen}, doing="Reading the corpus…", version=version
    )
    if reply.result is None or reply.result["name"] != chosen:
        address.defer("tab", "document", "page", "find", "tag", "untouched")
        return
    found = reply.result
    errors = len(found["problems"])
    columns = st.columns(4)
    columns[0].metric("Documents", len(found["documents"]))
    columns[1].metric("Questions", len(found["questions"]))
    columns[2].metric("With a reference", sum(bool(q["answers"]) for q in found["questions"]))
    columns[3].metric("Problems", errors)
    show_coverage(found)
    documents, questions, problems = address.choose_tab(["Documents", "Questions", "Problems"])
    with documents:
        show_documents(services, chosen, found, version)
    with questions:
        show_questions(services, chosen, found)
    with problems:
        _problems(found)


run_page(render)
