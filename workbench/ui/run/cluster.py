"""Shows who carries an experiment out, where several processes do, and what they log.
Knows nothing about how work is shared out."""

from __future__ import annotations

import streamlit as st

from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.cluster_members import show_log, show_members
from workbench.ui.widgets.links import link


def show_cluster(services: Services, record: ExperimentRecord) -> None:
    """Show the coordinator, its workers and their logs; of a run that ended early on a cluster the logs.
    Nothing where one process does all."""
    members = services.experiments.list_cluster_members(record.id)
    at_work = any(member.role == "worker" for member in members)
    if not at_work and (record.state == "done" or not record.progress.get("cluster")):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Cluster", anchor=False, width="content")
        link("cluster", "All workers", "lan")
    if at_work:
        show_members(members)
    show_log(services, members, f"run.log.{record.id}")
