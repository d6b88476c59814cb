"""Page: the schedulers and workers that experiments can use, what each does at present, and their logs.
Knows nothing about how work is shared out: it shows what schedulers and the store say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from workbench.formatting import counted
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import run_page, show_error
from workbench.ui.widgets.cluster_members import show_log, show_members
from workbench.ui.widgets.links import link
from workbench.ui.widgets.page_top import page_top
from workbench.ui.widgets.text import as_label, as_markdown

if TYPE_CHECKING:
    from workbench.cluster.cluster_status import ClusterStatus, SchedulerStatus

NONE = (
    "No cluster is configured, and you do not need one: a single process runs experiments. To use several "
    "processes, set WORKBENCH_CLUSTER to local:4 (four workers on this machine) or to the address of a Dask "
    "scheduler, and restart the app."
)
AT_EACH_RUN = (
    "WORKBENCH_CLUSTER is {}: each run starts its own workers on this machine. They appear here during the "
    "run."
)


def _scheduler(scheduler: SchedulerStatus) -> None:
    """Show whether a scheduler answers, and what to do where it is of no use."""
    address = as_markdown(scheduler.address)
    if scheduler.problem:
        st.error(as_markdown(scheduler.problem), icon=":material/lan:")
    elif not scheduler.workers:
        st.warning(
            f"The scheduler at {address} answers, but has no workers. A run waits a minute for one, then "
            "does the work itself.",
            icon=":material/lan:",
        )
    else:
        st.markdown(
            f":green[:material/lan:] The scheduler at **{address}** answers · "
            f"{counted(scheduler.workers, 'worker')} · {counted(scheduler.places, 'order')} at a time"
        )


def _status(services: Services, status: ClusterStatus) -> None:
    for scheduler in status.schedulers:
        _scheduler(scheduler)
    active = services.experiments.list_active_experiments()
    if status.members:
        show_members(status.members, {record.id: record.name for record in active})
    elif not status.schedulers:
        cluster = services.settings.cluster
        st.info(AT_EACH_RUN.format(as_markdown(cluster)) if cluster else NONE)
    for member in status.with_problem:
        st.warning(as_markdown(f"{member.in_words}: {member.problem}"))
    for member in status.with_other_code:
        told = f"It runs workbench {member.code}; this app runs {status.code}."
        st.warning(as_markdown(f"Runs of this app do not use {member.in_words}. {told}"))
    for record in active:
        link("run", as_label(record.name), "play_circle", experiment=record.id)


def render(services: Services) -> None:
    page_top("Cluster")

    @st.fragment(run_every="2s")
    def live() -> None:
        try:
            status = services.cluster.get_status()
            if status is None:
                st.caption("Asking the scheduler…")
                return
            _status(services, status)
            show_log(services, status.members, "cluster.log")
            st.caption(as_markdown(f"Store: {services.store.address} · workbench {status.code}"))
        except WorkbenchError as error:
            show_error(error)

    live()


run_page(render)
