"""Offers a configuration as a file that runs elsewhere, and shows the command that asks it.
Knows nothing about how the file is written or named."""

from __future__ import annotations

import streamlit as st

from workbench.analysis.leaderboard import LeaderboardRow
from workbench.errors import WorkbenchError
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.session import show_error
from workbench.ui.widgets.text import as_markdown


def offer_export(
    services: Services, record: ExperimentRecord, row: LeaderboardRow, *, is_winner: bool, key: str
) -> None:
    """Draw the button that exports a row.

    is_winner: whether it is the experiment's winner. Only then the button is the page's first choice.
    """
    label = "Export the winner" if is_winner else "Export this one"
    kind = "primary" if is_winner else "secondary"
    help_text = None if is_winner else "It is exported as it is; it is not the winner of a finished experiment."
    if st.button(label, type=kind, key=key, icon=":material/download:", help=help_text):  # type: ignore[arg-type]
        _show_export(services, record, row, is_winner)


@st.dialog("Export", width="medium")
def _show_export(
    services: Services, record: ExperimentRecord, row: LeaderboardRow, is_winner: bool
) -> None:
    try:
        exported = services.export_trial(record.id, row.trial.id, is_winner=is_winner)
    except WorkbenchError as error:
        show_error(error)
        return
    st.success(f"Written to {as_markdown(str(exported.path))}")
    if not is_winner:
        st.caption("This is not the winner of a finished experiment: the file says what its figures rest on.")
    st.caption("Ask it from the command line, in the folder where the app was started:")
    st.code(exported.command, language="bash", wrap_lines=True)
    st.download_button(
        "Download the YAML", exported.yaml, exported.path.name, "application/yaml",
        key="results.download", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
