"""The questions of a corpus: the table, adding by form, list or file, changing, deleting with undo.
Knows nothing about how questions are stored."""

from __future__ import annotations

import base64
from typing import Any

import streamlit as st

from workbench.corpus.question_rows import make_question_id
from workbench.formatting import counted
from workbench.ui.corpora.coverage import ABOUT
from workbench.ui.services import Services
from workbench.ui.session import flash
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.waiting import ask, forget

SEPARATOR = "||"


def show_questions(services: Services, corpus: str, content: dict[str, Any]) -> None:
    """Show the questions of a corpus and the forms that add more.

    content: the corpus as the worker read it.
    """
    questions, documents = content["questions"], [d["name"] for d in content["documents"]]
    if not questions:
        st.info(
            "There are no questions yet. Ten real ones are a good start: what do people ask? Add the answer "
            "you expect where you know it, and the sentence of the document that proves it."
        )
    else:
        _table(services, corpus, questions, documents)
    _undo(services, corpus)
    single, pasted, file = st.tabs(["Add one", "Paste a list", "From a file"], key="corpora.adding")
    with single:
        _form(services, corpus, None, documents)
    with pasted:
        _paste(services, corpus)
    with file:
        _upload(services, corpus)


def _table(services: Services, corpus: str, questions: list[dict[str, Any]], documents: list[str]) -> None:
    tags = sorted({t for q in questions for t in q["tags"]})
    left, right = st.columns([2, 1])
    with left:
        words = address.write_text("Find", name="find", placeholder="words of the question")
    tag = address.choose(right.selectbox, "Tag", ["", *tags], name="tag", format_func=lambda t: t or "all")
    matches = [q for q in questions if words.lower() in q["text"].lower() and (not tag or tag in q["tags"])]
    event = data_table(
        [
            {
                "Question": q["text"],
                "Answer": f" {SEPARATOR} ".join(q["answers"]),
                "Answerable": "yes" if q["answerable"] else "no",
                "Evidence": len(q["evidence"]),
                "Tags": ", ".join(q["tags"]),
                "Part": q["part"],
                "Id": q["id"],
            }
            for q in matches
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"corpora.questions.{corpus}",
        column_config={
            "Question": st.column_config.TextColumn(width=370),
            "Answer": st.column_config.TextColumn(width=190),
        },
        alt="Questions of the corpus",
    )
    st.caption(
        f"{len(matches)} of {len(questions)} questions. Train questions are for tuning only; experiments ask "
        "the rest and hold out a part of it. Select a row to change it, or several to tag or mark them."
    )
    chosen = [matches[row] for row in event["selection"]["rows"] if row < len(matches)]
    if len(chosen) > 1:
        _change(services, corpus, chosen, tags)
    elif chosen:
        question = chosen[0]
        with st.container(border=True):
            show_text(question["text"])
            _form(services, corpus, question, documents)
            if st.button(
                "Delete this question", key=f"corpora.delete.{question['id']}", icon=":material/delete:"
            ):
                removed = services.delete_question(corpus, question["id"])
                st.session_state["corpora.removed_question"] = (corpus, removed)
                flash("The question is deleted.")
                st.rerun()


def _change(services: Services, corpus: str, chosen: list[dict[str, Any]], tags: list[str]) -> None:
    """Show the form that changes many questions at once."""
    with st.form("corpora.change"):
        st.markdown(f"**{len(chosen)} questions**")
        first, second, third = st.columns(3)
        add = first.text_input("Add the tag", placeholder="none").strip()
        remove = second.selectbox("Remove the tag", tags, index=None, placeholder="none")
        answerable = third.selectbox("The documents answer them", ["as it is", "yes", "no"])
        if st.form_submit_button("Change them", type="primary"):
            changed = services.change_questions(
                corpus, [q["id"] for q in chosen], add_tag=add, remove_tag=remove or "",
                answerable=None if answerable == "as it is" else answerable == "yes",
            )  # fmt: skip
            flash(f"{changed} questions changed.")
            st.rerun()


def _undo(services: Services, corpus: str) -> None:
    removed = st.session_state.get("corpora.removed_question")
    if not removed or removed[0] != corpus:
        return
    if st.button(f"Undo: put back “{as_label(removed[1]['question'], 60)}”", key="corpora.undo_question"):
        st.session_state["corpora.putting"] = removed[1]
        del st.session_state["corpora.removed_question"]
        st.rerun()


def _form(services: Services, corpus: str, question: dict[str, Any] | None, documents: list[str]) -> None:
    """Show the form for a new question, or for changing one."""
    about = None if question else st.session_state.get(ABOUT)
    key = f"corpora.form.{question['id'] if question else about or 'new'}"
    evidence = question["evidence"] if question else []
    if about in documents:
        evidence = [{"document": about, "quote": ""}]
        st.caption(
            f"About {as_label(about)}: write the words that prove the answer next to it, or nothing if the "
            "whole document is the evidence."
        )
    with st.form(key, clear_on_submit=question is None, border=question is None):
        text = st.text_area("Question", question["text"] if question else "", height=70)
        answers = st.text_input(
            f"Reference answer (several: {SEPARATOR} between them)",
            f" {SEPARATOR} ".join(question["answers"]) if question else "",
        )
        rows = st.data_editor(
            [{"document": e["document"], "quote": e["quote"]} for e in evidence]
            or [{"document": None, "quote": ""}],
            num_rows="dynamic",
            column_config={
                "document": st.column_config.SelectboxColumn("Evidence: document", options=documents),
                "quote": st.column_config.TextColumn(
                    "quote: the words that prove it; empty: all of it", width="large"
                ),
            },
            hide_index=True,
            key=f"{key}.evidence",
        )
        any_suffices = st.checkbox(
            "Any one of these pieces of evidence is enough", question["any"] if question else False
        )
        left, right = st.columns(2, vertical_alignment="bottom")
        tags = left.text_input("Tags (commas between them)", ", ".join(question["tags"]) if question else "")
        unanswerable = right.checkbox(
            "The documents do not answer it", not question["answerable"] if question else False
        )
        if st.form_submit_button("Save" if question else "Add", type="primary"):
            row: dict[str, Any] = {
                "id": question["id"] if question else make_question_id(text),
                "question": text.strip(),
                "answer": [a.strip() for a in answers.split(SEPARATOR) if a.strip()],
                "evidence": [_evidence_row(r) for r in rows if r.get("quote") or r.get("document")],
                "any": any_suffices,
                "answerable": not unanswerable,
                "tags": [t.strip() for t in tags.split(",") if t.strip()],
            }
            st.session_state["corpora.putting"] = {
                k: v for k, v in row.items() if v not in ([], "") and (k, v) != ("any", False)
            }
            st.session_state.pop(ABOUT, None)
            st.rerun()


def _evidence_row(row: dict[str, Any]) -> dict[str, str]:
    document = {"document": row.get("document") or ""}
    return document | {"quote": row["quote"]} if row.get("quote") else document


def put_waiting(services: Services, corpus: str) -> None:
    """Save the question that a form submitted. The worker checks its evidence against the documents."""
    row = st.session_state.get("corpora.putting")
    if row is None:
        return
    payload = {"corpus": corpus, "question": row}
    reply = ask(services, "corpora.put", "put_question", payload, doing="Saving the question…")
    if not reply.stale:
        del st.session_state["corpora.putting"]
        forget("corpora.put")
        if reply.result is not None:
            flash("The question is saved.")
            st.rerun()
        st.caption("It was not saved. What you wrote:")
        show_text(str(row.get("question", "")), small=True)


def _added_text(added: int, already_there: int) -> str:
    there = (
        f" {already_there:,} {'was' if already_there == 1 else 'were'} there already."
        if already_there
        else ""
    )
    return f"{counted(added, 'question')} added.{there}"


def _paste(services: Services, corpus: str) -> None:
    with st.form("corpora.paste", clear_on_submit=True):
        text = st.text_area(
            "One question per line; an answer, if you have one, follows after a tab or ||", height=160
        )
        if st.form_submit_button("Add them", type="primary"):
            added, duplicates = services.add_questions(corpus, text)
            flash(_added_text(added, duplicates))
            st.rerun()


def _upload(services: Services, corpus: str) -> None:
    uploaded = st.file_uploader("questions.jsonl or .csv", ["jsonl", "csv"], key="corpora.question_file")
    st.caption(
        "JSONL: one object per line with question, and optionally id, answer, evidence, any, answerable, "
        "tags. CSV: the same as columns, plus document and quote."
    )
    if uploaded is None:
        return
    if st.button("Add its questions", key="corpora.take_in", type="primary"):
        forget("corpora.taking")
        st.session_state["corpora.taking_in"] = uploaded.name
    if st.session_state.get("corpora.taking_in") == uploaded.name:
        data = base64.b64encode(uploaded.getvalue()).decode()
        payload = {"corpus": corpus, "filename": uploaded.name, "data": data}
        reply = ask(services, "corpora.taking", "question_file", payload, doing="Reading the file…")
        if reply.result is not None and not reply.stale:
            summary = reply.result
            show = st.success if summary["added"] else st.info
            show(_added_text(summary["added"], summary["known"]))
            for problem in summary["problems"]:
                st.warning(f"{as_markdown(problem['where'])}: {as_markdown(problem['what'])}")
            if st.button("Done", key="corpora.taken"):
                del st.session_state["corpora.taking_in"]
                st.rerun()
