"""Shows what a variant was trained on, and leads to where variants are trained.
Knows nothing about training."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.model import Model
from workbench.tuning.fine_tuning_report import tuning_lines
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, show_text


def show_training(model: Model) -> None:
    """Show what a tuned embedded answerer was trained on."""
    record = (model.variant or {}).get("trained_on")
    if not isinstance(record, dict):
        return
    st.caption(
        f"Trained {as_label(str(record.get('trained_at')))} on {as_label(str(record.get('description')))}, "
        f"data {as_label(str(record.get('data_sha256'))[:12])}"
    )
    with st.expander("Before and after, by cross-validation on its training questions"):
        metrics = record.get("metrics")
        _show_metrics(metrics if isinstance(metrics, dict) else {})


def _show_metrics(metrics: dict[str, Any]) -> None:
    """Show the metrics of a training; those of a variant trained elsewhere may be incomplete, and are shown
    raw."""
    try:
        show_text("\n".join(tuning_lines(metrics)), small=True)
    except (KeyError, TypeError):
        st.json(metrics, expanded=False)


def lead_to_trainings() -> None:
    """Say where variants are trained, and lead there."""
    st.markdown(
        "A variant learns from ratings, from better answers, and from a corpus's train questions. Train "
        "one on the page *Trainings*, or let an experiment do it: on the Design page, *Train a "
        "variant* adds it to the models, and the run compares it with its parent."
    )
    with st.container(horizontal=True):
        link("trainings", "Start a training", "school", tab="Start a training")
        link("design", "Design an experiment", "tune")
