"""Shows what drafting would take, before anything is spent.
Knows nothing about how a plan is made."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.space.model import Model
from workbench.ui.models.served_list import show_key_state
from workbench.ui.services import Services
from workbench.ui.widgets.figures import cost_texts, time_texts
from workbench.ui.widgets.hosts import offer_trust
from workbench.ui.widgets.text import as_label, as_markdown
from workbench.ui.widgets.waiting import Reply, ask

PLAN = "questions.draft_plan"
BY_RULES = (
    "**Free, offline, usually within a minute.** Rules draft from headings, definitions, numbers, dates, "
    "names, tables and lists of English documents."
)


def show_plan(
    services: Services, payload: dict[str, Any], model: Model | None, figures: DeltaGenerator,
    notes: DeltaGenerator,
) -> tuple[bool, dict[str, int]]:  # fmt: skip
    """Show the plan; return whether it can be drafted, and document → how many drafts there would be of it.

    model: None for rules.
    figures, notes: the places above and below the button that has it drafted, which does not move.
    """
    if model is None:
        figures.markdown(BY_RULES)
    else:
        with notes:
            if not _may_be_asked(services, model):
                return False, {}
    with notes:
        reply = _ask(services, payload)
        for note in reply.result["notes"] if reply.result else ():
            st.caption(as_markdown(note))
    if model is None:
        return True, {}
    with figures:
        _show_figures(reply.result)
    if reply.result is None:
        return False, {}
    return not reply.stale, {row["document"]: row["after"] for row in reply.result["coverage"]}


def _ask(services: Services, payload: dict[str, Any]) -> Reply:
    version = services.corpora.version_of(payload["corpus"])
    return ask(services, PLAN, "plan_drafts", payload, doing="Computing the plan…", version=version)


def _may_be_asked(services: Services, model: Model) -> bool:
    """Whether the model may and can be sent parts of documents; if not, show what to do."""
    pairs = services.catalogue.find_unconfirmed(model)
    if pairs:
        st.warning(f"Parts of your documents are sent to {as_label(model.name)}. Allow its address first.")
        offer_trust(services, pairs, "questions.draft", lambda: None)
        return False
    if services.catalogue.key_is_set(model) is False:
        show_key_state(services, model)
        return False
    return True


def _show_figures(plan: dict[str, Any] | None) -> None:
    """Show the figures, in the same places with and without a plan, so that nothing below moves."""
    figures: list[tuple[str, str, str | None]] = [
        (name, "—", None) for name in ("Model calls", "Cost", "Time")
    ]
    if plan is not None:
        figures = [
            ("Model calls", f"about {plan['calls']:,}" if plan["calls"] else "0", None),
            ("Cost", *cost_texts(plan["usd"])),
            ("Time", *time_texts(plan["seconds"], [])),
        ]
    with st.container(key="draft_figures", gap=None):
        for label, value, below in figures:
            st.metric(
                label, as_markdown(value), as_markdown(below) if below else None, delta_color="off",
                delta_arrow="off",
            )  # fmt: skip
