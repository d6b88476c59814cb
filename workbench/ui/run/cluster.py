"""Shows who carries an experiment out, where several processes do.
Knows nothing about how work is shared out."""

from __future__ import annotations

import time

import streamlit as st

from workbench.cluster.local_cluster import FOLDER, WORKERS_LOG
from workbench.formatting import byte_size, duration
from workbench.ui.services import Services
from workbench.ui.widgets.data_table import data_table


def show_cluster(services: Services, experiment_id: str) -> None:
    """Show the coordinator and its workers; nothing where one process does all."""
    members = services.experiments.list_cluster_members(experiment_id)
    if not any(member.role == "worker" for member in members):
        return
    st.subheader("Cluster")
    data_table(
        [
            {
                "Who": f"{member.role} {member.pid}",
                "Machine": member.host,
                "At work on": _doing(member.orders, is_alive=member.is_alive),
                "Answers": member.answers,
                "Memory": byte_size(member.memory_bytes) if member.memory_bytes else "—",
                "For": duration(time.time() - member.since),
            }
            for member in members
        ],
        hide_index=True,
        alt="The processes that carry the experiment out",
    )
    log = services.settings.home / FOLDER / WORKERS_LOG
    if log.is_file():
        st.caption(f"The log of the workers of this machine: `{log}`")


def _doing(orders: int | None, *, is_alive: bool) -> str:
    if not is_alive:
        return "not heard of"
    return "search and summaries" if orders is None else f"{orders} orders" if orders != 1 else "1 order"
