"""The view that has questions drafted: how many, of which kinds, by rules or by a model, at what price.
Knows nothing about how questions are drafted."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.corpus import CorpusSummary
from workbench.corpus.draft_file import DraftFile
from workbench.corpus.draft_types import (
    FOLLOW_UP,
    MODEL_KINDS,
    MOST_DRAFTS,
    MOST_WORDINGS,
    QUESTION_KINDS,
    SEARCH_WORDS,
)
from workbench.corpus.draft_words import label_of_kind
from workbench.formatting import counted
from workbench.space.model import Model
from workbench.ui.questions.coverage import show_coverage_table
from workbench.ui.questions.draft_plan import show_plan
from workbench.ui.questions.draft_progress import begin, show_how_it_ended, show_progress
from workbench.ui.services import Services
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label

PER_DOCUMENT = 3
FEWEST = 20
KEEP: dict[str, Any] = {"persist_state": "session"}  # drafting that was stopped goes on with the same choices
RULES = ""  # the choice of no model
READ_ONLY = "This sample corpus stays as it is. Make a copy of it above: drafts are for your own corpora."
NO_DOCUMENTS = "There are no documents yet, and questions are drafted from documents."


def show_drafting(services: Services, corpus: CorpusSummary, file: DraftFile) -> None:
    """Show what can be drafted, or how far drafting is."""
    if corpus.is_sample:
        st.info(READ_ONLY)
        return
    if not corpus.documents:
        st.info(NO_DOCUMENTS)
        link("corpora", "Add documents", "upload_file", corpus=corpus.name)
        return
    if show_progress(services, corpus.name):
        return
    show_how_it_ended()
    left, right = st.columns([11, 9], gap="medium")
    with left:
        payload, model = _choices(services, corpus)
    with right, st.container(border=True, key="draft_plan"):
        figures, go, notes = st.container(), st.container(), st.container()
        ready, expected = show_plan(services, payload, model, figures, notes)
        go.button(
            "Draft", type="primary", icon=":material/auto_awesome:", key="questions.draft.go",
            width="stretch", disabled=not ready, on_click=begin, args=(corpus.name, payload),
        )  # fmt: skip
        go.caption(
            "Drafts wait for your review. Experiments ask the ones that you keep, and the others only if "
            "their design says so."
        )
    coverage = services.question_drafts.count_coverage(corpus.name, file.drafts)
    with right:
        heading("Coverage", f"{coverage.covered:,} of {counted(len(coverage.documents), 'document')}")
        show_coverage_table(coverage, expected)


def _choices(services: Services, corpus: CorpusSummary) -> tuple[dict[str, Any], Model | None]:
    """Draw the fields; return the payload of the request and the model, None for rules."""
    models = {
        stored.model.name: stored.model
        for stored in services.catalogue.list_models()
        if stored.model.kind == "chat" and not stored.model.embedded
    }
    by, number = st.columns([3, 2])
    name = by.selectbox(
        "Drafted by", [RULES, *models], key="questions.draft.model", **KEEP,
        format_func=lambda name: name or "Rules, without a model",
        help="Rules are free, offline and the same every time. A chat model writes more kinds of "
            "questions, in words other than the document's.",
    )  # fmt: skip
    model = models.get(name)
    count = number.number_input(
        "How many drafts", 1, MOST_DRAFTS, min(MOST_DRAFTS, max(FEWEST, PER_DOCUMENT * corpus.documents)),
        key=f"questions.draft.count.{corpus.name}", **KEEP,
    )  # fmt: skip
    each = f"About {count / corpus.documents:.1f} for each".replace(".0 ", " ")
    of = f"of {counted(corpus.documents, 'document')}"
    number.caption(f"{each if count >= corpus.documents else 'Fewer than one for each'} {of}")
    offered = [kind for kind in MODEL_KINDS if kind != FOLLOW_UP] if model else QUESTION_KINDS
    kinds = st.pills(
        "Kinds", offered, selection_mode="multi", wrap=True, format_func=label_of_kind,
        key=f"questions.draft.kinds.{'model' if model else 'rules'}", **KEEP,
        help="None chosen means all. Unanswerable: the answer is in no document, so it should be declined.",
    )  # fmt: skip
    left, right = st.columns(2, vertical_alignment="bottom")
    wordings = left.number_input(
        "Wordings of one fact", 1, MOST_WORDINGS, 1, key="questions.draft.wordings", **KEEP,
        help="Several wordings of one fact share a group: they stay in one part, and intervals count "
        "them once. Rules may find fewer.",
    )  # fmt: skip
    follow_ups = model is not None and right.toggle(
        "Follow-up questions, too", key="questions.draft.follow_ups", **KEEP,
        help="Questions that need the turns before them, such as “And for returns?”.",
    )  # fmt: skip
    search_words = model is None and right.toggle(
        "Search words, too", key="questions.draft.search_words", **KEEP,
        help="What people type into a search box, where a document has no other question left. Fewer of "
        "them are right, but more drafts compare retrieval settings better.",
    )  # fmt: skip
    chosen = [*(kinds or QUESTION_KINDS), SEARCH_WORDS] if search_words else list(kinds or [])
    seed, budget = _more(services, model)
    payload = {
        "corpus": corpus.name, "count": int(count), "kinds": chosen, "seed": seed,
        "model": name or None, "budget_usd": budget, "wordings": int(wordings), "follow_ups": follow_ups,
    }  # fmt: skip
    return payload, model


def _more(services: Services, model: Model | None) -> tuple[int, float | None]:
    budget = None
    with st.expander("More: seed and budget" if model else "More: seed"):
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            7,
            key="questions.draft.seed",
            **KEEP,
            help="The same seed gives the same drafts.",
        )
        if model and services.catalogue.has_price(model):
            budget = st.number_input(
                "Budget in dollars", min_value=0.01, value=None, step=0.5, key="questions.draft.budget",
                **KEEP, placeholder="no cap", help="Drafting stops before it would spend more.",
            )  # fmt: skip
        elif model:
            st.caption(f"{as_label(model.name)} has no price, so no budget can be set. Set one on Models.")
    return int(seed), None if budget is None else float(budget)
