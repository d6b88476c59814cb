"""The documents of a corpus: upload, remove with undo, the text as read, and how a splitter cuts it.
Knows nothing about readers: the worker reads."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.readers import READERS
from workbench.ui.opened import flash, show_error
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.widgets.text import Mark, as_label, show_text
from workbench.ui.widgets.waiting import ask

SHOWN_CHARACTERS = 20_000


def show_documents(services: Services, corpus: str, found: dict[str, Any], version: float) -> None:
    """found: what the worker read of the corpus."""
    _upload(services, corpus)
    _undo(services, corpus)
    documents = found["documents"]
    if not documents:
        st.info(
            "There are no documents yet. Add some above, or copy files into the corpus's documents folder."
        )
        return
    event = st.dataframe(
        [
            {
                "Document": d["name"],
                "Title": d["title"],
                "Type": d["kind"],
                "Characters": d["characters"],
                "Pages": "" if d["pages"] is None else str(d["pages"]),
                "Questions": sum(
                    any(e["document"] == d["name"] for e in q["evidence"]) for q in found["questions"]
                ),
            }
            for d in documents
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"corpora.documents.{corpus}",
        alt="Documents of the corpus",
    )
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(documents):
        _one(services, corpus, documents[rows[0]]["name"], found["questions"], version)
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
                flash(f"{added} document{'s' if added != 1 else ''} added.")
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


def _one(services: Services, corpus: str, name: str, questions: list[dict[str, Any]], version: float) -> None:
    payload = {"corpus": corpus, "document": name}
    reply = ask(services, "corpora.document", "document", payload, doing=f"Reading {name}…", version=version)
    if reply.result is None or reply.stale:
        return
    text = reply.result["text"]
    with st.container(border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(f"**{as_label(name)}**")
        if right.button("Remove", key=f"corpora.remove.{name}", icon=":material/delete:"):
            services.remove_document(corpus, name)
            st.session_state["corpora.removed_document"] = (corpus, name)
            st.rerun()
        marks = [
            Mark(at, at + len(e["quote"]), "evidence", q["text"])
            for q in questions
            for e in q["evidence"]
            if e["document"] == name and (at := text.find(e["quote"])) >= 0
        ]
        read, cut = st.tabs(["As read, evidence marked", "How a splitter cuts it"])
        with read, st.container(height=480):
            show_text(text[:SHOWN_CHARACTERS], marks, small=True)
            if len(text) > SHOWN_CHARACTERS:
                st.caption(f"The first {SHOWN_CHARACTERS:,} of {len(text):,} characters.")
        with cut:
            _chunks(services, payload, version)


def _chunks(services: Services, payload: dict[str, Any], version: float) -> None:
    first, second, third = st.columns(3)
    splitter = first.selectbox("Splitter", ["sentence", "token", "markdown"], index=2, key="corpora.splitter")
    size = second.number_input("Chunk size, tokens", 16, 8192, 192, key="corpora.size")
    overlap = third.number_input("Overlap, tokens", 0, 512, 16, key="corpora.overlap")
    wanted = payload | {"splitter": splitter, "chunk_tokens": int(size), "chunk_overlap": int(overlap)}
    reply = ask(services, "corpora.chunks", "chunk_preview", wanted, doing="Cutting…", version=version)
    if reply.result is None or reply.stale:
        return
    chunks = reply.result["chunks"]
    tokens = [c["tokens"] for c in chunks]
    st.caption(f"{len(chunks)} chunks of {min(tokens)} to {max(tokens)} tokens" if chunks else "No chunks.")
    with st.container(height=420):
        for number, chunk in enumerate(chunks[:100], start=1):
            page = f", page {chunk['page']}" if chunk["page"] else ""
            st.caption(f"{number} · {as_label(chunk['title'])} · {chunk['tokens']} tokens{page}")
            show_text(chunk["text"], small=True)
        if len(chunks) > 100:
            st.caption(f"The first 100 of {len(chunks)}.")
