"""Turns rows of the leaderboard into a table's cells, and says how its columns are drawn.
Knows nothing about which rows are shown, or about choosing them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.formatting import counted
from workbench.parts.registry import score_entry
from workbench.parts.setting_labels import label_of_setting
from workbench.space.experiment import LIKED
from workbench.store.figures import Figure
from workbench.ui.results.settings import settings_cells
from workbench.ui.widgets.figures import label_of, mean_text, preferred_text
from workbench.ui.widgets.interval_picture import Axis, axis_of, interval_picture
from workbench.ui.widgets.score_tint import GREEN, GREY, TINTS, VERMILION

NAME, LEADER, BASELINE = "Configuration", "vs leader", "vs baseline"
GIVEN = "Passage tokens"
COST, MEDIAN = "$ / 1,000", "Median s"
TO_LEADER, TO_BASELINE = "Difference to the leader", "Difference to the baseline"
BLIND = "Blind wins"
RESTS_ON = "Liked: 95 %, ratings"
DEFECTS = "Reply defects"
CONSTRAINTS = "Meets constraints"

STATES = {
    "leads": ("good", GREEN), "tied": ("good", GREEN), "better": ("good", GREEN),
    "worse": ("poor", VERMILION),
    "baseline": ("none", GREY), "untested": ("none", GREY), "pending": ("none", GREY),
    "done": ("none", GREY), "dropped": ("none", GREY), "running": ("none", GREY), "queued": ("none", GREY),
}  # fmt: skip
"""A row's state towards the leader or the baseline → (the tint of its cell, the colour of its interval)."""

WIDTHS = {"prompt": 78, "chunk_tokens": 74, "retriever": 70, "top_k": 50, "model": 112}
USUAL_WIDTH = 84  # pixels, of the column of any other setting
BETWEEN_ENDS = "\u2003" * 4  # em spaces, which set the ends of an axis apart in a column's heading
ROOM_FOR_SETTINGS = 425
"""How wide the columns of settings may be that stand left of the figures, in pixels."""


@dataclass(frozen=True)
class Columns:
    """Which columns a table has."""

    settings: tuple[str, ...]
    """The settings that vary, as many as fit left of the figures."""
    more_settings: tuple[str, ...]
    """Those that vary and do not fit; they stand on the right."""
    drawn: str
    """The score whose intervals are drawn; a cost or time has no intervals, and no picture is drawn."""
    axis: Axis
    """The axis of the pictures."""
    scores: tuple[str, ...]
    """The scores that are shown as numbers, the drawn one first."""
    baseline: str | None
    """The id of the baseline's trial; None if there is no comparison with one."""
    constraints: bool
    """Whether some row does not meet the constraints."""
    holdout: bool
    """Whether some row has figures on held-out questions."""
    blind: bool
    """Whether some row has people's blind choices."""
    failures: bool
    """Whether some row has answers that failed."""
    defects: bool
    """Whether some row has something wrong with the texts of replies."""

    @classmethod
    def of(
        cls,
        rows: Sequence[LeaderboardRow],
        scores: Sequence[str],
        target: str,
        varying: Sequence[str],
        baseline: str | None,
    ) -> Columns:
        """Return the columns that have something in some of these rows.

        scores: the scores to show.
        target: the measure that ranks the rows.
        varying: the settings that differ between configurations.
        baseline: the id of the baseline's trial.
        """
        figures = [figure_of(row, target) for row in rows]
        room = [sum(WIDTHS.get(name, USUAL_WIDTH) for name in varying[: i + 1]) for i in range(len(varying))]
        fitting = sum(width <= ROOM_FOR_SETTINGS for width in room)
        leader = figures[0].mean if figures[0] and rows[0].rank == 1 else None
        return cls(
            settings=tuple(varying[:fitting]),
            more_settings=tuple(varying[fitting:]),
            drawn=target,
            axis=axis_of(figures, leader),
            scores=tuple(sorted(scores, key=lambda name: name != target)),
            baseline=baseline if any(row.to_baseline for row in rows) else None,
            constraints=any(row.broken for row in rows),
            holdout=any(row.holdout for row in rows),
            blind=any(row.preferred.total for row in rows),
            failures=any(row.failures for row in rows),
            defects=any(row.remarks for row in rows),
        )

    @cached_property
    def picture(self) -> str:
        """The name of the column of pictures; the ends of its axis are in it."""
        return f"{_label(self.drawn)}, {self.axis.low:g} to {self.axis.high:g}"


_label = cache(label_of)  # looked up for every cell


def figure_of(row: LeaderboardRow, score: str) -> Figure | None:
    return row.search.scores.get(score) if row.search else None


def to_leader(row: LeaderboardRow) -> str:
    """Return the row's state towards the leader, a key of STATES; the trial's state if it has no rank."""
    if row.rank is None:
        return row.trial.state
    if row.to_leader is None:
        return "leads" if row.rank == 1 else "pending"
    if row.to_leader.p is None:
        return "untested"
    return "worse" if row.to_leader.better is False else "better" if row.to_leader.better else "tied"


def to_baseline(row: LeaderboardRow, baseline: str | None) -> list[str]:
    """Return the row's state towards the baseline, a key of STATES, in a list; an empty one without it."""
    if row.trial.id == baseline:
        return ["baseline"]
    if row.to_baseline is None:
        return []
    if row.to_baseline.p is None:
        return ["untested"]
    return ["tied" if row.to_baseline.better is None else "better" if row.to_baseline.better else "worse"]


def cells_of(row: LeaderboardRow, columns: Columns) -> dict[str, Any]:
    """Return one row of the table: numbers as numbers, states as lists of one word, for coloured cells."""
    search, config = row.search, row.trial.config
    cells: dict[str, Any] = {"Rank": row.rank}
    settings = settings_cells(config, (*columns.settings, *columns.more_settings))
    cells |= {label_of_setting(name): settings[name] for name in columns.settings}
    if not columns.settings:
        cells[NAME] = row.trial.name
    state = to_leader(row)
    for name in columns.scores:
        figure = figure_of(row, name)
        cells[_label(name)] = figure.mean if figure else None
        if name == LIKED == columns.drawn:  # else it stands on the right: what tells rows apart comes first
            cells[RESTS_ON] = _rests_on(figure)
        if name == columns.drawn:
            colour = STATES.get(state, ("", GREY))[1]
            cells[columns.picture] = interval_picture(figure, columns.axis, colour)
    cells[LEADER] = [state]
    if columns.baseline is not None:
        cells[BASELINE] = to_baseline(row, columns.baseline)
    cells[COST] = search.cost_per_1k_questions if search else None
    cells[MEDIAN] = search.seconds_p50 if search else None
    cells[TO_LEADER] = row.to_leader.mean if row.to_leader else None
    if columns.baseline is not None:
        cells[TO_BASELINE] = row.to_baseline.mean if row.to_baseline else None
    if LIKED in columns.scores:
        cells.setdefault(RESTS_ON, _rests_on(figure_of(row, LIKED)))
    if columns.constraints:
        cells[CONSTRAINTS] = "yes" if row.feasible else "no: " + "; ".join(row.broken)
    for name in columns.scores if columns.holdout else ():
        held = row.holdout.scores.get(name) if row.holdout else None
        cells[f"{_label(name)}, held out"] = held.mean if held else None
    cells |= {label_of_setting(name): settings[name] for name in columns.more_settings}
    cells["95th percentile, s"] = search.seconds_p95 if search else None
    cells["Tokens per answer"] = search.tokens_per_answer if search else None
    cells[GIVEN] = search.passage_tokens_per_answer if search else None
    cells["Answers"] = search.answers if search else 0
    cells["Failed"] = search.failed_answers if search else 0
    if columns.failures:
        cells["Why failed"] = "; ".join(f"{f.count} × {f.error}" for f in row.failures)
    cells["👍"], cells["👎"] = row.up, row.down
    if columns.defects:
        cells[DEFECTS] = "; ".join(row.remarks)
    if columns.blind:
        cells[BLIND] = preferred_text(row.preferred)
    cells.setdefault(NAME, row.trial.name)
    return cells


def _rests_on(figure: Figure | None) -> str:
    """Return for example "0.61–0.80, 12 ratings": the interval, and the ratings of the row's own answers."""
    if figure is None or figure.mean is None:
        return ""
    return f"{mean_text(figure)[1]}, {counted(figure.count, 'rating')}"


def column_config(rows: Sequence[LeaderboardRow], columns: Columns) -> dict[str, Any]:
    """Return how each column is drawn."""
    return _settings_config(columns) | _scores_config(columns) | _states_config(rows) | _usual_config(rows)


def _settings_config(columns: Columns) -> dict[str, Any]:
    return {
        label_of_setting(name): st.column_config.Column(
            width=WIDTHS.get(name, USUAL_WIDTH), help=label_of_setting(name, unit=True)
        )
        for name in (*columns.settings, *columns.more_settings)
    }


def _scores_config(columns: Columns) -> dict[str, Any]:
    number, config = st.column_config.NumberColumn, {}
    for name in columns.scores:
        what = f"{score_entry(name).help} The mean over the selection questions."
        config[_label(name)] = number(help=what, width=74, format="%.3f")
        what = (
            f"{score_entry(name).help} The mean over the held-out questions, which had no part in the "
            f"selection."
        )
        config[f"{_label(name)}, held out"] = number(help=what, format="%.3f")
    low, high = f"{columns.axis.low:g}", f"{columns.axis.high:g}"
    config[columns.picture] = st.column_config.ImageColumn(
        label=f"{low}{BETWEEN_ENDS}{high}",
        width=104,
        help=f"{_label(columns.drawn)} from {low} at the left to {high} at the right. The tick is the "
        "mean, the band its 95 % interval, the dashed line the leader's mean. Green is tied with the "
        "leader, orange is worse.",
    )
    return config


def _difference_format(rows: Sequence[LeaderboardRow]) -> str:
    """Return a format with three decimals; for differences that would all be zero, two significant digits."""
    found = [c.mean for row in rows for c in (row.to_leader, row.to_baseline) if c and c.mean is not None]
    largest = max(map(abs, found), default=0.0)
    return "%+.2g" if 0 < largest < 0.0005 else "%+.3f"


def _states_config(rows: Sequence[LeaderboardRow]) -> dict[str, Any]:
    theme = st.context.theme.type
    colours = {state: TINTS[tint].colours(theme).background for state, (tint, _) in STATES.items()}
    states = partial(st.column_config.MultiselectColumn, options=list(STATES))
    against = colours | {
        "tied": colours["baseline"]
    }  # to be tied with the leader is good, with the baseline not
    than = "on the same questions, corrected for all pairs of configurations. More: docs/statistics.md"
    return {
        LEADER: states(
            width=64, color=list(colours.values()),
            help=f"tied: no significant difference from the leader {than}",
        ),
        BASELINE: states(
            width=78, color=list(against.values()),
            help=f"tied: no significant difference from the baseline {than}",
        ),
        **dict.fromkeys(
            (TO_LEADER, TO_BASELINE), st.column_config.NumberColumn(format=_difference_format(rows))
        ),
    }  # fmt: skip


def _usual_config(rows: Sequence[LeaderboardRow]) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "Rank": number("#", width=34, pinned=True, help="Rank"),
        COST: number(
            format=_money_format(rows), width=68, help="What serving 1,000 questions with this configuration "
            "costs, in dollars; without indexing and judging",
        ),
        MEDIAN: number(format="%.2f", help="Median seconds per answer", width=64),
        "95th percentile, s": number(format="%.2f", help="Seconds: 95 % of the answers take less"),
        "Tokens per answer": number(format="%.0f"),
        GIVEN: number(
            format="%.0f", help="Mean number of tokens of the passages that retrieval gave to the model",
        ),
        RESTS_ON: text(
            width=136, help="The 95 % interval of the share liked, and how many thumbs and choices the "
            "configuration's own answers have. Scores and other configurations' ratings are used, too: "
            "docs/feedback.md",
        ),
        BLIND: text(
            help="Blind comparisons in Review: the share of decided ones that it won, their number, and "
            "Wilson's "
            "95 % interval", width=200,
        ),
        DEFECTS: text(
            help="Answers that were cut off, empty or looping, or contained chat-template marks; they are "
            "scored as they are. More: docs/models.md", width=260,
        ),
        NAME: text(width=305),
    }  # fmt: skip


def _money_format(rows: Sequence[LeaderboardRow]) -> str:
    """Return a format with digits enough for the highest cost, and none that only noise decides."""
    costs = [c for row in rows if row.search and (c := row.search.cost_per_1k_questions) is not None]
    highest = max(costs, default=0.0)
    if highest >= 1:
        return "$%.2f"
    return "$%.3f" if highest >= 0.01 or not highest else f"$%.{1 - math.floor(math.log10(highest))}f"
