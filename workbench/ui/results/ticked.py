"""Offers what can be done with the rows that are ticked: compare them, or make one the baseline.
Knows nothing about the table they are ticked in."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label

MOST_COMPARED = 6
UNDO = "results.baseline.undo"  # (experiment, the baseline chosen before, or None for the file's)


def offer_actions(
    services: Services, record: ExperimentRecord, ticked: Sequence[LeaderboardRow], baseline: str | None
) -> None:
    """Draw the actions on one line; nothing without ticked rows.

    baseline: the id of the baseline's trial.
    """
    _offer_undo(services, record)
    if len(ticked) == 1:
        [row] = ticked
        st.button(
            "Make it the baseline", key="results.baseline", icon=":material/flag:",
            disabled=row.trial.id == baseline, on_click=_choose, args=(services, record, row.trial.id),
            help="The baseline is what you run today: every configuration is compared with it.",
        )  # fmt: skip
        if baseline not in (None, row.trial.id):
            pair = f"{baseline},{row.trial.id}"
            link("compare", "Compare with the baseline", "compare_arrows", experiment=record.id, trials=pair)
    elif 1 < len(ticked) <= MOST_COMPARED:
        ids = ",".join(row.trial.id for row in ticked)
        link("compare", f"Compare these {len(ticked)}", "compare_arrows", experiment=record.id, trials=ids)
    elif ticked:
        st.caption(f"{len(ticked)} ticked; up to {MOST_COMPARED} can be compared.", width="content")


def _choose(services: Services, record: ExperimentRecord, trial_id: str) -> None:
    services.results.set_baseline(record.id, trial_id)
    st.session_state[UNDO] = (record.id, record.baseline)


def _offer_undo(services: Services, record: ExperimentRecord) -> None:
    experiment_id, before = st.session_state.get(UNDO, ("", None))
    if experiment_id != record.id:
        return
    trial = services.results.find_trial(record.baseline) if record.baseline else None
    st.caption(f"Baseline: {as_label(trial.name, 40)}" if trial else "Baseline changed", width="content")
    st.button("Undo", key="results.undo", type="tertiary", on_click=_undo, args=(services, record.id, before))


def _undo(services: Services, experiment_id: str, before: str | None) -> None:
    services.results.set_baseline(experiment_id, before)
    del st.session_state[UNDO]
