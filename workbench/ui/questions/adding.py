"""Adds questions to a corpus: a pasted list, one that is written, a file. Shows first what will be stored.
Knows nothing about the forms that questions are written in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from workbench.corpus.conversation import as_line
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.corpus.question_editing import settle_unanswered
from workbench.corpus.questions import ReadQuestions
from workbench.formatting import counted
from workbench.ui.corpora.problems import show_problems
from workbench.ui.questions.form import show_form
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.data_table import data_table, height_of

NEEDS = (
    "**Correctness** needs a reference answer, **Recall@k**, MRR and nDCG need evidence, and **refusal "
    "accuracy** needs some questions that the documents do not answer. Grounding needs none of these."
)
EXAMPLE = "How late is the desk open? || 21:00 || at nine\nIs there a swimming pool?"
WORDS = {None: "not known", False: "no", True: "yes"}


def show_adding(services: Services, corpus: str, content: dict[str, Any]) -> str:
    """Show the ways to add questions; return what was added, in words, or "".

    content: the corpus as the worker read it.
    """
    st.caption(NEEDS)
    pasted, single, file = st.tabs(["Paste a list", "Write one", "Import a file"], key="questions.adding")
    with pasted:
        message = _paste(services, corpus)
    with single:
        if show_form(services, corpus, content):
            message = "The question is saved."
    with file:
        return _import(services, corpus) or message


def _paste(services: Services, corpus: str) -> str:
    text = st.text_area(
        "One question per line, its answers after || or a tab; or cells of a spreadsheet, “Q:” and “A:” "
        "lines, CSV or JSON",
        height=130, placeholder=EXAMPLE, key="questions.paste",
    )  # fmt: skip
    if not text.strip():
        st.button("Show what will be stored", key="questions.look")
        return ""
    return _preview(services, corpus, services.questions.read_pasted(corpus, text), "paste")


def _import(services: Services, corpus: str) -> str:
    uploaded = st.file_uploader("questions.jsonl or .csv", ["jsonl", "csv"], key="questions.file")
    st.caption(
        "JSONL: one object per line with question, and optionally id, answer, evidence, any, answerable, "
        "tags and history. CSV: the same as columns, plus document and quote."
    )
    if uploaded is None:
        return ""
    try:
        read = services.questions.read_question_file(corpus, uploaded.name, uploaded.getvalue())
    except WorkbenchError as error:
        show_error(error)
        return ""
    return _preview(services, corpus, read, "file")


def _preview(services: Services, corpus: str, read: ReadQuestions, key: str) -> str:
    """Show what will be stored and store it when told to; return what was added, in words, or ""."""
    unknown = sum(q.answerable is None for _, q in read.questions)
    answerable = _ask_unanswered(unknown, key) if unknown else None
    questions = settle_unanswered([q for _, q in read.questions], answerable)
    there = services.questions.find_question_ids(corpus)
    show_problems([asdict(problem) for problem in read.problems])
    if read.comments:
        st.caption(f"{counted(read.comments, 'line')} beginning with # or // left out.")
    if not questions:
        st.info("There is no question in it.")
        return ""
    data_table(
        [
            {
                "Line": line,
                "Question": as_line(q.asked),
                "Answers": f" {CSV_SEPARATOR} ".join(q.answers),
                "Answerable": WORDS[q.answerable],
                "Evidence": len(q.evidence),
                "Tags": ", ".join(q.tags),
                "Stored": "is there already" if q.id in there else "new",
            }
            for (line, _), q in zip(read.questions, questions, strict=True)
        ],
        hide_index=True,
        height=height_of(len(questions), 6),
        column_config={
            "Line": st.column_config.NumberColumn(width=45),
            "Question": st.column_config.TextColumn(width=260),
            "Answers": st.column_config.TextColumn(width=150),
        },
        alt="Questions that will be stored",
    )
    new = [q for q in questions if q.id not in there]
    st.caption(" ".join(services.questions.describe_counts(corpus, [q.id for q in new])))
    if not st.button(
        f"Add {counted(len(new), 'question')}", type="primary", disabled=not new, key=f"questions.add.{key}"
    ):
        return ""
    try:
        added, already_there = services.questions.add_questions(corpus, new)
    except WorkbenchError as error:
        show_error(error)
        return ""
    return _added_text(added, already_there + len(questions) - len(new))


def _ask_unanswered(count: int, key: str) -> bool | None:
    """Ask whether the documents answer the questions that have no answer."""
    them = "it" if count == 1 else "them"
    words = {word: value for value, word in WORDS.items()}
    return words[
        st.radio(
            f"{counted(count, 'question')} without an answer. Do the documents answer {them}?", list(words),
            horizontal=True, key=f"questions.unanswered.{key}",
            help="Where it is not known, declining counts neither as right nor as wrong.",
        )
    ]  # fmt: skip


def _added_text(added: int, already_there: int) -> str:
    were = "was" if already_there == 1 else "were"
    there = f" {already_there:,} {were} there already." if already_there else ""
    return f"{counted(added, 'question')} added.{there}"
