"""Reviews drafts one by one, by keys: the question, its answer, the quote in its passage, and the checks.
Knows nothing about how drafts are made and stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.corpus.corpus import CorpusSummary
from workbench.corpus.draft_file import DraftFile, StoredDraft
from workbench.corpus.draft_types import Draft
from workbench.formatting import counted
from workbench.ui.questions.coverage import show_coverage_line
from workbench.ui.questions.draft_card import show_card
from workbench.ui.questions.draft_edit import EDITED, show_edit
from workbench.ui.questions.draft_filters import STATES, choose_drafts, forget_filters
from workbench.ui.questions.draft_finished import show_finished
from workbench.ui.questions.draft_passage import show_passages
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets.keyboard import show_keys
from workbench.ui.widgets.text import as_markdown

SKIPPED = "questions.review.skipped"  # corpus → ids of drafts that come last
HISTORY = "questions.review.history"  # [(corpus, ids)] of what was kept or dropped, newest last
ERROR = "questions.review.error"
KEYS = (
    ("K", "keep the draft as a question"), ("E", "edit it"), ("D", "drop it"), ("N", "next: decide later"),
    ("U", "undo the last decision"),
)  # fmt: skip


def show_review(services: Services, corpus: CorpusSummary, file: DraftFile, line: DeltaGenerator) -> None:
    """Show the draft that comes next, among those that the filters choose, and what can be done with it.

    line: the place beside the choice of the view.
    """
    with line:
        _progress(services, corpus.name, file.drafts)
    for error in file.errors:
        show_error(error)
    with st.container(horizontal=True, vertical_alignment="center", key="draft_filters"):
        state, drafts = choose_drafts(file.drafts)
    if message := st.session_state.pop(ERROR, None):
        st.error(as_markdown(message))
    draft = _next_of(corpus.name, drafts)
    _actions(services, corpus.name, draft, drafts)
    if draft is None:
        _nothing(services, corpus.name, state, file.drafts)
        return
    left, right = st.columns([5, 6], gap="medium")
    with left:
        if st.session_state.get(EDITED) == draft.id:
            show_edit(services, corpus.name, draft)
        else:
            group = draft.group
            show_card(draft, sum(one.draft.group == group for one in file.drafts) if group else 1)
    with right, st.container(key="draft_passage"):
        show_passages(services, corpus.name, draft)


def _progress(services: Services, corpus: str, stored: Sequence[StoredDraft]) -> None:
    counts = Counter(one.review for one in stored)
    done = counts["kept"] + counts["dropped"]
    total = done + counts["waiting"]
    st.markdown(f"**{done:,} of {total:,} reviewed** · {counts['kept']:,} kept", width="content")
    show_coverage_line(services.question_drafts.count_coverage(corpus, stored), key="draft-coverage")


def _keep_all(services: Services, corpus: str, passing: list[str]) -> None:
    st.button(
        f"Keep all {len(passing):,} that pass", key="questions.review.all", disabled=not passing,
        icon=":material/done_all:", on_click=_decide, args=(services, corpus, passing, True),
        help="Keeps every draft of this list that passes all filters. Undo takes them back.",
    )  # fmt: skip


def _next_of(corpus: str, drafts: Sequence[Draft]) -> Draft | None:
    """The draft to look at: in the order of the file, those put off last."""
    skipped = st.session_state.setdefault(SKIPPED, {}).setdefault(corpus, [])
    return min(drafts, key=lambda d: skipped.index(d.id) if d.id in skipped else -1, default=None)


def _nothing(services: Services, corpus: str, state: str, stored: Sequence[StoredDraft]) -> None:
    """Say why no draft is shown."""
    if not any(one.review == state for one in stored):
        if state == "waiting":
            show_finished(services, corpus, stored)
            return
        st.info(f"Nothing here: {STATES[state].lower()} (0).")
    else:
        st.info("No draft matches these filters.")
    st.button("Show all drafts to review", key="questions.review.reset", on_click=forget_filters)


def _actions(services: Services, corpus: str, draft: Draft | None, drafts: Sequence[Draft]) -> None:
    """Draw the buttons, which stay in their place from draft to draft."""
    idle = draft is None or st.session_state.get(EDITED) == draft.id
    ids = [draft.id] if draft else []
    history = [ids for of, ids in st.session_state.get(HISTORY, []) if of == corpus]
    with st.container(horizontal=True, vertical_alignment="center", key="draft_actions"):
        st.button(
            "Keep", key="questions.review.keep", shortcut="k", type="primary", icon=":material/check:",
            disabled=idle, on_click=_decide, args=(services, corpus, ids, True),
        )  # fmt: skip
        st.button(
            "Edit", key="questions.review.edit", shortcut="e", icon=":material/edit:", disabled=idle,
            on_click=st.session_state.__setitem__, args=(EDITED, ids[0] if ids else ""),
        )  # fmt: skip
        st.button(
            "Drop", key="questions.review.drop", shortcut="d", icon=":material/close:", disabled=idle,
            on_click=_decide, args=(services, corpus, ids, False),
        )  # fmt: skip
        st.button(
            "Next", key="questions.review.next", shortcut="n", icon=":material/skip_next:",
            disabled=idle or len(drafts) < 2, on_click=_skip, args=(corpus, ids[0] if ids else ""),
        )  # fmt: skip
        st.button(
            "Undo", key="questions.review.undo", shortcut="u", icon=":material/undo:", disabled=not history,
            on_click=_undo, args=(services, corpus),
        )  # fmt: skip
        _keep_all(services, corpus, [one.id for one in drafts if one.passes])
        show_keys(KEYS, key="questions-review-keys")


def _decide(services: Services, corpus: str, ids: Sequence[str], keep: bool) -> None:
    try:
        if keep:
            changed = services.question_drafts.keep(corpus, ids)
        else:
            changed = services.question_drafts.drop(corpus, ids)
    except WorkbenchError as error:
        st.session_state[ERROR] = f"{error.message} {error.hint or ''}"
        return
    if changed:  # else it was decided in another tab, or this is the second of two quick presses
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
