"""Chooses what training data are made from, of which kind and for which trainer; shows their making.
Knows nothing about how they are made: the worker does."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.experiment_labels import experiment_labels
from workbench.ui.widgets.long_request import LongRequest
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.training_form import KINDS

HOME = "home"
FORMATS = {
    "trl": "TRL", "openai": "OpenAI", "axolotl": "Axolotl", "llama-factory": "LLaMA-Factory",
}  # fmt: skip


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    doing = (pieces.get("progress") or {}).get("doing", "")
    if doing:
        st.caption(as_markdown(f"{doing}…"))


_MAKING = LongRequest(
    name="training_data",
    kind="training_data",
    doing="Making training data…",
    stop_help="Nothing is written then. Embeddings are kept, so the next time is faster.",
    note="You can leave this page: the data will be made and listed here.",
    show_pieces=_show_pieces,
)


def make_new(services: Services) -> None:
    """Draw the form."""
    records = services.experiments.list_experiments()
    sources = experiment_labels(records) | {HOME: "Everything in this home"}
    columns = st.columns([4, 3, 2, 2])
    with columns[0]:
        source = address.choose(
            st.selectbox, "Made from", list(sources), name="experiment", default=next(iter(sources)),
            format_func=sources.__getitem__,
            help="An experiment's documents, prompts and retrievals, and the ratings about its documents.",
        )  # fmt: skip
    with columns[1]:
        kind = address.choose(
            st.selectbox, "Rows", list(KINDS), name="kind", default="sft", format_func=KINDS.__getitem__
        )
    with columns[2]:
        format = address.choose(
            st.selectbox, "For", list(FORMATS), name="format", default="trl", format_func=FORMATS.__getitem__
        )
    limit = columns[3].number_input(
        "Rows at most", 1, None, None, placeholder="no limit", key="training_data.limit"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        drop = st.checkbox(
            "Leave out personal data", key="training_data.drop",
            help="Rows with personal data in the question, earlier turns or answers.",
        )  # fmt: skip
        st.caption(
            "Made from train questions, which experiments never ask, and from ratings on other questions, "
            "such as a service's. Ratings of selection and held-out questions are for evaluation: nothing is "
            "trained on them."
        )
        payload = {
            "experiment": "" if source == HOME else source, "kind": kind, "format": format, "limit": limit,
            "drop_personal_data": drop,
        }  # fmt: skip
        st.button("Make", type="primary", key="training_data.make", on_click=_MAKING.begin, args=(payload,),
                  disabled=not records or _MAKING.is_running())  # fmt: skip
    if not records:
        st.info("There is no experiment yet, so there are no prompts. Design one first; you need not run it.")


def show_making(services: Services) -> bool:
    """Show how far what was asked for is, or why it ended without data; return whether it goes on."""
    if why := _MAKING.ending:
        st.error(why)
    return _MAKING.show(services, _take)


def _take(result: dict[str, Any], payload: dict[str, Any]) -> None:
    address.set_next("data", result["folder"])
