"""Shows the processes that work together, what each does, and the log of one of them.
Knows nothing about who they are: they come as a list."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.formatting import byte_size, duration
from workbench.results.cluster_members import ClusterMember
from workbench.ui.services import Services
from workbench.ui.session import show_error
from workbench.ui.widgets.data_table import data_table, height_of
from workbench.ui.widgets.text import show_code

ALL_HERE = "All workers on this machine, including those that have ended"
LOG_HEIGHT = 260  # pixels
MOST_ROWS = 12  # a table of more scrolls


def show_members(members: Sequence[ClusterMember], names: Mapping[str, str] | None = None) -> None:
    """Show a row for each process.

    names: experiment id → its name, for a table of several experiments; None where all work for one.
    """
    data_table(
        [
            {
                "Who": f"{one.role} {one.pid or one.name}",
                "Machine": one.host,
                **({} if names is None else {"Experiment": names.get(one.experiment, one.experiment) or "—"}),
                "At work on": one.work_in_words,
                "Answers": one.answers,
                "Memory": byte_size(one.memory_bytes) if one.memory_bytes else "—",
                "For": duration(max(0.0, time.time() - one.since)),
            }
            for one in members
        ],
        hide_index=True,
        height=height_of(len(members), MOST_ROWS),
        alt="The processes of the cluster",
    )


def show_log(services: Services, members: Sequence[ClusterMember], key: str) -> None:
    """Let a person choose a worker, and show the end of its log. Nothing is asked before one is chosen.

    key: of the choice, in the session.
    """
    workers = {one.in_words: one for one in members if one.role == "worker"}
    options = [*workers, *([ALL_HERE] if services.cluster.has_own_log() else [])]
    if not options:
        return
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)  # it has ended
    chosen = st.selectbox(
        "Log", options, index=None, key=key, placeholder="Show the log of a worker",
        label_visibility="collapsed", width=460,
    )  # fmt: skip
    if chosen is None:
        return
    try:
        here = chosen == ALL_HERE
        lines = services.cluster.read_own_log() if here else services.cluster.read_log(workers[chosen])
    except WorkbenchError as error:
        show_error(error)
        return
    if lines is None:
        st.caption("Fetching the log…")
        return
    with st.container(height=LOG_HEIGHT, autoscroll=True, key=f"{key}.lines"):
        show_code("\n".join(lines) or "Nothing is written yet.")
