"""Says below the leaderboard what the share of liked answers rests on, and lets a rater be left out.
Knows nothing about how the share is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from workbench.analysis.liked.words import describe_disagreement, describe_ratings
from workbench.formatting import counted
from workbench.space.experiment import LIKED, Objective
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.left_out_raters import choose_left_out
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_markdown

if TYPE_CHECKING:
    from workbench.analysis.liked.types import LikedEstimates

LEFT_OUT = "results.left-out"


def show_liked_line(services: Services, record: ExperimentRecord, liked: LikedEstimates | None) -> None:
    """Show the line; nothing where nobody has rated an answer and nobody is left out.

    liked: the estimates; None where nobody whose ratings count has rated an answer.
    """
    left_out = services.results.list_left_out_raters()
    if liked is None and not left_out:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="liked_line"):
        if liked is None:
            words = f"No rating counts: {counted(len(left_out), 'rater')} left out."
        else:
            words = f"{describe_ratings(liked)} {describe_disagreement(liked)}"
        st.caption(as_markdown(words.strip()), width="content")
        _choose_raters(services, left_out)
        link("review", "Rate more", "thumbs_up_down", experiment=record.id)


def _choose_raters(services: Services, left_out: Sequence[str]) -> None:
    """Draw a popover in which raters can be left out."""
    label = "Raters" + (f" ({len(left_out)} left out)" if left_out else "")
    with st.popover(
        label, icon=":material/group:", type="tertiary", key="results.raters", on_change="rerun"
    ) as part:
        if part.open:  # reading all ratings takes a moment where a service has many users
            st.caption("All raters weigh alike.")
            choose_left_out(services, services.ratings.list_raters(), key=LEFT_OUT)


def ask_for_ratings(
    services: Services, record: ExperimentRecord, objective: Objective, liked: LikedEstimates | None
) -> None:
    """Where the objective names `liked` and nobody has rated an answer, say so and lead to the review."""
    if liked is not None or LIKED not in objective.names or services.results.has_ratings(record.id):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="rate_first"):
        what = "ranked" if LIKED in objective.aims else "known to meet the constraint"
        st.caption(f"No configuration is {what} before somebody has rated answers.", width="content")
        link("review", "Rate some answers", "thumbs_up_down", experiment=record.id)
