"""Has the worker plan what to rate next, and says whether more ratings would decide.
Knows nothing about how that is computed, nor about what is shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.feedback.next_rating import REPLANNED_AFTER, Kind, Planned, RatingPlan
from workbench.ui.services import Services
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask

NOT_YET = "Nobody has rated it yet. Answers on which the scores disagree come first."
ICONS = {"decided": "check_circle", "never": "block"}


def show_outlook(services: Services, experiment_id: str, rater: str, kind: Kind) -> Sequence[Planned]:
    """Say in one line whether more ratings would decide; return what to ask first, as last planned."""
    ratings = services.ratings.count_ratings_of(experiment_id)
    if not ratings:
        st.caption(f":material/flag: {NOT_YET}")
        return ()
    payload = {"experiment": experiment_id, "rater": rater, "kind": kind}
    reply = ask(
        services, f"review.plan.{kind}.{experiment_id}.{rater}", "next_ratings", payload, say_errors=True,
        doing="Finding the most informative ratings…", version=ratings // REPLANNED_AFTER,
    )  # fmt: skip
    found = (reply.result or {}).get("plan")
    if found is None:
        return ()
    plan = RatingPlan.from_json(found)
    if not reply.stale:
        icon = ICONS.get(plan.state, "flag")
        st.caption(f":material/{icon}: {as_markdown(plan.words_after(ratings))}")
    return plan.candidates
