"""Shows what can be done once no draft waits: what was kept, what it is good for, and where to go.
Knows nothing about how drafts are reviewed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from workbench.corpus.draft_file import StoredDraft
from workbench.corpus.draft_types import SERVED, Draft
from workbench.corpus.kept_for_review import find_service
from workbench.formatting import counted
from workbench.ui.questions.draft_filters import STATE
from workbench.ui.questions.views import DRAFT, QUESTIONS, VIEW
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_markdown


def show_finished(services: Services, corpus: str, stored: Sequence[StoredDraft]) -> None:
    """Show that every draft is reviewed, and the ways on."""
    counts = Counter(one.review for one in stored)
    kept = [one.draft for one in stored if one.review == "kept"]
    facts = len({draft.group or draft.id for draft in kept})
    groups = f", about {counted(facts, 'fact')}" if facts < len(kept) else ""
    st.success(
        f"All drafts are reviewed: {counted(counts['kept'], 'draft')} kept as "
        f"{'a question' if counts['kept'] == 1 else 'questions'}{groups}, {counts['dropped']:,} dropped."
    )
    for text in services.questions.describe_counts(corpus):
        st.markdown(as_markdown(text))
    with st.container(horizontal=True, vertical_alignment="center"):
        if service := _find_service(services, kept):
            link("design", "Experiment on these", "science", service=f"{service}/{corpus}")
        link("design", "Design with this corpus", "tune", corpus=corpus)
        _go("See the questions", VIEW, QUESTIONS, "quiz")
        _go("Draft more", VIEW, DRAFT, "auto_awesome")
        if left_out := counts["left out"]:
            _go(f"Look at the {left_out:,} left out by the filters", STATE, "left out", "filter_alt")


def _find_service(services: Services, kept: Sequence[Draft]) -> str | None:
    """Return the id of the service that the kept question reviewed last was asked of; None for none."""
    names = [find_service(draft.source_name) for draft in kept if draft.kind == SERVED]
    if not names:
        return None
    listed = [service for service in services.watching.list_services() if service.winner is not None]
    return next((service.id for service in listed if service.name == names[-1]), None)


def _go(label: str, name: str, value: str, icon: str) -> None:
    st.button(
        label, key=f"questions.finished.{value}", icon=f":material/{icon}:", type="tertiary",
        on_click=address.set_next, args=(name, value),
    )  # fmt: skip
