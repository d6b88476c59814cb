"""The dialogs about questions, of which one may be open: adding, writing, changing, marking evidence.
Knows nothing about how questions are stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from workbench.ui.questions.adding import show_adding
from workbench.ui.questions.form import show_form
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_label, show_text

OPEN = f"{address.DIALOG}questions"


@dataclass(frozen=True)
class _Dialog:
    """The dialog that is open."""

    kind: str
    """A key of _BODIES."""
    question_ids: tuple[str, ...] = ()
    """The questions that it is about."""
    evidence: dict[str, Any] = field(default_factory=dict)
    """A piece of evidence as in a JSONL row; empty for none."""


def open_dialog(kind: str, *question_ids: str) -> None:
    """Have a dialog shown: "adding", or "edit" and "change" for these questions."""
    st.session_state[OPEN] = _Dialog(kind, question_ids)


def open_with_evidence(action: str, evidence: dict[str, Any]) -> None:
    """Have the dialog shown that takes evidence: "new" for a new question, "add" for one that there is."""
    st.session_state[OPEN] = _Dialog(action, (), evidence)


def _close() -> None:
    st.session_state.pop(OPEN, None)


def _done(message: str) -> None:
    _close()
    flash(message)
    st.rerun()


def show_open_dialog(services: Services, corpus: str, content: dict[str, Any]) -> None:
    """Show the dialog that is open, if one is.

    content: the corpus as the worker read it.
    """
    opened: _Dialog | None = st.session_state.get(OPEN)
    if opened is None:
        return
    title, body = _BODIES[opened.kind]
    chosen = [q for q in content["questions"] if q["id"] in opened.question_ids]
    if opened.question_ids and not chosen:  # deleted in the meantime
        _close()
        return
    dialog = st.dialog(title, width="large", on_dismiss=_close)
    dialog(body)(services, corpus, content, chosen, opened.evidence)


def _adding(services: Services, corpus: str, content: dict[str, Any], *_: Any) -> None:
    if message := show_adding(services, corpus, content):
        _done(message)


def _new(services: Services, corpus: str, content: dict[str, Any], _: Any, evidence: dict[str, Any]) -> None:
    if show_form(services, corpus, content, evidence=[evidence]):
        _done("The question is saved.")


def _edit(
    services: Services, corpus: str, content: dict[str, Any], chosen: list[dict[str, Any]], _: Any
) -> None:
    if show_form(services, corpus, content, chosen[0]):
        _done("The question is saved.")


def _add_evidence(
    services: Services, corpus: str, content: dict[str, Any], _: Any, evidence: dict[str, Any]
) -> None:
    questions = {q["id"]: q for q in content["questions"]}
    if not questions:
        st.info("There are no questions yet. Write one with these words as its evidence.")
        return
    st.caption(f"Evidence in {as_label(evidence['document'])}", width="content")
    show_text(evidence["quote"], small=True)
    chosen = st.selectbox(
        "Question", list(questions), format_func=lambda i: questions[i]["line"], index=None,
        placeholder="Type words of the question", key="questions.evidence_of",
    )  # fmt: skip
    problem = st.container()
    if chosen and questions[chosen]["answers"]:
        st.caption("Reference answer")
        show_text(" / ".join(questions[chosen]["answers"]), small=True)
    if chosen and questions[chosen]["answerable"] is False:
        st.warning("It is marked as one that the documents do not answer. With evidence, they do.")
    if st.button("Add the evidence", type="primary", disabled=not chosen) and chosen:
        try:
            services.questions.add_evidence(corpus, chosen, evidence)
        except WorkbenchError as error:
            with problem:
                show_error(error)
        else:
            _done("The evidence is added.")


def _change(
    services: Services, corpus: str, content: dict[str, Any], chosen: list[dict[str, Any]], _: Any
) -> None:
    tags = sorted({tag for q in content["questions"] for tag in q["tags"]})
    with st.form("questions.change", border=False):
        first, second, third = st.columns(3)
        add = first.text_input("Add the tag", placeholder="none").strip()
        remove = second.selectbox("Remove the tag", tags, index=None, placeholder="none")
        words = ("as it is", "yes", "no", "not known")
        answerable = third.selectbox("The documents answer them", words)
        if not st.form_submit_button(f"Change {len(chosen)} questions", type="primary"):
            return
    changed = services.questions.change_questions(
        corpus, [q["id"] for q in chosen], add_tag=add, remove_tag=remove or "",
        answerable=_ANSWERABLE[answerable],
    )  # fmt: skip
    _done(f"{changed} questions changed.")


_ANSWERABLE: dict[str, Any] = {"as it is": "as it is", "yes": True, "no": False, "not known": "not known"}
_BODIES: dict[str, tuple[str, Callable[..., None]]] = {
    "adding": ("Add questions", _adding),
    "new": ("New question", _new),
    "edit": ("Change the question", _edit),
    "add": ("Add evidence to a question", _add_evidence),
    "change": ("Tag or mark questions", _change),
}
