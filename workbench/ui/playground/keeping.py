"""Keeps what a column of the Playground showed: as a question with its evidence, or as a configuration.
Knows nothing about asking. A sample corpus is copied first: it stays as it is."""

from __future__ import annotations

import json
import re
from typing import Any

import streamlit as st

from workbench.corpus.conversation import turns_to_json
from workbench.corpus.draft_types import Quote
from workbench.corpus.kept_for_review import asked_by_person
from workbench.corpus.questions import source_to_json
from workbench.scoring.support import support_state
from workbench.ui.design import draft
from workbench.ui.playground.asking import Asked
from workbench.ui.playground.column_files import add_to_draft, as_axes
from workbench.ui.playground.columns import Knobs
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets.earlier_turns import show_earlier_turns
from workbench.ui.widgets.keep_for_review import copy_once, name_copy, send, show_result
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget

_CITATION = re.compile(r"\s*\[\d+\]")
TAG = "playground"  # tells these questions from others
SOURCE = "Playground"  # the name of their source


def keep_answer(services: Services, number: int, asked: Asked, knobs: Knobs, answer: dict[str, Any]) -> None:
    """Draw the two popovers below an answer."""
    with st.popover("Keep as a question", icon=":material/quiz:", type="tertiary"):
        _keep_question(services, number, asked, answer)
    with st.popover("Keep as a configuration", icon=":material/tune:", type="tertiary"):
        _keep_configuration(services, number, asked.corpus, knobs)


def evidence_of(answer: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return label → evidence that may be marked: the sentences that support the answer's claims, then each
    whole passage."""
    passages = answer["passages"]
    found: dict[str, dict[str, str]] = {}
    for claim in answer["claims"]:
        if support_state(claim["support"]) != "supported" or not 0 <= claim["passage"] < len(passages):
            continue
        passage = passages[claim["passage"]]
        quote = passage["text"][claim["sentence_start"] : claim["sentence_end"]].strip()
        if quote and passage["document"]:
            found[f"[{claim['passage'] + 1}] “{quote}”"] = {"document": passage["document"], "quote": quote}
    for number, passage in enumerate(passages, start=1):
        if not passage["document"]:  # of a system: its text is in no document
            continue
        found[f"[{number}] the whole passage of {passage['document']}"] = {
            "document": passage["document"],
            "quote": passage["text"],
        }
    return found


def without_citations(text: str) -> str:
    """Return an answer without its marks such as [1], which mean nothing in a reference."""
    return _CITATION.sub("", text).strip()


def _keep_question(services: Services, number: int, asked: Asked, answer: dict[str, Any]) -> None:
    offered = evidence_of(answer)
    key = f"playground.keep.{number}.{hash((asked.corpus, asked.question, answer['answer']))}"
    if _show_kept(services, key):
        return
    with st.form(key, border=False):
        text = st.text_input("Question", asked.question.text, key=f"{key}.question")
        show_earlier_turns(asked.question.history)
        declines = st.checkbox(
            "The documents do not answer it: declining is right", answer["refused"], key=f"{key}.declines"
        )
        reference = st.text_area(
            "Reference answer",
            "" if answer["refused"] else without_citations(answer["answer"]),
            key=f"{key}.reference",
            height=70,
            help="Correct it if the answer is wrong",
        )
        chosen = st.multiselect(
            "Evidence: the text in the documents that answers it",
            list(offered),
            [] if answer["refused"] else [label for label in offered if "“" in label],
            key=f"{key}.evidence",
        )
        copy = name_copy(services, asked.corpus, key)
        with st.container(horizontal=True):
            clicked = st.form_submit_button(
                "Copy the corpus and keep it there" if copy else "Keep it", type="primary"
            )
            later = st.form_submit_button("Review it later", help="Sends it to the drafts of the corpus.")
    if later:
        quotes = [Quote(offered[label]["document"], offered[label]["quote"]) for label in chosen]
        try:
            send(
                services, f"{key}.review", asked.corpus, copy, text, name=SOURCE,
                answers=[] if declines else [reference], quotes=[] if declines else quotes,
                answerable=not declines, history=asked.question.history,
            )  # fmt: skip
        except WorkbenchError as error:
            show_error(error)
    if clicked:
        row: dict[str, Any] = {
            "question": text.strip(),
            "tags": [TAG],
            "source": source_to_json(asked_by_person(SOURCE)),
        }
        if asked.question.history:
            row["history"] = turns_to_json(asked.question.history)
        if asked.question.filter:
            row["filter"] = json.loads(asked.question.filter)
        if not declines:
            row |= {"answer": reference.strip()} if reference.strip() else {}
            row |= {"evidence": [offered[label] for label in chosen]} if chosen else {}
        if declines or "answer" in row or "evidence" in row:  # else it is not known
            row["answerable"] = not declines
        _send(services, key, asked.corpus, copy, row)


def _send(services: Services, key: str, corpus: str, copy: str, row: dict[str, Any]) -> None:
    """Note the question to be kept, with the corpus that it goes to; a sample is copied first."""
    forget(key)
    try:
        target = copy_once(services, corpus, copy)
    except WorkbenchError as error:
        show_error(error)
        return
    st.session_state[f"{key}.sent"] = {"corpus": target, "question": row, "is_new": True}
    st.rerun()


def _show_kept(services: Services, key: str) -> bool:
    """Say what became of a question that was sent; return whether it is kept."""
    if result := st.session_state.get(f"{key}.review.sent"):
        show_result(*result)
        return True
    payload = st.session_state.get(f"{key}.sent")
    if payload is None:
        return False
    reply = ask(services, key, "put_question", payload, doing="Keeping the question…")
    if reply.result is not None and not reply.stale:
        st.success(f"Kept in {as_markdown(payload['corpus'])}.")
        link("questions", "See its questions", "quiz", corpus=payload["corpus"])
        return True
    return False


def _keep_configuration(services: Services, number: int, corpus: str, knobs: Knobs) -> None:
    letter = "ABCD"[number]
    if draft.get("file"):
        st.caption("Adds this configuration's values to the axes of the draft in Design.")
        if st.button("Add it to the draft", key=f"playground.add_to_draft.{number}", type="primary"):
            _open_design(
                add_to_draft(draft.data(), services, corpus, knobs),
                f"column {letter} of the Playground was added",
            )
        st.caption(
            "Or start a new design with this configuration alone; *Back to what I had* there restores the "
            "draft."
        )
    else:
        st.caption("Opens Design with this configuration, to vary it and run it over all questions.")
    if st.button("Design with it", key=f"playground.design_with.{number}"):
        _open_design(as_axes(services, corpus, [knobs]), f"column {letter} of the Playground was loaded")


def _open_design(file: str, what: str) -> None:
    st.session_state["design.load"], st.session_state["design.load_what"] = file, what
    flash(f"Design: {what}.")
    go_to("design")
