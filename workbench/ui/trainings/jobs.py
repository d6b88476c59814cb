"""Draws the list of trainings, and one of them: state, loss curve, cost, log, stop and resume.
Knows nothing about how a training runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from workbench.formatting import counted
from workbench.results.training_words import STATES, loss_words, step_words
from workbench.store.learning.tuning_jobs import DONE, FAILED, RUNNING, STOPPED, WAITING, TuningJob
from workbench.tuning.fine_tuning_report import tuning_lines
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import flash, show_error
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.figures import ago, seconds_text, spent_text
from workbench.ui.widgets.links import link
from workbench.ui.widgets.loss_curve import loss_curve
from workbench.ui.widgets.text import as_label, as_markdown, show_text
from workbench.ui.widgets.training_form import KINDS

IN_SIGHT = 12
SIGNS = {DONE: "✓", RUNNING: "▸", WAITING: "…", STOPPED: "■", FAILED: "✗"}


def is_active(job: TuningJob) -> bool:
    return job.state in (RUNNING, WAITING)


def show_table(services: Services, jobs: list[TuningJob]) -> None:
    shared = services.trainings.find_shared_names(jobs)
    rows = [
        {
            "Model": job.name,
            "State": f"{SIGNS.get(job.state, '')} {STATES.get(job.state, job.state)}",
            "Reached": ", ".join(filter(None, (step_words(job.step, job.steps), loss_words(job.loss)))),
            "Time": seconds_text(job.seconds),
            "Cost": cost_text(job),
            "Begun": ago(job.created_at),
            "Parent": job.tuning["parent"]["name"],
            "Recipe": job.tuning["recipe"],
            **({"Name": shared.get(job.key, "")} if shared else {}),
        }
        for job in jobs
    ]
    data_table(
        rows,
        hide_index=True,
        height=height_of(len(rows), IN_SIGHT),
        row_height=ROW_HEIGHT,
        column_config={
            "Model": st.column_config.TextColumn(width=200, pinned=True),
            "State": st.column_config.TextColumn(width=80),
        },
        alt="Trainings, newest first",
    )


def cost_text(job: TuningJob) -> str:
    return "—" if job.cost_usd is None else spent_text(job.cost_usd)


def show_training(services: Services, job: TuningJob) -> None:
    """Show one training, with what can be done about it."""
    settings = [f"{name} {value}" for name, value in job.tuning.get("settings", {}).items()]
    data = job.tuning.get("data", {})
    st.markdown(f"**{as_label(job.name)}** from {as_label(job.tuning['parent']['name'])}")
    facts = [job.tuning["recipe"], *settings, KINDS.get(data.get("kind", "sft"), "")]
    facts += [counted(job.rows, "row")] if job.rows else []
    facts += [f"data {job.data_sha256[:12]}"] if job.data_sha256 else []
    facts += [seconds_text(job.seconds), cost_text(job)]
    st.caption(as_markdown(" · ".join(filter(None, facts))))
    reached = ", ".join(filter(None, (step_words(job.step, job.steps), loss_words(job.loss))))
    if job.state == FAILED:
        st.error(as_markdown(job.message))
    elif is_active(job) and job.steps:
        st.progress(min(1.0, job.step / job.steps), text=as_markdown(reached))
    elif job.message:
        st.caption(as_markdown(job.message))
    if shared := services.trainings.find_shared_names([job]).get(job.key):
        st.warning(as_markdown(f"{shared} Give this one another name to keep both."))
    if job.losses or is_active(job):
        loss_curve(job.losses, key=f"trainings.loss.{job.key}", steps=job.steps)
    _buttons(services, job)
    _metrics(job)
    with st.expander("Log"):
        show_text(services.trainings.read_log(job) or "Nothing is written yet.", small=True)
    if job.result:
        with st.expander("What was made, and how it is served"):
            st.json(job.result, expanded=False)


def _metrics(job: TuningJob) -> None:
    """Show what the recipe reported; of an embedded answerer, what changed on its train questions."""
    with suppress(KeyError, TypeError):
        show_text("\n".join(tuning_lines(job.metrics)), small=True)
        return
    figures = [f"{name} {value:.3g}" for name, value in job.metrics.items() if isinstance(value, int | float)]
    if figures:
        st.caption(as_markdown(" · ".join(figures)))


def _buttons(services: Services, job: TuningJob) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if job.state == RUNNING:
            st.button(
                "Stop", key="trainings.stop", icon=":material/stop_circle:", disabled=job.stop_requested,
                on_click=_stop, args=(services, job.key),
                help="It stops within seconds, and can be resumed from its last checkpoint.",
            )  # fmt: skip
        if job.state in (STOPPED, FAILED):
            st.button(
                "Resume" if job.step else "Try again", type="primary", key="trainings.resume",
                icon=":material/play_arrow:", on_click=_resume, args=(services, job.key),
            )  # fmt: skip
        if job.state == DONE:
            link("models", "The model", "model_training", model=job.name)
            link("design", "Compare it with its parent", "tune", training=job.key)
        if job.state not in (RUNNING, WAITING):
            with st.popover("More", icon=":material/more_horiz:"):
                _more(services, job)


def _more(services: Services, job: TuningJob) -> None:
    """Draw what changes the training itself: its name, and deleting it."""
    key = f"trainings.{job.key[:16]}"
    name = st.text_input("Name of the model", job.name, key=f"{key}.name").strip()
    if st.button("Rename", key=f"{key}.rename", disabled=name in ("", job.name)):
        _do(lambda: services.trainings.rename(job.key, name), f"The model is called {name} now.")
    sure = st.checkbox("Delete it, its files and its models permanently", key=f"{key}.sure")
    if sure:
        try:
            st.caption(as_markdown(services.trainings.plan_deletion(job.key).in_words()))
        except WorkbenchError as error:
            show_error(error)
            return
    if st.button("Delete", key=f"{key}.delete", disabled=not sure, icon=":material/delete:"):
        _do(lambda: services.trainings.delete(job.key), f"The training of {job.name} is deleted.")


def _do(change: Callable[[], None], done: str) -> None:
    """Carry out a change and draw the page again; an error is said in place."""
    try:
        change()
    except WorkbenchError as error:
        show_error(error)
        return
    flash(done)
    st.rerun()


def _stop(services: Services, key: str) -> None:
    try:
        services.trainings.stop(key)
    except WorkbenchError as error:
        show_error(error)


def _resume(services: Services, key: str) -> None:
    services.trainings.resume(key)
