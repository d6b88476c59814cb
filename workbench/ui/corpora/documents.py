"""The documents of a corpus: upload, removal with undo, the text as read, and how a splitter cuts it.
Knows nothing about file formats: the worker reads the files."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import streamlit as st

from workbench.corpus.readers import READERS
from workbench.formatting import counted
from workbench.ui.corpora.chunk_preview import Evidence, evidence_in, marks_between, show_chunks
from workbench.ui.corpora.coverage import count_questions, write_about
from workbench.ui.corpora.left_out import LEFT_OUT_HELP, characters_left_out, show_left_out, show_summary
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.waiting import ask

SHOWN_CHARACTERS = 20_000  # per part of a document without pages


def show_documents(services: Services, corpus: str, content: dict[str, Any], version: float) -> None:
    """Show the documents of a corpus, and the selected one.

    content: the corpus as the worker read it.
    version: changes when the corpus does.
    """
    _upload(services, corpus)
    _undo(services, corpus)
    documents = content["documents"]
    if not documents:
        st.info(
            "There are no documents yet. Add some above, or copy files into the corpus's documents folder."
        )
        return
    show_summary(documents)
    touched = count_questions(content["questions"])
    if address.switch("Only those that no question touches", name="untouched"):
        documents = [d for d in documents if d["name"] not in touched]
        if not documents:
            st.success("Every document is evidence for some question.")
            return
    rows = [
        {
            "Document": d["name"],
            "Title": d["title"],
            "Type": d["kind"],
            "Characters": d["characters"],
            "Pages": "" if d["pages"] is None else str(d["pages"]),
            "Left out": characters_left_out(d),
            "Questions": touched[d["name"]],
        }
        for d in documents
    ]
    chosen = address.select_row(
        [d["name"] for d in documents],
        lambda key: data_table(
            rows,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=key,
            column_config={
                "Document": st.column_config.TextColumn(width=230),
                "Title": st.column_config.TextColumn(width=250),
                "Left out": st.column_config.NumberColumn(help=LEFT_OUT_HELP),
            },
            alt="Documents of the corpus",
        ),
        name="document",
    )
    if chosen is not None:
        left_out = next(d["left_out"] for d in documents if d["name"] == chosen)
        _document(services, corpus, chosen, evidence_in(chosen, content["questions"]), left_out, version)
    else:
        st.caption("Select a row to read a document as the workbench reads it.")


def _upload(services: Services, corpus: str) -> None:
    types = sorted(s.lstrip(".") for s in READERS)
    with st.form(f"corpora.upload.{corpus}", clear_on_submit=True):
        files = st.file_uploader("Add documents", types, accept_multiple_files=True)
        if st.form_submit_button("Add"):
            added = 0
            for file in files:
                try:
                    services.add_document(corpus, file.name, file.getvalue())
                    added += 1
                except WorkbenchError as error:
                    show_error(error)
            if added:
                flash(f"{counted(added, 'file')} added.")
                if added == len(files):
                    st.rerun()


def _undo(services: Services, corpus: str) -> None:
    removed = st.session_state.get("corpora.removed_document")
    if (
        removed
        and removed[0] == corpus
        and st.button(f"Undo: bring back {as_label(removed[1])}", key="corpora.undo")
    ):
        services.restore_document(*removed)
        del st.session_state["corpora.removed_document"]
        st.rerun()


def _document(
    services: Services,
    corpus: str,
    name: str,
    evidence: list[Evidence],
    left_out: list[dict[str, Any]],
    version: float,
) -> None:
    payload = {"corpus": corpus, "document": name}
    reply = ask(services, "corpora.document", "document", payload, doing=f"Reading {name}…", version=version)
    if reply.result is None or reply.stale:
        address.defer("page")
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{as_label(name)}**")
            write_about(name, f"corpora.write.{name}")
            if st.button("Remove", key=f"corpora.remove.{name}", icon=":material/delete:"):
                services.remove_document(corpus, name)
                st.session_state["corpora.removed_document"] = (corpus, name)
                st.rerun()
        read, cut, out = st.tabs(["Text, evidence marked", "Chunks", f"Left out ({len(left_out)})"])
        with read:
            _text(reply.result["text"], reply.result["page_starts"], evidence)
        with cut:
            show_chunks(services, payload, evidence, version)
        with out:
            show_left_out(left_out)


def _text(text: str, page_starts: list[int], evidence: list[Evidence]) -> None:
    """Show the text one page at a time: the PDF's pages, else parts of SHOWN_CHARACTERS."""
    starts = page_starts or list(range(0, max(1, len(text)), SHOWN_CHARACTERS))
    if len(starts) > 1:
        pages = {bisect_right(starts, start) for e in evidence for start, _ in e.places}
        where = f"; evidence on {', '.join(map(str, sorted(pages)))}" if pages else ""
        st.caption(f"{len(starts)} {'pages' if page_starts else 'parts'}{where}")
    page = address.choose_page(len(starts), name="page")
    start, end = starts[page - 1], [*starts[1:], len(text)][page - 1]
    with st.container(height=480):
        show_text(text[start:end], marks_between(start, end, evidence), small=True)
