"""Shows what drafting with a model would take, before anything is spent.
Knows nothing about how a plan is made."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.results.progress_words import about
from workbench.space.model import Model
from workbench.ui.models.served_list import show_key_state
from workbench.ui.services import Services
from workbench.ui.widgets.figures import money_text
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import ask

PLAN = "questions.draft_plan"


def show_plan(services: Services, payload: dict[str, Any], model: Model) -> bool:
    """Show the plan of drafting with a model; return whether it can be drafted."""
    pairs = services.catalogue.find_unconfirmed(model)
    if pairs:
        st.warning(f"Parts of your documents are sent to {as_label(model.name)}. Allow its address first.")
        offer_trust(services, pairs, "questions.draft", lambda: None)
        return False
    if services.catalogue.key_is_set(model) is False:
        show_key_state(services, model)
        return False
    version = services.corpora.version_of(payload["corpus"])
    reply = ask(services, PLAN, "plan_drafts", payload, doing="Working out the plan…", version=version)
    _show_figures(reply.result)
    if reply.result is None:
        return False
    for note in reply.result["notes"]:
        st.caption(as_markdown(note))
    return not reply.stale


def _show_figures(plan: dict[str, Any] | None) -> None:
    """Show the figures, in the same places with and without a plan, so that nothing below moves."""
    calls = f"≤ {plan['calls']:,}" if plan else "—"
    price = "not known" if plan and plan["usd"] is None else f"≤ {money_text(plan['usd'])}" if plan else "—"
    time = about(plan["seconds"]) if plan and plan["seconds"] is not None else "not known" if plan else "—"
    with st.container(key="draft_figures", gap=None):
        for label, value in (("Model calls", calls), ("Price", price), ("Time", time)):
            st.metric(label, as_markdown(value))
