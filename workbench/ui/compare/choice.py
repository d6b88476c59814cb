"""Chooses the configurations that are compared: the first is the baseline.
Knows nothing about how they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.store.records import ExperimentRecord, TrialRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address

MOST_TRIALS = 24
USUAL_TRIALS = 6
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWX"


def usual_trials(rows: Sequence[LeaderboardRow], baseline: str | None) -> list[str]:
    """Return the baseline, the leader and the next few. The rows are in order of rank."""
    return _after(baseline, (row.trial.id for row in rows), rows)[:USUAL_TRIALS]


def tied_trials(rows: Sequence[LeaderboardRow], baseline: str | None) -> list[str]:
    """Return the baseline and all that are tied with the leader, as many as can be compared at once."""
    return _after(baseline, (row.trial.id for row in rows if row.tied), rows)[:MOST_TRIALS]


def _after(baseline: str | None, others: Iterable[str], rows: Sequence[LeaderboardRow]) -> list[str]:
    """Return the baseline, where it has answers, and the others."""
    first = [row.trial.id for row in rows if row.trial.id == baseline]
    return list(dict.fromkeys([*first, *others]))


def set_trials(trial_ids: Sequence[str]) -> None:
    """Have the next drawing compare these; to be called when a person chose them by something else."""
    address.set_next("trials", ",".join(trial_ids))


def make_baseline(trial_ids: Sequence[str], trial_id: str) -> None:
    """Have the next drawing compare the others with this one, which changes places with the first."""
    ids = list(trial_ids)
    at = ids.index(trial_id)
    ids[0], ids[at] = ids[at], ids[0]
    set_trials(ids)


def choose_trials(services: Services, record: ExperimentRecord) -> list[TrialRecord]:
    """Draw the choice, which is behind a button; return the configurations, the baseline first."""
    rows = [row for row in services.results.get_ranking(record.id) if row.search]
    if not rows:
        return []
    names = {row.trial.id: f"{row.rank or '—'}. {row.trial.name}" for row in rows}
    trials = {row.trial.id: row.trial for row in rows}
    baseline = services.results.get_baseline(record.id)
    usual = usual_trials(rows, baseline)
    with st.popover("Configurations", icon=":material/checklist:", width=160):
        chosen = address.choose_several(
            "Configurations", list(trials), name="trials",
            default=usual, format_func=names.__getitem__, max_selections=MOST_TRIALS, wrap=True, width=620,
            help=f"At most {MOST_TRIALS}. The first is the baseline, which the others are compared with.",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.button(
                "Baseline, leader and runners-up", key="compare.usual", on_click=set_trials, args=(usual,)
            )
            tied = tied_trials(rows, baseline)
            st.button(
                f"Baseline and all tied with the leader ({sum(row.tied for row in rows):,})",
                key="compare.tied", on_click=set_trials, args=(tied,), disabled=len(tied) < 2,
            )  # fmt: skip
    if len(chosen) > 1:
        st.button(
            "Swap A and B", key="compare.exchange", icon=":material/swap_horiz:", on_click=make_baseline,
            args=(chosen, chosen[1]), help="B becomes the baseline.",
        )  # fmt: skip
    return [trials[t] for t in chosen]
