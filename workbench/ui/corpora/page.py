"""Page: corpora with their documents, questions and problems.
Knows nothing about reading files: the worker does it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.corpora.coverage import show_coverage
from workbench.ui.corpora.documents import show_documents
from workbench.ui.corpora.questions import put_waiting, show_questions
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, run_page, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask


def _create(services: Services) -> None:
    count = st.session_state.setdefault(
        "corpora.made", 0
    )  # part of the keys: each corpus gets a new, closed form
    with st.popover("New corpus", icon=":material/create_new_folder:", key=f"corpora.new.{count}"):
        name = st.text_input("Name", key=f"corpora.new_name.{count}", placeholder="my-documents")
        if st.button("Create", key=f"corpora.create.{count}", type="primary"):
            try:
                services.create_corpus(name.strip())
            except WorkbenchError as error:
                st.session_state["corpora.refused"] = (name, error)
            else:
                st.session_state["corpora.made"] += 1
                address.set_next("corpus", name.strip())
                flash("The corpus was created. Now add documents.")
                st.rerun()
        refused = st.session_state.get("corpora.refused")
        if refused and refused[0] == name:  # kept, because the page may rerun by itself
            show_error(refused[1])
        st.caption(
            "You can also put a folder of documents into the corpora folder, or name any folder in an "
            "experiment file."
        )


def _choose(services: Services) -> str | None:
    names = [c.name for c in services.list_corpora()]
    if not names:
        return None
    return address.choose(st.selectbox, "Corpus", names, name="corpus", always=True)


def _problems(content: dict[str, Any]) -> None:
    if not content["problems"]:
        st.success("Everything was read. There are no problems.")
    for problem in content["problems"]:
        show = st.error if problem["severity"] == "error" else st.warning
        show(f"{as_markdown(problem['where'])}: {as_markdown(problem['what'])}")


def render(services: Services) -> None:
    page_top("Corpora")
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with right:
        _create(services)
    with left:
        chosen = _choose(services)
    if chosen is None:
        st.info("There is no corpus yet: a folder of documents, with questions about them. Create one.")
        return
    put_waiting(services, chosen)
    version = services.version_of(chosen)
    reply = ask(
        services, "corpora.corpus", "corpus", {"corpus": chosen}, doing="Reading the corpus…", version=version
    )
    if reply.result is None or reply.result["name"] != chosen:
        address.defer("tab", "document", "page", "find", "tag", "untouched")
        return
    content = reply.result
    errors = len(content["problems"])
    columns = st.columns(4)
    columns[0].metric("Documents", len(content["documents"]))
    columns[1].metric("Questions", len(content["questions"]))
    columns[2].metric("With a reference", sum(bool(q["answers"]) for q in content["questions"]))
    columns[3].metric("Problems", errors)
    show_coverage(content)
    documents, questions, problems = address.choose_tab(["Documents", "Questions", "Problems"])
    with documents:
        show_documents(services, chosen, content, version)
    with questions:
        show_questions(services, chosen, content)
    with problems:
        _problems(content)


run_page(render)
