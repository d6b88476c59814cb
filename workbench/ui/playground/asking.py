"""Remembers what the Playground was asked last, and decides which configuration a column is asked with now.
Knows nothing about how answers are shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from workbench.corpus.types import AskedQuestion
from workbench.ui.playground.column_files import to_file
from workbench.ui.playground.columns import ROLES, Knobs, asks_role
from workbench.ui.services import Services
from workbench.ui.widgets import address

ASKED = "playground.asked"
AGAIN = "again"  # the switch's name in the address


@dataclass
class Asked:
    """What *Ask* was clicked for last."""

    corpus: str
    question: AskedQuestion
    files: list[str] = field(default_factory=list)
    """The columns' experiment files as they were asked, by the columns' numbers; "" for one not asked."""


def get_asked() -> Asked | None:
    asked: Asked | None = st.session_state.get(ASKED)
    return asked


def ask_all(services: Services, corpus: str, question: AskedQuestion, tried: list[Knobs]) -> None:
    """Have every column asked as it is now."""
    files = [to_file(services, corpus, knobs) for knobs in tried]
    st.session_state[ASKED] = Asked(corpus, question, files)


def forget_column(number: int) -> None:
    """Take a column out of what was asked."""
    asked = get_asked()
    if asked is not None and number < len(asked.files):
        del asked.files[number]


def costs_money(services: Services, knobs: Knobs) -> bool:
    """Return whether asking with this column may cost money: it asks a served model that is not free."""
    if knobs["own"]:
        return not (knobs["own"].get("price") or {}).get("free")
    roles = [role for role in ROLES if asks_role(knobs, role)]
    embeddings = {knobs["embedding"], knobs["second_embedding"]}
    names = {knobs["model"], *embeddings, *(knobs[role] for role in roles)}
    asked = (stored.model for stored in services.catalogue.list_models() if stored.model.name in names)
    return any(not m.embedded and not (m.price and m.price.free) for m in asked)


def choose_again(services: Services, tried: list[Knobs]) -> bool:
    """Draw the switch. Until somebody uses it, it is off where a column may cost money, and on elsewhere."""
    key, usual = "playground.again", not any(costs_money(services, knobs) for knobs in tried)
    text = address.read(AGAIN)
    if text is not None:
        st.session_state["playground.again_chosen"] = {"1": True, "0": False}.get(text)
    chosen: bool | None = st.session_state.get("playground.again_chosen")
    st.session_state[key] = usual if chosen is None else chosen

    def keep() -> None:
        st.session_state["playground.again_chosen"] = bool(st.session_state[key])

    again = st.toggle(
        "Ask again when a setting changes",
        key=key,
        on_change=keep,
        help="Off by default if a column asks a paid model.",
    )
    chosen = st.session_state.get("playground.again_chosen")
    address.keep(AGAIN, "" if chosen is None else str(int(chosen)))
    return again


def file_to_ask(services: Services, number: int, knobs: Knobs, *, again: bool) -> tuple[str, bool]:
    """Return (the experiment file that a column is asked with, whether its settings have changed since).

    The file is empty for a column that was not asked yet.

    again: whether a changed column is asked again at once.
    """
    asked = get_asked()
    if asked is None:
        return "", False
    current = to_file(services, asked.corpus, knobs)
    asked.files.extend([""] * (number + 1 - len(asked.files)))
    if again:
        asked.files[number] = current
    return asked.files[number], asked.files[number] != current
