"""Offers a configuration as a file that runs elsewhere, and shows the command that asks it.
Knows nothing about how the file is written or named: the worker does it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.formatting import counted
from workbench.ship.winner_commands import BASE
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask, forget

NOT_THE_WINNER = "It is not the winner of this experiment."
# (experiment, trial, whether it is the winner) that is being exported; while it is set, the dialog is open.
EXPORTING = f"{address.DIALOG}export"


def offer_export(record: ExperimentRecord, row: LeaderboardRow, *, is_winner: bool, key: str) -> None:
    """Draw the button that exports a row.

    is_winner: whether it is the winner of a finished experiment. Only then is the button a primary one.
    """
    kind: Literal["primary", "secondary"] = "primary" if is_winner else "secondary"
    st.button(
        "Export the winner" if is_winner else "Export this one",
        type=kind,
        key=key,
        icon=":material/download:",
        help=None if is_winner else f"It can be exported as it is. {NOT_THE_WINNER}",
        on_click=_begin,
        args=(record.id, row.trial.id, is_winner),
    )


def _begin(experiment_id: str, trial_id: str, is_winner: bool) -> None:
    forget("results.winner")
    st.session_state[EXPORTING] = (experiment_id, trial_id, is_winner)


def _end() -> None:
    st.session_state.pop(EXPORTING, None)
    forget("results.winner")


def show_export(services: Services, record: ExperimentRecord) -> None:
    """Draw the dialog, if a configuration of this experiment is being exported."""
    experiment_id, trial_id, is_winner = st.session_state.get(EXPORTING, ("", "", False))
    if experiment_id == record.id:
        _show(services, {"experiment": record.id, "trial": trial_id, "is_winner": is_winner})


@st.dialog("Export", width="medium", on_dismiss=_end)
def _show(services: Services, payload: dict[str, object]) -> None:
    keeps = st.checkbox(
        "Keep questions for later checks",
        value=True,
        key="results.export_canaries",
        help="Up to 40 held-out questions with their reference answers and the answers they got: `check` "
        "asks them again to see whether anything changed. Without them, the file contains no question texts.",
    )
    if not keeps:
        payload = payload | {"canaries": 0}
    reply = ask(services, "results.winner", "export", payload, doing="Writing the file…")
    if reply.result is None or reply.stale:
        return
    path = Path(reply.result["path"])
    st.success(f"Written to {as_markdown(str(path))}")
    if kept := reply.result["canaries"]:
        st.caption(f"It keeps {counted(kept, 'question')} with their answers.")
    if not payload["is_winner"]:
        st.caption(f"{NOT_THE_WINNER} The file says what its figures are based on.")
    st.caption("Ask it on the command line, in the folder where the app was started:")
    st.code(reply.result["command"], language="bash", wrap_lines=True)
    with st.expander("Serve it, compare it with another, check it later"):
        _show_commands(services, path)
    st.download_button(
        "Download the YAML", reply.result["yaml"], path.name, "application/yaml", key="results.download",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _show_commands(services: Services, winner: Path) -> None:
    commands = services.watching.commands_of(winner)
    st.caption("Serve it to other programs; the page Watch then shows how it performs:")
    st.code(commands.serve, language="bash", wrap_lines=True)
    which = (
        f"Put the file of the winner that you serve today in the place of {BASE}"
        if commands.base == BASE
        else f"{commands.base} was exported before it"
    )
    st.caption(as_markdown(f"Test that it is not worse than another winner. {which}:"))
    st.code(commands.gate, language="bash", wrap_lines=True)
    st.caption("Re-ask its canary questions later, to see whether it still answers as before:")
    st.code(commands.check, language="bash", wrap_lines=True)
