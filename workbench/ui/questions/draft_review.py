"""Reviews drafts one by one, by keys: the question, its answer, the quote in its passage, and the checks.
Knows nothing about how drafts are made and stored."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.corpus.corpus import CorpusSummary
from workbench.corpus.draft_file import StoredDraft
from workbench.corpus.draft_types import OK, Draft
from workbench.corpus.question_csv import CSV_SEPARATOR
from workbench.corpus.quotes import find_quotes
from workbench.formatting import counted
from workbench.ui.questions.drafting import DRAFTS, VIEW
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets import address
from workbench.ui.widgets.document_text import show_document_text
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.keyboard import show_keys
from workbench.ui.widgets.text import Mark, as_markdown, show_text

QUESTIONS = "Questions"
CHECKS = {
    "quote": "The quote is in the document",
    "answer": "The answer is in the quote",
    "context": "The question makes sense by itself",
    "other passages": "No other passage answers it differently",
    "duplicate": "No other question asks the same",
    "wording": "The wording is plain",
    "nothing answers it": "No document answers it",
}
PASSAGE_LINES = 18
SKIPPED = "questions.review.skipped"  # corpus → ids of drafts that come last
HISTORY = "questions.review.history"  # [(corpus, ids)] of what was kept or dropped, newest last
EDITED = "questions.review.edited"  # the id of the draft whose words are being changed
ERROR = "questions.review.error"
KEYS = (
    ("k", "keep the draft as a question"), ("d", "drop it"), ("e", "edit it"), ("n", "next: decide later"),
    ("u", "undo the last decision"),
)  # fmt: skip


def show_drafts(services: Services, corpus: CorpusSummary) -> bool:
    """Show the choice between questions and drafts, where there are any; return whether drafts are shown."""
    try:
        stored = services.question_drafts.read(corpus.name)
    except WorkbenchError as error:
        show_error(error)
        return False
    if not stored:
        address.defer(VIEW)
        return False
    waiting = [one.draft for one in stored if one.review == "waiting"]
    top = st.container(horizontal=True, vertical_alignment="center", key="questions-review-top")
    with top:
        chosen = address.choose(
            st.segmented_control, "Show", [QUESTIONS, DRAFTS], name=VIEW, required=True,
            label_visibility="collapsed",
            format_func=lambda view: f"Drafts to review ({len(waiting)})" if view == DRAFTS else view,
        )  # fmt: skip
    if chosen != DRAFTS:
        return False
    with top:
        _progress(services, corpus, stored, waiting)
    if message := st.session_state.pop(ERROR, None):
        st.error(as_markdown(message))
    if not waiting:
        kept = sum(one.review == "kept" for one in stored)
        st.success(f"All drafts are reviewed: {kept} of {len(stored)} were kept as questions.")
        return True
    skipped = st.session_state.setdefault(SKIPPED, {}).setdefault(corpus.name, [])
    order = sorted(waiting, key=lambda draft: skipped.index(draft.id) if draft.id in skipped else -1)
    _draft(services, corpus, order[0])
    return True


def _progress(
    services: Services, corpus: CorpusSummary, stored: Sequence[StoredDraft], waiting: Sequence[Draft]
) -> None:
    touched = {quote.document for one in stored if one.review != "dropped" for quote in one.draft.quotes}
    reviewed = len(stored) - len(waiting)
    st.markdown(
        f"**{reviewed} of {len(stored)} reviewed** · {len(touched)} of "
        f"{counted(corpus.documents, 'document')} touched",
        width="content",
    )
    passing = [draft.id for draft in waiting if draft.passes]
    st.button(
        f"Keep all {len(passing)} that pass", key="questions.review.all", disabled=not passing,
        icon=":material/done_all:", on_click=_decide, args=(services, corpus.name, passing, True),
    )  # fmt: skip
    history = [ids for of, ids in st.session_state.get(HISTORY, []) if of == corpus.name]
    st.button(
        "Undo", key="questions.review.undo", shortcut="u", icon=":material/undo:", disabled=not history,
        on_click=_undo, args=(services, corpus.name),
    )  # fmt: skip
    show_keys(KEYS, key="questions-review-keys")


def _draft(services: Services, corpus: CorpusSummary, draft: Draft) -> None:
    left, right = st.columns([5, 6], gap="medium")
    with left:
        if st.session_state.get(EDITED) == draft.id:
            _edit(services, corpus.name, draft)
        else:
            _words(draft)
            _buttons(services, corpus.name, draft)
        st.caption("  \n".join(_check_line(name, verdict) for name, verdict in draft.checks.items()))
    with right:
        _passage(draft)


def _words(draft: Draft) -> None:
    heading("Question", draft.kind)
    show_text(draft.question)
    heading("Answer")
    if draft.answerable:
        show_text(f" {CSV_SEPARATOR} ".join(draft.answers), lines=8)
    else:
        st.caption("None: the documents do not answer it, so it should be declined.")


def _buttons(services: Services, corpus: str, draft: Draft) -> None:
    with st.container(horizontal=True):
        st.button(
            "Keep", key="questions.review.keep", shortcut="k", type="primary", icon=":material/check:",
            on_click=_decide, args=(services, corpus, [draft.id], True),
        )  # fmt: skip
        st.button(
            "Drop", key="questions.review.drop", shortcut="d", icon=":material/close:",
            on_click=_decide, args=(services, corpus, [draft.id], False),
        )  # fmt: skip
        st.button(
            "Edit", key="questions.review.edit", shortcut="e", icon=":material/edit:",
            on_click=st.session_state.__setitem__, args=(EDITED, draft.id),
        )  # fmt: skip
        st.button(
            "Next", key="questions.review.next", shortcut="n", icon=":material/skip_next:",
            on_click=_skip, args=(corpus, draft.id),
        )  # fmt: skip


def _edit(services: Services, corpus: str, draft: Draft) -> None:
    with st.form("questions.review.form", border=False):
        question = st.text_area("Question", draft.question, height=90)
        label = f"Reference answer (several: {CSV_SEPARATOR} between them)"
        answers = st.text_area(label, f" {CSV_SEPARATOR} ".join(draft.answers), height=90)
        problem = st.container()
        with st.container(horizontal=True):
            save = st.form_submit_button("Save", type="primary")
            cancel = st.form_submit_button("Cancel")
    if cancel:
        del st.session_state[EDITED]
        st.rerun()
    if save:
        parts = [part.strip() for part in answers.split(CSV_SEPARATOR) if part.strip()]
        try:
            services.question_drafts.edit(corpus, draft.id, question=question, answers=parts)
        except WorkbenchError as error:
            with problem:
                show_error(error)
        else:
            del st.session_state[EDITED]
            st.rerun()


def _check_line(name: str, verdict: str) -> str:
    if verdict == OK:
        return f":material/check: {CHECKS.get(name, as_markdown(name))}"
    return f":material/warning: {as_markdown(name.capitalize())}: {as_markdown(verdict)}"


def _passage(draft: Draft) -> None:
    quote = draft.quotes[0] if draft.quotes else None
    if quote is None:
        return
    passage = draft.evidence[0].text if draft.evidence else quote.text
    also = f", and {counted(len(draft.evidence) - 1, 'other place')}" if len(draft.evidence) > 1 else ""
    what = "The quote in its passage" if draft.answerable else "What it was changed from"
    heading(what, as_markdown(f"{quote.document}{also}"))
    marks = [Mark(start, end, "evidence") for start, end in find_quotes(passage, quote.text)]
    show_document_text(passage, marks, lines=PASSAGE_LINES)


def _decide(services: Services, corpus: str, ids: Sequence[str], keep: bool) -> None:
    try:
        if keep:
            changed = services.question_drafts.keep(corpus, ids)
        else:
            changed = services.question_drafts.drop(corpus, ids)
    except WorkbenchError as error:
        st.session_state[ERROR] = f"{error.message} {error.hint or ''}"
        return
    st.session_state.setdefault(HISTORY, []).append((corpus, changed))
    if len(ids) > 1:
        flash(f"{counted(len(changed), 'draft')} kept as questions.")


def _undo(services: Services, corpus: str) -> None:
    history = st.session_state.get(HISTORY, [])
    place = max(n for n, (of, _) in enumerate(history) if of == corpus)
    try:
        services.question_drafts.undo(corpus, history[place][1])
    except WorkbenchError as error:
        st.session_state[ERROR] = f"{error.message} {error.hint or ''}"
    del history[place]


def _skip(corpus: str, draft_id: str) -> None:
    skipped = st.session_state.setdefault(SKIPPED, {}).setdefault(corpus, [])
    if draft_id in skipped:
        skipped.remove(draft_id)
    skipped.append(draft_id)
