"""Shows questions as they will be stored, with what is wrong with them, and a button to add them.
Knows nothing about where they come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from workbench.corpus.conversation import as_line
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.corpus.question_editing import settle_unanswered
from workbench.corpus.questions import ReadQuestions
from workbench.corpus.types import Question
from workbench.formatting import counted
from workbench.ui.corpora.problems import show_problems
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.data_table import data_table, height_of

WORDS = {None: "not known", False: "no", True: "yes"}
MOST_ROWS = 200
"""Rows of the preview; a file may have a hundred thousand."""
MOST_PROBLEMS = 100
FILE = "file"
"""The key of a preview of a file, which has rows instead of lines."""


def show_preview(
    services: Services,
    corpus: str,
    read: ReadQuestions,
    key: str,
    store: Callable[[list[Question]], tuple[int, int]],
) -> str:
    """Show what will be stored and store it when told to; return what was added, in words, or "".

    store: adds questions; returns how many were added, and how many were there already.
    """
    unknown = sum(q.answerable is None for _, q in read.questions)
    answerable = _ask_unanswered(unknown, key) if unknown else None
    questions = settle_unanswered([q for _, q in read.questions], answerable)
    there = services.questions.find_question_ids(corpus)
    new = [q for q in questions if q.id not in there]
    told = _tell_to_add(services, corpus, new, key) if questions else False
    problem = st.container()
    show_problems([asdict(problem) for problem in read.problems[:MOST_PROBLEMS]])
    if len(read.problems) > MOST_PROBLEMS:
        st.caption(f"These are the first {MOST_PROBLEMS} of {len(read.problems):,} problems.")
    if read.comments:
        st.caption(f"{counted(read.comments, 'line')} beginning with # or // left out.")
    if not questions:
        st.info("It contains no question.")
        return ""
    row_name = "Row" if key == FILE else "Line"  # as the problems call it
    data_table(
        [
            {
                row_name: line,
                "Question": as_line(q.asked),
                "Answers": f" {CSV_SEPARATOR} ".join(q.answers),
                "Answerable": WORDS[q.answerable],
                "Evidence": len(q.evidence),
                "Tags": ", ".join(q.tags),
                "Stored": "is there already" if q.id in there else "new",
            }
            for (line, _), q in zip(read.questions[:MOST_ROWS], questions[:MOST_ROWS], strict=True)
        ],
        hide_index=True,
        height=height_of(len(questions), 6),
        column_config={
            row_name: st.column_config.NumberColumn(width=45),
            "Question": st.column_config.TextColumn(width=260),
            "Answers": st.column_config.TextColumn(width=150),
        },
        alt="Questions that will be stored",
    )
    if len(questions) > MOST_ROWS:
        st.caption(f"These are the first {MOST_ROWS} of {len(questions):,} questions.")
    if not told:
        return ""
    try:
        added, already_there = store(new)
    except WorkbenchError as error:
        with problem:
            show_error(error)
        return ""
    return _added_text(added, already_there + len(questions) - len(new))


def _tell_to_add(services: Services, corpus: str, new: list[Question], key: str) -> bool:
    """Show the button that adds them, above all that may be long, and what the corpus then has.

    Returns whether it was pressed.
    """
    button, counts = st.columns([1, 4], vertical_alignment="center")
    counts.caption("In all, " + " ".join(services.questions.describe_counts(corpus, new)))
    return button.button(
        f"Add {counted(len(new), 'question')}", type="primary", disabled=not new, key=f"questions.add.{key}",
        width="stretch",
    )  # fmt: skip


def _ask_unanswered(count: int, key: str) -> bool | None:
    """Ask whether the documents answer the questions that have no answer."""
    them = "it" if count == 1 else "them"
    words = {word: value for value, word in WORDS.items()}
    return words[
        st.radio(
            f"{counted(count, 'question')} without an answer. Do the documents answer {them}?", list(words),
            horizontal=True, key=f"questions.unanswered.{key}",
            help="If this is unknown, declining counts as neither right nor wrong.",
        )
    ]  # fmt: skip


def _added_text(added: int, already_there: int) -> str:
    were = "was" if already_there == 1 else "were"
    there = f" {already_there:,} {were} there already." if already_there else ""
    return f"{counted(added, 'question')} added.{there}"
