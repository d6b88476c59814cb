"""Sends a question to the drafts of its corpus, of a sample to those of a copy, and says what became of it.
Knows nothing about where the question was asked."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.corpus.draft_types import Quote
from workbench.corpus.kept_for_review import Kept
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.corpus.types import Turn
from workbench.store.records import AnswerRecord
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown

RESULTS: dict[Kept, str] = {
    "waits": "It waits for review among the drafts of {corpus}.",
    "left out": "It is among the drafts of {corpus} that the filters left out: a quote was not found.",
    "is a draft": "It is among the drafts of {corpus} already.",
    "is a question": "{corpus} has this question already.",
}
DISLIKED = "disliked answer"  # the name of the source of these drafts


def name_copy(services: Services, corpus: str, key: str) -> str:
    """Ask for the name of the copy that takes a sample's questions; "" for a corpus that may be changed."""
    if corpus not in services.corpora.sample_corpora():
        return ""
    st.caption(f"{as_label(corpus)} is a sample and stays as it is: the question goes into a copy.")
    return st.text_input("Name of the copy", f"my-{corpus}", key=f"{key}.copy").strip()


def copy_once(services: Services, corpus: str, copy: str) -> str:
    """Copy a corpus unless there is such a copy or none is needed; return the corpus to change."""
    if copy and copy not in {c.name for c in services.corpora.list_corpora()}:
        services.corpora.copy_corpus(corpus, copy)
    return copy or corpus


def show_result(corpus: str, kept: Kept) -> None:
    """Say what became of a question."""
    (st.success if kept == "waits" else st.info)(as_markdown(RESULTS[kept].format(corpus=corpus)))
    if kept == "is a question":
        link("questions", "See its questions", "quiz", corpus=corpus)
    else:
        state = {"state": "left out"} if kept == "left out" else {}
        link("questions", "Review its drafts", "rule", corpus=corpus, view="Drafts", **state)


def offer_review(services: Services, answer: AnswerRecord, comment: str) -> None:
    """Draw the popover that sends the question of a disliked answer to the drafts.

    comment: what the person wrote about the answer; it often says what would be right.
    """
    key = f"keep.{answer.id}"
    popover = st.popover(
        "Keep as a question",
        icon=":material/quiz:",
        type="tertiary",
        key=f"keep-{answer.id}",
        on_change="rerun",
    )
    if not popover.open:
        return
    with popover:
        corpus = services.experiments.get_experiment(answer.experiment_id).experiment.corpus
        try:
            _show_offer(services, corpus, answer, comment, key)
        except WorkbenchError as error:
            show_error(error)


def _show_offer(services: Services, corpus: str, answer: AnswerRecord, comment: str, key: str) -> None:
    if sent := st.session_state.get(f"{key}.sent"):
        show_result(*sent)
        return
    same = services.question_drafts.find_same(corpus, answer.question.asked)
    if same is not None:
        show_result(corpus, same)
        return
    with st.form(key, border=False):
        question = st.text_area("Question", answer.question.text, height=70, key=f"{key}.question")
        declines = st.checkbox(
            "The documents do not answer it: declining is right", answer.question.answerable is False,
            key=f"{key}.declines",
        )  # fmt: skip
        known = f" {CSV_SEPARATOR} ".join(answer.question.answers)
        right = st.text_area(
            "Right answer", known or comment, height=70, key=f"{key}.right",
            help=None if known else "Begins with your comment. Leave it empty if you do not know it.",
        )  # fmt: skip
        passages = {f"[{n}] {p.document}": p for n, p in enumerate(answer.passages, start=1)}
        chosen = st.multiselect("Passages that answer it", list(passages), key=f"{key}.evidence")
        copy = name_copy(services, corpus, key)
        if not st.form_submit_button("Send to the drafts", type="primary"):
            return
    quotes = [Quote(passages[label].document, passages[label].text) for label in chosen]
    send(
        services, key, corpus, copy, question, name=DISLIKED,
        answers=[] if declines else right.split(CSV_SEPARATOR), quotes=[] if declines else quotes,
        answerable=not declines, history=answer.question.history,
    )  # fmt: skip


def send(
    services: Services, key: str, corpus: str, copy: str, question: str, *, name: str,
    answers: Sequence[str], quotes: Sequence[Quote], answerable: bool, history: Sequence[Turn] = (),
) -> None:  # fmt: skip
    """Send a question to the drafts and draw the page again; what became of it is under `KEY.sent`.

    copy: the name of the copy of a sample; "" for a corpus that may be changed.
    name: where the question was asked.
    """
    target = copy_once(services, corpus, copy)
    kept = services.question_drafts.keep_for_review(
        target, question, name=name, answers=answers, quotes=quotes, answerable=answerable, history=history
    )
    st.session_state[f"{key}.sent"] = (target, kept)
    st.rerun()
