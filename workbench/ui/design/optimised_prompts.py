"""Offers to have a prompt improved after the search: an entry of the file with prompt, model and limits.
Knows nothing about how a prompt is improved."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.prompt_optimisation import DEFAULT_CALLS, DEFAULT_CELLS
from workbench.ui.design import draft
from workbench.ui.design.draft_values import IN_FILE
from workbench.ui.widgets.text import as_label

KEY = "design.optimise"


def offer_optimisation(prompts: list[str], models: list[str]) -> None:
    """Draw the choice of a prompt and of the model that reflects.

    prompts: the labels of prompts that can be improved.
    models: the names of chat models on a server.
    """
    with st.popover("Improve one", icon=":material/auto_fix_high:", type="tertiary", key="design.improve"):
        st.caption(
            "After the search, a model reads answers to train questions with their scores and writes "
            "better prompts. Each is checked on questions that it did not learn from. The best is compared "
            "with the original prompt on held-out questions."
        )
        if not prompts or not models:
            st.caption("It needs a prompt, and a chat model on a server. Register one on the Models page.")
            return
        st.selectbox("Prompt", prompts, key=f"{KEY}.from")
        st.selectbox("Model that reflects", models, key=f"{KEY}.model")
        with st.container(horizontal=True):
            st.number_input("Calls at most", 16, 100_000, DEFAULT_CALLS, key=f"{KEY}.calls", width=150)
            st.number_input("Settings to improve it for", 1, 20, DEFAULT_CELLS, key=f"{KEY}.cells", width=190)
            st.number_input("Dollars at most (0: none)", 0.0, format="%.4g", key=f"{KEY}.usd", width=190)
        st.button("Add", type="primary", key=f"{KEY}.add", on_click=_add)


def _add() -> None:
    chosen = {name: st.session_state[f"{KEY}.{name}"] for name in ("from", "model", "calls", "cells", "usd")}
    settings: dict[str, Any] = {name: chosen[name] for name in ("from", "model", "calls", "cells")}
    if chosen["usd"]:
        settings["budget_usd"] = chosen["usd"]
    label = f"optimise {chosen['from']}{IN_FILE}"
    draft.put("inline", {**draft.get("inline", {}), label: {"optimise": settings}})
    draft.put("prompts", list(dict.fromkeys([*(draft.get("prompts") or []), label])))


def describe_optimisation(label: str, entry: dict[str, Any]) -> str:
    """What such an entry says, as Markdown."""
    settings = entry["optimise"]
    start, model = settings["from"], settings["model"]
    names = [one if isinstance(one, str) else one["name"] for one in (start, model)]
    limits = [f"at most {settings.get('calls', DEFAULT_CALLS)} calls"]
    limits += [f"${settings['budget_usd']:g}"] if settings.get("budget_usd") else []
    said = f"{as_label(names[0])} is improved by {as_label(names[1])}"
    return f"**{as_label(label)}**: {said}, {', '.join(limits)}"
