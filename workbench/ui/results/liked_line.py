"""Says below the leaderboard what the share of liked answers rests on, and lets a rater be left out.
Knows nothing about how the share is estimated."""

from __future__ import annotations

import streamlit as st

from workbench.analysis.liked.types import LikedEstimates
from workbench.analysis.liked.words import describe_disagreement, describe_ratings
from workbench.formatting import counted
from workbench.space.experiment import LIKED, Objective
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_markdown


RATER = "results.rater."
"""What the keys of the toggles begin with; the rater's name follows."""


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
        _choose_raters(services, liked, left_out)
        link("review", "Rate more", "thumbs_up_down", experiment=record.id)


def _choose_raters(services: Services, liked: LikedEstimates | None, left_out: list[str]) -> None:
    """Draw a popover with all raters, of whom each can be left out."""
    by_rater = liked.disagreement.by_rater if liked else {}
    names = sorted({*by_rater, *left_out})
    label = "Raters" + (f" ({len(left_out)} left out)" if left_out else "")
    with st.popover(label, icon=":material/group:", type="tertiary"):
        st.caption("All raters weigh alike. Ratings of one who is left out stay stored and count nowhere.")
        for name in names:
            count, up = by_rater.get(name, (0, float("nan")))
            said = "left out" if name in left_out else _said(count, up)
            key = f"{RATER}{name}"
            st.session_state[key] = name not in left_out
            st.toggle(as_markdown(f"{name}: {said}"), key=key, on_change=_turn, args=(services, key, name))


def _said(count: int, up: float) -> str:
    """Return for example "23 ratings, 61% of the thumbs up"."""
    return counted(count, "rating") + (f", {up:.0%} of the thumbs up" if up == up else "")


def _turn(services: Services, key: str, name: str) -> None:
    services.results.leave_out_rater(name, not st.session_state[key])


def ask_for_ratings(record: ExperimentRecord, objective: Objective, liked: LikedEstimates | None) -> None:
    """Where the objective names `liked` and nobody has rated an answer, say so and lead to the review."""
    if liked is not None or LIKED not in objective.names:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="rate_first"):
        what = "ranked" if LIKED in objective.aims else "known to meet the constraint"
        st.caption(f"No configuration is {what} before somebody has rated answers.", width="content")
        link("review", "Rate some answers", "thumbs_up_down", experiment=record.id)
