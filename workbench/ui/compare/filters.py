"""Chooses what is compared and which questions are shown: score, filter, order, tag and words.
Knows nothing about how questions are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from workbench.space.experiment import COST_MEASURES
from workbench.store.matrix import ORDERS, SHOWS, MatrixFilter, Order, Scale, Show
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.ui.compare.choice import LETTERS
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import label_of

SHOW_LABELS: dict[Show, str] = {
    "all": "All questions",
    "wrong": "None right",
    "flips": "Flips: right and not right",
    "better": "Better than A",
    "worse": "Worse than A",
    "same": "The same as A",
    "differ": "Different answers",
    "failed": "A failed answer",
    "ungrounded": "An ungrounded answer",
    "disliked": "A disliked answer",
}
ORDER_LABELS: dict[Order, str] = {
    "spread": "Largest difference first",
    "gain": "Best against A first",
    "loss": "Worst against A first",
    "wrong": "Most not right first",
    "position": "In the order of questions",
}
NEED_RIGHT = ("wrong", "flips")


def choose_score(services: Services, record: ExperimentRecord) -> str:
    """Draw the choice of the score or cost, and return it; the objective's target is the default."""
    target = record.experiment.objective.target
    names = dict.fromkeys([target, *services.find_score_names(record.id), *COST_MEASURES])
    return address.choose(
        st.selectbox, "Score", list(names), name="score", format_func=label_of,
        label_visibility="collapsed", width=200,
    )  # fmt: skip


def shows_of(scale: Scale) -> list[Show]:
    """Return the filters that a score has: without right and wrong there is nothing that flips."""
    return [show for show in SHOWS if scale.right_from is not None or show not in NEED_RIGHT]


def choose_filter(
    services: Services, record: ExperimentRecord, trials: Sequence[TrialRecord], scale: Scale
) -> MatrixFilter:
    """Draw the filters in one line, and return what is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show = address.choose(
            st.selectbox, "Show", shows_of(scale), name="show", format_func=lambda name: SHOW_LABELS[name],
            label_visibility="collapsed", width=215,
        )  # fmt: skip
        against = _choose_other(trials)
        orders = [order for order in ORDERS if scale.right_from is not None or order != "wrong"]
        order = address.choose(
            st.selectbox, "Order", orders, name="order", format_func=lambda name: ORDER_LABELS[name],
            label_visibility="collapsed", width=205,
        )  # fmt: skip
        tags = services.find_tags(record.id)
        tag = address.choose(
            st.selectbox, "Tag", ["", *tags], name="tag", format_func=lambda name: name or "All tags",
            label_visibility="collapsed", width=125,
        )  # fmt: skip
        words = address.write_text(
            "Question contains", name="find", placeholder="Words of the question",
            label_visibility="collapsed", width="stretch",
        )  # fmt: skip
    return MatrixFilter(show, against or None, tag or None, words or None, order)  # type: ignore[arg-type]


def _choose_other(trials: Sequence[TrialRecord]) -> str:
    """Draw the choice of the configuration that is held against the baseline; with two it is the other one."""
    if len(trials) < 3:
        return ""
    letters = {trial.id: LETTERS[at] for at, trial in enumerate(trials) if at}
    return address.choose(
        st.selectbox, "Held against A", ["", *letters], name="of", label_visibility="collapsed", width=115,
        format_func=lambda trial: f"{letters[trial]} against A" if trial else "Any against A",
    )  # fmt: skip


def count_text(counts: Mapping[Show, int], scale: Scale) -> str:
    """Return how many questions each filter shows, in one line."""
    words: dict[Show, str] = {
        "all": "questions", "flips": "flip", "wrong": "with none right", "better": "better", "worse": "worse",
        "same": "same", "failed": "with a failed answer", "ungrounded": "ungrounded", "disliked": "disliked",
    }  # fmt: skip
    kept = [show for show in words if show in shows_of(scale) and (show == "all" or counts.get(show))]
    return " · ".join(f"{counts[show]:,} {words[show]}" for show in kept)
