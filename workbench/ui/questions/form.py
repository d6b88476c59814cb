"""The form of one question: text, earlier turns, reference answers, evidence, tags.
Knows nothing about how questions are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from workbench.corpus.conversation import read_turns, turns_to_json
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.corpus.question_rows import make_question_id
from workbench.input.condition_text import parse_condition
from workbench.input.conditions import BadCondition
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.earlier_turns import read_written, write_history

NOT_SAID = "not said"
ANSWERABLE = {NOT_SAID: None, "yes": True, "no": False}
ANSWERABLE_HELP = (
    "Not said means yes if the question has an answer or evidence. Otherwise it is unknown, and refusal "
    "accuracy leaves the question out."
)
FILTER_HELP = (
    "If an experiment uses the filter `question`, only documents with these metadata are searched. Several "
    "values: {region: [NL, BE]}. A range: {year: {min: 2024, max: 2025}}."
)


def show_form(
    services: Services,
    corpus: str,
    content: dict[str, Any],
    question: dict[str, Any] | None = None,
    *,
    evidence: Sequence[dict[str, Any]] = (),
) -> bool:
    """Show the form; return whether the question was saved.

    content: the corpus as the worker read it.
    question: the one to change; None for a new one.
    evidence: what a new question begins with.
    """
    given = question or {"text": "", "answers": [], "evidence": evidence, "any": False, "tags": [],
                         "answerable": None, "history": [], "filter": ""}  # fmt: skip
    turns = read_turns(given["history"]).turns
    key = f"questions.form.{question['id'] if question else 'new'}"
    with st.form(key, border=False):
        text = st.text_area("Question", given["text"], height=70).strip()
        text_problem = st.container()
        with st.expander("Earlier turns, for a follow-up question", expanded=bool(turns)):
            conversation = write_history(turns, f"{key}.history")
        history_problem = st.container()
        answers = st.text_input(
            f"Reference answer (several: {CSV_SEPARATOR} between them)",
            f" {CSV_SEPARATOR} ".join(given["answers"]),
        )
        rows = _edit_evidence(given, [d["name"] for d in content["documents"]], f"{key}.evidence")
        evidence_problem = st.container()
        any_suffices = st.checkbox("Any one of these pieces of evidence is enough", given["any"])
        left, right = st.columns(2)
        tags = left.text_input("Tags (commas between them)", ", ".join(given["tags"]))
        answerable = right.radio(
            "Do the documents answer it?", list(ANSWERABLE), horizontal=True, help=ANSWERABLE_HELP,
            index=list(ANSWERABLE.values()).index(given["answerable"]),
        )  # fmt: skip
        condition = st.text_input(
            "Filter of documents", given["filter"], placeholder="region=NL, year=2025", help=FILTER_HELP
        )
        filter_problem = st.container()
        if not st.form_submit_button("Save" if question else "Add", type="primary"):
            return False
    if not text:
        text_problem.error("Write the question.")
        return False
    try:
        history = read_written(conversation, turns, text)
    except WorkbenchError as error:
        with history_problem:
            show_error(error)
        return False
    try:
        wanted = parse_condition(condition) if condition.strip() else None
    except BadCondition as error:
        filter_problem.error(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        return False
    row: dict[str, Any] = {
        "id": question["id"] if question else make_question_id(text, history),
        "question": text,
        "history": turns_to_json(history),
        "answer": [a.strip() for a in answers.split(CSV_SEPARATOR) if a.strip()],
        "evidence": _evidence_rows(given, rows, any_suffices),
        "any": any_suffices or None,
        "answerable": ANSWERABLE[answerable],
        "tags": [t.strip() for t in tags.split(",") if t.strip()],
        "filter": wanted,
    }
    if question is None and row["id"] in services.questions.find_question_ids(corpus):
        text_problem.error("The corpus has this question already. Select it in the table to change it.")
        return False
    try:
        services.questions.put_question(corpus, {k: v for k, v in row.items() if v not in ([], None)})
    except WorkbenchError as error:
        with evidence_problem:
            show_error(error)
        return False
    return True


def _edit_evidence(given: dict[str, Any], documents: Sequence[str], key: str) -> list[dict[str, Any]]:
    """Draw the table of the pieces of evidence, and return its rows."""
    rows: list[dict[str, Any]] = st.data_editor(
        [{"document": e["document"], "quote": e.get("quote", "")} for e in given["evidence"]]
        or [{"document": None, "quote": ""}],
        num_rows="dynamic",
        column_config={
            "document": st.column_config.SelectboxColumn("Evidence: document", options=documents),
            "quote": st.column_config.TextColumn(
                "quote: the words that prove it; empty: all of it", width="large"
            ),
        },
        hide_index=True,
        key=key,
    )
    return rows


def _evidence_rows(
    given: dict[str, Any], rows: Sequence[dict[str, Any]], any_suffices: bool
) -> list[dict[str, Any]]:
    """The evidence as in questions.jsonl; as it was where nobody changed what a list of pieces cannot say."""
    edited = [_evidence_row(row) for row in rows if row.get("quote") or row.get("document")]
    if (
        given.get("evidence_rows")
        and not any_suffices
        and edited == [_evidence_row(e) for e in given["evidence"]]
    ):
        before: list[dict[str, Any]] = given["evidence_rows"]
        return before
    return edited


def _evidence_row(row: dict[str, Any]) -> dict[str, str]:
    document = {"document": row.get("document") or ""}
    return document | {"quote": row["quote"]} if row.get("quote") else document
