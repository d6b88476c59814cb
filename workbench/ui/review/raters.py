"""Shows who has rated and how far they agree; leaves a rater out or takes one back.
Knows nothing about what is rated next."""

from __future__ import annotations

import streamlit as st

from workbench.feedback.raters import Rater
from workbench.ui.services import Services
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.left_out_raters import choose_left_out

USERS_SHOWN = 50


def show_raters(services: Services) -> None:
    """The folded part with the table of raters, a switch for each, and the agreement of every two."""
    with st.expander("Do the raters agree?", key="review-raters", on_change="rerun") as part:
        if not part.open:
            return
        raters = services.ratings.list_raters()
        if not raters:
            st.caption("Nobody has rated yet.")
            return
        data_table([_row(rater) for rater in raters[:USERS_SHOWN]], hide_index=True, alt="Raters")
        if len(raters) > USERS_SHOWN:
            st.caption(f"And {len(raters) - USERS_SHOWN:,} more, who rated less; `ratings list` shows them.")
        choose_left_out(services, raters, key="review.left-out")
        _agreement(services)


def _row(rater: Rater) -> dict[str, object]:
    return {
        "Rater": rater.name,
        "Good": rater.up,
        "Bad": rater.down,
        "Choices": rater.choices,
        "Rated by others too": rater.shared,
        "Of these agreed": f"{rater.agreed / rater.shared:.0%}" if rater.shared else "—",
        "Counts": "yes" if rater.counts else "left out",
    }


def _agreement(services: Services) -> None:
    agreements = services.ratings.find_agreement()
    if not agreements:
        st.caption(
            "No two people have rated the same answers yet. Once they have, this shows their agreement."
        )
        return
    data_table(
        [
            {
                "Raters": f"{a.raters[0]} and {a.raters[1]}",
                "Kind": a.kind,
                "Rated by both": a.count,
                "Same rating": a.same,
                "Cohen's kappa": "—" if a.kappa is None else f"{a.kappa:.2f}",
                "": a.reason,
            }
            for a in agreements
        ],
        hide_index=True,
        alt="Agreement of raters",
    )
    st.caption("Kappa is 1 for full agreement and 0 for agreement by chance.")
