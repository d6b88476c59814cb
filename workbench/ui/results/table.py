"""Shows the leaderboard as a table: one row per configuration, one column per figure, with drawn intervals.
Knows nothing about ranking: the rows come in order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow, measure
from workbench.csv_text import to_csv
from workbench.parts.registry import score_entry
from workbench.parts.setting_labels import label_of_setting
from workbench.space.experiment import COST_MEASURES, Objective
from workbench.ui.results.interval_picture import interval_picture, scale_of
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import (
    aim_text,
    figure_text,
    label_of,
    more_is_better,
    preferred_text,
)

DRAWN = "95 % interval"
BY_RANK = "rank"
COST = "$ per 1,000"
BLIND = "Won, blind"
DEFECTS = "Defects of replies"
KNOBS = ("splitter", "chunk_tokens", "chunk_overlap", "embedding", "retriever", "top_k", "rerank", "query")


def scores_of(rows: list[LeaderboardRow]) -> list[str]:
    """Return the names of the scores that some row has, in alphabetical order."""
    return sorted({name for row in rows if row.search is not None for name in row.search.scores})


@dataclass(frozen=True)
class _Columns:
    """Which columns there are beside the usual ones."""

    knobs: bool
    """The settings."""
    holdout: bool
    """Figures on held-out questions."""
    blind: bool
    """People's blind choices."""
    failures: bool
    """Why answers failed."""
    defects: bool
    """What is wrong with the texts of replies."""

    @classmethod
    def of(cls, rows: list[LeaderboardRow], *, knobs: bool) -> _Columns:
        """The columns that have something in some of these rows."""
        return cls(
            knobs=knobs,
            holdout=any(row.holdout for row in rows),
            blind=any(row.preferred.total for row in rows),
            failures=any(row.failures for row in rows),
            defects=any(row.remarks for row in rows),
        )


def _cells(
    row: LeaderboardRow, scores: list[str], columns: _Columns, drawn: str | None = None
) -> dict[str, Any]:
    """Return one row of the table.

    A score is one text that begins with its mean, in equal digits, so that it sorts as the mean does.
    """
    cells: dict[str, Any] = {"Rank": row.rank, "Configuration": row.trial.name}
    if drawn is not None:
        cells[DRAWN] = drawn
    cells["Against the leader"] = _against_leader(row)
    search = row.search
    for name in scores:
        cells[label_of(name)] = figure_text(search.scores.get(name) if search else None)
        if columns.holdout:
            held = row.holdout.scores.get(name) if row.holdout else None
            cells[f"{label_of(name)}, held out"] = figure_text(held)
    cells[COST] = search.cost_per_1k_questions if search else None
    cells["Median, s"] = search.seconds_p50 if search else None
    cells["Meets constraints"] = (
        "yes" if row.feasible else ("no: " + "; ".join(row.broken) if row.broken else "")
    )
    cells["95th percentile, s"] = search.seconds_p95 if search else None
    cells["Tokens per answer"] = search.tokens_per_answer if search else None
    cells["Answers"] = search.answers if search else 0
    cells["Failed"] = search.failed_answers if search else 0
    if columns.failures:
        cells["Why failed"] = "; ".join(f"{f.count} × {f.error}" for f in row.failures)
    cells["👍"], cells["👎"] = row.up, row.down
    if columns.defects:
        cells[DEFECTS] = "; ".join(row.remarks)
    if columns.blind:
        cells[BLIND] = preferred_text(row.preferred)
    if columns.knobs:
        config = row.trial.config
        cells[label_of_setting("prompt")] = config.prompt.label
        cells[label_of_setting("model")] = config.model.name
        for knob in KNOBS:
            value = getattr(config.retrieval, knob)
            cells[label_of_setting(knob)] = value.name if knob == "embedding" and value else value
    return cells


def _against_leader(row: LeaderboardRow) -> str:
    """Return "leads", "tied" or the significant difference; the trial's state if it has no rank."""
    comparison = row.to_leader
    if row.rank is None:
        return row.trial.state
    if comparison is None:
        return "leads" if row.rank == 1 else "updating…"
    if comparison.mean is None or comparison.p is None:
        return comparison.verdict
    return "tied" if comparison.better is None else f"{comparison.mean:+.3f}"


def _columns(scores: list[str]) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    text = st.column_config.TextColumn
    columns: dict[str, Any] = {}
    for n in scores:
        what = f"{score_entry(n).help} Mean, 95 % interval over questions, answers scored"
        columns[label_of(n)] = text(help=what, width=160)
        columns[f"{label_of(n)}, held out"] = text(
            help=f"{what}, on questions that had no part in the choice", width=170
        )
    columns[DRAWN] = st.column_config.ImageColumn(
        help="The objective's mean and 95 % interval on one scale; a filled dot is tied with the leader",
        width=145,
    )
    columns["Against the leader"] = text(
        help="tied: no significant difference from the first row on the same questions (paired permutation "
        "test, Holm's correction); else the difference. More: docs/statistics.md"
    )
    columns[COST] = number(
        format="$%.4f", help="The cost of serving 1,000 questions with this configuration, in dollars; "
        "without indexing and judging", width=88,
    )  # fmt: skip
    columns[BLIND] = text(
        help="Blind choices in Review between its answers and others': the share won of those won or lost, "
        "their count, Wilson's 95 % interval", width=200,
    )  # fmt: skip
    columns[DEFECTS] = text(
        help="Answers that were cut, empty or looping, or held marks of a chat template; they are scored as "
        "they are. More: docs/models.md", width=260,
    )  # fmt: skip
    columns["Tokens per answer"] = number(format="%.0f")
    columns["Median, s"] = number(format="%.3f", help="Median seconds per answer", width=80)
    columns["95th percentile, s"] = number(format="%.3f", help="Seconds: 95 % of the answers take less")
    columns["Configuration"] = text(width=305, pinned=True)
    columns["Rank"] = number(width=50, pinned=True)
    return columns


def _place(order: str, row: LeaderboardRow) -> tuple[bool, float]:
    """Return a sort key: the best by a measure first, rows without it last."""
    value = measure(row.search, order)
    return value is None, (-1 if more_is_better(order) else 1) * (value or 0.0)


def _csv(rows: list[LeaderboardRow], scores: list[str]) -> str:
    columns = _Columns.of(rows, knobs=True)
    lines = [_cells(row, scores, columns) for row in rows]
    return to_csv(list(lines[0]), [list(cells.values()) for cells in lines])


def _count_text(kept: list[LeaderboardRow], rows: list[LeaderboardRow]) -> str:
    """Return how many rows are shown, and how many have no figures yet."""
    text = f"{len(kept):,} of {len(rows):,} configurations."
    waiting = sum(row.search is None for row in rows)
    return f"{text} {waiting:,} without figures yet." if waiting else text


def _choose_rows(rows: list[LeaderboardRow]) -> list[LeaderboardRow]:
    """Return the rows that have figures and pass the two toggles."""
    feasible = st.toggle("Only configurations that meet the constraints", key="results.feasible")
    dropped = False
    if any(r.trial.state == "dropped" for r in rows):
        dropped = st.toggle("Include those dropped by the search", key="results.dropped")
    return [
        r
        for r in rows
        if r.search and (r.feasible or not feasible) and (dropped or r.trial.state != "dropped")
    ]


def show_table(experiment_id: str, objective: Objective, rows: list[LeaderboardRow]) -> LeaderboardRow | None:
    """Draw the table; return the row that is selected in it, else the first."""
    scores = scores_of(rows)
    main = [n for n in scores if n in ("correctness", "grounding", objective.target)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.multiselect(
            "Scores", scores, default=main or scores[:3], format_func=label_of, key="results.scores",
            persist_state="session",
        )  # fmt: skip
        order = address.choose(
            st.selectbox, "Order", [BY_RANK, *scores, *COST_MEASURES], name="sort", width=260,
            format_func=lambda name: name if name == BY_RANK else aim_text(name),
        )  # fmt: skip
    with st.container(horizontal=True):
        knobs = st.toggle("Settings as columns", key="results.knobs", persist_state="session")
        kept = _choose_rows(rows)
    if order != BY_RANK:
        kept.sort(key=partial(_place, order))
    if not kept:
        st.info("No configuration meets all constraints. Show all: the nearest comes first.")
        return None
    columns = _Columns.of(kept, knobs=knobs)
    drawn = [row.search.scores.get(objective.target) if row.search else None for row in kept]
    scale = scale_of(drawn)
    cells = [
        _cells(row, shown, columns, interval_picture(figure, scale, strong=row.tied))
        for row, figure in zip(kept, drawn, strict=True)
    ]
    chosen = address.select_row(
        [row.trial.id for row in kept],
        lambda key: data_table(
            cells,
            hide_index=True,
            column_config=_columns(shown),
            on_select="rerun",
            selection_mode="single-row",
            key=key,
            alt="The leaderboard: one row per configuration",
        ),
        name="row",
    )
    st.download_button(
        "Download as CSV",
        # Written on demand, not at each drawing, which would also withdraw a file written before.
        lambda: _csv(kept, scores),
        f"{experiment_id}-leaderboard.csv",
        "text/csv",
        icon=":material/download:",
        key="results.csv",
        on_click="ignore",
    )
    st.caption(_count_text(kept, rows))
    return next((row for row in kept if row.trial.id == chosen), kept[0])
