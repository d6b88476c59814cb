"""Shows the leaderboard as a table: one row per configuration, of which several can be ticked.
Knows nothing about ranking: the rows come in order."""

from __future__ import annotations

from functools import partial

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow, measure
from workbench.space.experiment import COST_MEASURES, LIKED, Objective
from workbench.space.scores import more_is_better
from workbench.ui.results.cells import Columns, cells_of, column_config
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.figures import aim_text, label_of

BY_RANK = "rank"
SCORES, LIKED_SHOWN = "results.scores", "results.liked_shown"
ROWS_IN_SIGHT = 12


def scores_of(rows: list[LeaderboardRow]) -> list[str]:
    """Return the names of the scores that some row has, in alphabetical order."""
    return sorted({name for row in rows if row.search is not None for name in row.search.scores})


def _place(order: str, row: LeaderboardRow) -> tuple[bool, float]:
    """Return a sort key: the best by a measure first, rows without it last."""
    value = measure(row.search, order)
    return value is None, (-1 if more_is_better(order) else 1) * (value or 0.0)


def choose_rows(objective: Objective, rows: list[LeaderboardRow]) -> tuple[list[LeaderboardRow], list[str]]:
    """Draw a popover with filters and order; return the rows to show, in order, and the scores to show."""
    scores = scores_of(rows)
    main = [n for n in scores if n in ("correctness", "grounding", LIKED, objective.target)]
    _add_liked(scores)
    with st.popover("Columns and filters", icon=":material/filter_list:"):
        shown = st.multiselect(
            "Scores", scores, default=main or scores[:3], format_func=label_of, key=SCORES,
            persist_state="session",
        )  # fmt: skip
        order = address.choose(
            st.selectbox, "Order", [BY_RANK, *scores, *COST_MEASURES], name="sort",
            format_func=lambda name: name if name == BY_RANK else aim_text(name),
        )  # fmt: skip
        feasible = st.toggle("Only configurations that meet the constraints", key="results.feasible")
        dropped = False
        if any(r.trial.state == "dropped" for r in rows):
            dropped = st.toggle("Include those dropped by the search", key="results.dropped")
    kept = [
        r
        for r in rows
        if r.search and (r.feasible or not feasible) and (dropped or r.trial.state != "dropped")
    ]
    if order != BY_RANK:
        kept.sort(key=partial(_place, order))
    return kept, shown


def _add_liked(scores: list[str]) -> None:
    """Show the share of liked answers once there are ratings, also where scores were chosen before."""
    if LIKED in scores and not st.session_state.get(LIKED_SHOWN):
        st.session_state[LIKED_SHOWN] = True
        if SCORES in st.session_state and LIKED not in st.session_state[SCORES]:
            st.session_state[SCORES] = [*st.session_state[SCORES], LIKED]


def show_table(
    target: str,
    varying: list[str],
    baseline: str | None,
    kept: list[LeaderboardRow],
    scores: list[str],
) -> list[LeaderboardRow]:
    """Draw the table; return the rows that are ticked.

    target: the measure that ranks the rows.
    varying: the settings that differ between configurations.
    baseline: the id of the baseline's trial.
    """
    if not kept:
        st.info("No configuration meets all constraints. Show all: the nearest comes first.")
        return []
    columns = Columns.of(kept, scores, target, varying, baseline)
    cells = [cells_of(row, columns) for row in kept]
    chosen = address.select_rows(
        [row.trial.id for row in kept],
        lambda key: data_table(
            cells,
            hide_index=True,
            column_config=column_config(kept, columns),
            on_select="rerun",
            selection_mode="multi-row",
            height=height_of(len(kept), ROWS_IN_SIGHT),
            row_height=ROW_HEIGHT,
            key=key,
            placeholder="",
            alt="The leaderboard: one row per configuration",
        ),
        name="row",
    )
    return [row for row in kept if row.trial.id in chosen]


def count_text(kept: list[LeaderboardRow], rows: list[LeaderboardRow]) -> str:
    """Return how many rows are shown, and how many have no figures yet."""
    text = f"{len(kept):,} of {len(rows):,} configurations."
    waiting = sum(row.search is None for row in rows)
    return f"{text} {waiting:,} without figures yet." if waiting else text
