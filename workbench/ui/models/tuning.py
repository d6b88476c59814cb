"""Trains variants of the embedded answerer, and shows what a variant was trained on.
Knows nothing about training: the worker does it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.model import Model
from workbench.tuning.fine_tuning_report import tuning_lines
from workbench.ui.services import Services
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.waiting import ask, forget


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


def tune_variant(services: Services, answerers: list[str]) -> None:
    st.caption(
        "Trains a variant of the embedded answerer on this machine in seconds: on the train split of a "
        "corpus's questions (which experiments never ask), on people's thumbs, or on both."
    )
    with st.form("models.tune"):
        name = st.text_input("New variant's name", "embedded/mine")
        parent = st.selectbox("Tuned from", answerers)
        corpora = [c.name for c in services.corpora.list_corpora()]
        corpus = st.selectbox("Corpus", corpora, index=None, placeholder="none")
        from_ratings = st.checkbox("Also learn from thumbs")
        if st.form_submit_button("Train", type="primary"):
            forget("models.tuning")
            st.session_state["models.to_tune"] = {
                "name": name.strip(), "parent": parent, "corpus": corpus, "from_ratings": from_ratings,
            }  # fmt: skip
    payload = st.session_state.get("models.to_tune")
    if payload:
        reply = ask(services, "models.tuning", "tune", payload, doing="Training…")
        if reply.stale:
            return
        del st.session_state["models.to_tune"]
        if reply.result is not None:
            st.success(
                f"{as_label(reply.result['model'])} is trained on {reply.result['examples']} examples, "
                "and registered."
            )
            _show_metrics(reply.result["metrics"])
