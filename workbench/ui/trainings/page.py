"""Page: trainings of model variants, each with its loss, cost and log; stop, resume, and start one.
Knows nothing about how a training runs: the worker does it."""

from __future__ import annotations

import streamlit as st

from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import run_page, show_error
from workbench.ui.trainings.jobs import is_active, show_table, show_training
from workbench.ui.trainings.starting import LISTED, show_form, show_progress
from workbench.ui.widgets import address
from workbench.ui.widgets.page_top import page_top

NONE = (
    "No trainings yet. Start one, or add one to the models of an experiment: the experiment trains the "
    "variant, then compares it with its parent."
)


def _list(services: Services) -> None:
    jobs = services.trainings.list_trainings()
    if not jobs:
        st.info(NONE)
        return
    names = {job.key: f"{job.name} ({job.key[:8]})" for job in jobs}
    left, right = st.columns([8, 5], gap="medium")
    with right:
        chosen = address.choose(
            st.selectbox, "Training", list(names), name="training", format_func=lambda key: names[key],
            label_visibility="collapsed",
        )  # fmt: skip
    was_active = any(map(is_active, jobs))

    @st.fragment(run_every="1s" if was_active else None)
    def table() -> None:
        now = services.trainings.list_trainings()
        if any(map(is_active, now)):
            services.worker.wake_worker()
        show_table(services, now)
        if was_active != any(map(is_active, now)):
            st.rerun()

    @st.fragment(run_every="1s" if was_active else None)
    def one() -> None:
        job = services.trainings.find_training(chosen)
        if job is not None:
            show_training(services, job)

    with left:
        table()
    with right:
        one()


def render(services: Services) -> None:
    page_top("Trainings")
    try:
        show_progress(services)
        listed, start = address.choose_tab([LISTED, "Start a training"])
        with listed:
            _list(services)
        with start:
            show_form(services)
    except WorkbenchError as error:
        show_error(error)


run_page(render)
