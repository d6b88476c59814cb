"""Chooses which answers the page shows: a drawer of filters, and a chip for each that is set.
Knows nothing about how answers are found."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.corpus.types import PROBE
from workbench.parts.registry import score_entry
from workbench.scoring.support import SUPPORTED
from workbench.space.scores import more_is_better
from workbench.store.answer_filters import AnswerFilter, WorstFirst
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.text import as_label

SHOW: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {}),
    "disliked": ("Disliked", {"liked": -1}),
    "liked": ("Liked", {"liked": 1}),
    "ungrounded": ("Ungrounded", {"below": ("grounding", SUPPORTED)}),
    "incorrect": ("Incorrect", {"below": ("correctness", score_entry("correctness").poor_below)}),
    "refused": ("Refused", {"refused": True}),
    "failed": ("Failed", {"state": "failed"}),
}
PARTS = {
    "": "Search and held-out",
    "search": "Selection questions",
    "holdout": "Held-out questions",
    PROBE: "Probes (bias, injection)",
}
DEFAULTS = {"trial": "", "part": "", "tag": "", "worst": "", "show": "all", "find": ""}


def choose_filter(services: Services, record: ExperimentRecord) -> AnswerFilter:
    """Draw the drawer with the filters, and return what is chosen."""
    ranked = services.results.get_ranking(record.id)
    names = {row.trial.id: f"{row.rank or '—'}. {row.trial.name}" for row in ranked}
    with st.popover("Filters", icon=":material/filter_list:", key="answers-filters", width="content"):
        show = address.choose(
            st.segmented_control, "Show", list(SHOW), name="show", required=True,
            format_func=lambda name: SHOW[name][0],
        )  # fmt: skip
        trial = address.choose(
            st.selectbox, "Configuration", ["", *names], name="trial",
            format_func=lambda i: names.get(i, "All configurations"),
        )  # fmt: skip
        left, right = st.columns(2)
        part = address.choose(
            left.selectbox, "Questions", list(PARTS), name="part", format_func=PARTS.__getitem__
        )
        tag = address.choose(
            right.selectbox, "Tag", ["", *services.answers.find_tags(record.id)], name="tag",
            format_func=lambda name: name or "All",
        )  # fmt: skip
        text = address.write_text("Question contains", name="find", placeholder="Words of the question")
        worst = address.choose(
            st.selectbox, "Order", ["", *services.results.find_score_names(record.id)], name="worst",
            format_func=lambda name: _order(name) or "By configuration",
            help="When ordered by a score, answers without that score are left out.",
        )  # fmt: skip
    _chips(
        {
            "show": SHOW[show][0] if show != "all" else "",
            "trial": names.get(trial, ""),
            "part": PARTS[part] if part else "",
            "tag": f"Tag: {tag}" if tag else "",
            "find": f"“{text}”" if text else "",
            "worst": _order(worst),
        }
    )
    return AnswerFilter(
        trial_id=trial or None, part=part or None, tag=tag or None, question_holds=text or None,
        worst_first=WorstFirst(worst, more_is_better(worst)) if worst else None, **SHOW[show][1],
    )  # fmt: skip


def _order(score: str) -> str:
    return f"Worst {label_of(score)} first" if score else ""


def _clear(*names: str) -> None:
    for name in names:
        st.session_state[address.key_of(name)] = DEFAULTS[name]


def _chips(texts: dict[str, str]) -> None:
    """Draw a button for each filter that is set, which takes it off.

    texts: filter → what it is set to; "" where it is not set.
    """
    chosen = {name: text for name, text in texts.items() if text}
    for name, text in chosen.items():
        st.button(
            as_label(text, 36), key=f"answers.chip.{name}", icon=":material/close:", icon_position="right",
            help=as_label(f"Remove this filter: {text}", 300), on_click=_clear, args=(name,),
        )  # fmt: skip
    if len(chosen) > 1:
        st.button("Clear all", key="answers.clear", type="tertiary", on_click=_clear, args=tuple(chosen))
