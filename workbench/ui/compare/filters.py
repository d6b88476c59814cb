"""Chooses what is compared and which questions are shown: score, filter, order, tag and words.
Knows nothing about how questions are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from workbench.results.matrix import Matrix
from workbench.space.experiment import COST_MEASURES, LIKED
from workbench.store.matrix_types import ORDERS, SHOWS, MatrixFilter, Order, Scale, Show
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.ui.compare.choice import LETTERS
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import label_of

SHOW_LABELS: dict[Show, str] = {
    "all": "All questions",
    "wrong": "None right",
    "flips": "Flips",
    "better": "Better than A",
    "worse": "Worse than A",
    "same": "The same as A",
    "differ": "Different answers",
    "failed": "Failed",
    "ungrounded": "Ungrounded",
    "disliked": "Disliked",
}
ORDER_LABELS: dict[Order, str] = {
    "spread": "Largest difference",
    "gain": "Largest gain over A",
    "loss": "Largest loss to A",
    "wrong": "Fewest right",
    "position": "Question order",
}
NEED_RIGHT = ("wrong", "flips")


def choose_score(services: Services, record: ExperimentRecord, *, costs: bool = True) -> str:
    """Draw the choice of the score or cost, and return it; the objective's target is the default.

    costs: whether costs, and what people like, may be chosen, too.
    """
    target = record.experiment.objective.target
    scores = services.results.find_score_names(record.id)
    liked = [LIKED] if services.results.find_liked(record.id) else []
    names = dict.fromkeys([target, *scores, *liked, *COST_MEASURES] if costs else [target, *scores])
    return address.choose(
        st.selectbox, "Score", list(names), name="score", format_func=label_of,
        label_visibility="collapsed", width=165,
    )  # fmt: skip


def shows_of(scale: Scale) -> list[Show]:
    """Return the filters that a score has: without right and wrong there is nothing that flips."""
    return [show for show in SHOWS if scale.right_from is not None or show not in NEED_RIGHT]


def choose_filter(
    services: Services, record: ExperimentRecord, trials: Sequence[TrialRecord], scale: Scale
) -> tuple[MatrixFilter, Matrix]:
    """Draw the filters in one line; return what is chosen, and the figures that go with it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.container(
            width=185
        )  # drawn last: how many questions each filter shows depends on the others
        against = _choose_other(trials)
        orders = [order for order in ORDERS if scale.right_from is not None or order != "wrong"]
        order = address.choose(
            st.selectbox, "Order", orders, name="order", format_func=lambda name: ORDER_LABELS[name],
            label_visibility="collapsed", width=175,
        )  # fmt: skip
        tag = address.choose(
            st.selectbox, "Tag", ["", *services.answers.find_tags(record.id)], name="tag",
            format_func=lambda name: name or "All tags", label_visibility="collapsed", width=110,
        )  # fmt: skip
        words = address.write_text(
            "Question contains", name="find", placeholder="Words of the question",
            label_visibility="collapsed", width="stretch",
        )  # fmt: skip
    wanted = MatrixFilter("all", against or None, tag or None, words or None, order)  # type: ignore[arg-type]
    matrix = services.comparisons.get_matrix(record.id, [trial.id for trial in trials], scale, wanted)
    with place:
        show = address.choose(
            st.selectbox, "Show", shows_of(scale), name="show", label_visibility="collapsed",
            format_func=lambda name: f"{SHOW_LABELS[name]} ({matrix.counts[name]:,})",
        )  # fmt: skip
    return replace(wanted, show=show), matrix  # type: ignore[arg-type]


def _choose_other(trials: Sequence[TrialRecord]) -> str:
    """Draw the choice of the configuration that is held against the baseline; of two it is the other."""
    if len(trials) < 3:
        return ""
    letters = {trial.id: LETTERS[at] for at, trial in enumerate(trials) if at}
    return address.choose(
        st.selectbox, "Compared with A", ["", *letters], name="of", label_visibility="collapsed", width=120,
        format_func=lambda trial: f"{letters[trial]} against A" if trial else "Any against A",
    )  # fmt: skip
