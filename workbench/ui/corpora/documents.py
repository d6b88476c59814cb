"""The documents of a corpus beside the one that is open: upload, removal with undo, what was lost or odd.
Knows nothing about file formats: the worker reads the files."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.ui.corpora.coverage import count_questions, show_coverage
from workbench.ui.corpora.left_out import LEFT_OUT_HELP, characters_left_out, show_summary
from workbench.ui.corpora.new_corpus import TYPES, add_files
from workbench.ui.corpora.viewer import show_document
from workbench.ui.questions import dialogs
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table, height_of
from workbench.ui.widgets.text import as_label

ROWS = 14  # in sight at once


def show_documents(
    services: Services, corpus: str, content: dict[str, Any], version: float, *, read_only: bool
) -> None:
    """Show the documents of a corpus, and the selected one beside them.

    content: the corpus as the worker read it.
    version: changes when the corpus does.
    """
    left, right = st.columns([5, 6])
    with left:
        touched = count_questions(content["questions"])
        with st.container(horizontal=True, vertical_alignment="center"):
            if not read_only:
                _upload(services, corpus, folded=bool(content["documents"]))
            only = bool(touched) and address.switch("Only documents without evidence", name="untouched")
        _undo(services, corpus)
        documents = [d for d in content["documents"] if not only or d["name"] not in touched]
        chosen = _table(documents, touched, content["problems"]) if documents else None
        if not content["documents"]:
            st.info("There are no documents yet. Add some, or copy files into the corpus's documents folder.")
        elif not documents:
            st.success("Every document contains evidence for at least one question.")
    with right:
        document = next((d for d in documents if d["name"] == chosen), None)
        if document is not None:
            _actions(services, corpus, document["name"], read_only=read_only)
            show_document(services, corpus, document, content["questions"], version, read_only=read_only)
        elif content["documents"]:
            st.caption("Select a row to read a document as the workbench reads it.")
            show_summary(content["documents"])
            show_coverage(content, read_only=read_only)


def _table(
    documents: list[dict[str, Any]], touched: dict[str, int], problems: list[dict[str, Any]]
) -> str | None:
    remarks = {str(p["where"]): str(p["what"]) for p in problems}
    rows = [
        {
            "Document": d["name"],
            "Questions": touched.get(d["name"], 0),
            "Characters": d["characters"],
            "Left out": characters_left_out(d),
            "Remark": remarks.get(d["name"], ""),
            "Title": d["title"],
            "Type": d["kind"],
            "Pages": "" if d["pages"] is None else str(d["pages"]),
        }
        for d in documents
    ]
    return address.select_row(
        [d["name"] for d in documents],
        lambda key: data_table(
            rows,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=key,
            height=height_of(len(rows), ROWS),
            column_config={
                "Document": st.column_config.TextColumn(width=170),
                "Questions": st.column_config.NumberColumn(
                    width=75, help="How many questions have evidence in it."
                ),
                "Characters": st.column_config.NumberColumn(width=75),
                "Left out": st.column_config.NumberColumn(width=65, help=LEFT_OUT_HELP),
                "Title": st.column_config.TextColumn(width=250),
            },
            alt="Documents of the corpus",
        ),
        name="document",
    )


def _upload(services: Services, corpus: str, *, folded: bool) -> None:
    """Offer to add documents; in plain sight where there are none yet."""
    place = st.popover("Add documents", icon=":material/upload_file:") if folded else st.container()
    with place, st.form(f"corpora.upload.{corpus}", clear_on_submit=True, border=False):
        files = st.file_uploader("Documents", TYPES, accept_multiple_files=True)
        if st.form_submit_button("Add", type="primary") and files:
            flash(f"{counted(add_files(services, corpus, files), 'file')} added.")
            st.rerun()


def _undo(services: Services, corpus: str) -> None:
    removed = st.session_state.get("corpora.removed_document")
    if (
        removed
        and removed[0] == corpus
        and st.button(f"Undo: restore {as_label(removed[1])}", key="corpora.undo")
    ):
        services.corpora.restore_document(*removed)
        del st.session_state["corpora.removed_document"]
        st.rerun()


def _actions(services: Services, corpus: str, name: str, *, read_only: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{as_label(name)}**", width="stretch")
        if read_only:
            return
        if st.button("Write a question", key=f"corpora.write.{name}", icon=":material/add_comment:"):
            dialogs.open_with_evidence("new", {"document": name})
        if st.button("Remove", key=f"corpora.remove.{name}", icon=":material/delete:"):
            services.corpora.remove_document(corpus, name)
            st.session_state["corpora.removed_document"] = (corpus, name)
            st.rerun()
