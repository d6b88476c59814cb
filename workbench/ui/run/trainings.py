"""Shows the trainings of a run: a line each, and the loss curve of the one that goes on.
Knows nothing about how a training runs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.results.training_words import training_words
from workbench.ui.services import Services
from workbench.ui.widgets.links import link
from workbench.ui.widgets.loss_curve import loss_curve
from workbench.ui.widgets.text import as_markdown

CURVE_HEIGHT = 90  # pixels
MOST_LINES = 6


def show_trainings(services: Services, status: dict[str, Any], *, active: bool) -> None:
    """Show how far the trainings are; nothing for an experiment without any."""
    trainings: dict[str, dict[str, Any]] = status["trainings"]
    if not trainings:
        return
    running = [name for name, training in trainings.items() if training["state"] == "running" and active]
    others = [name for name in trainings if name not in running]
    for name in running:
        training = trainings[name]
        share = training["step"] / training["steps"] if training["steps"] else 0.0
        left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
        left.progress(min(1.0, share), text=as_markdown(training_words(name, training)))
        job = services.trainings.find_training(training["key"]) if training["key"] else None
        if job is not None:
            with right:
                loss_curve(job.losses, key=f"run.loss.{name}", steps=job.steps, height=CURVE_HEIGHT)
    lines = [training_words(name, trainings[name]) for name in others]
    more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    with st.container(horizontal=True, vertical_alignment="center"):
        if lines:
            st.caption(as_markdown(" · ".join([*lines[:MOST_LINES], *more])), width="content")
        link("trainings", "Trainings", "school")
