"""The conversation before the Playground's question: shown, edited, continued with an answer, begun anew.
Knows nothing about columns and how a question is answered."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.corpus.conversation import write_turns
from workbench.corpus.types import AskedQuestion, History, Turn
from workbench.ui.services import WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.earlier_turns import HELP, LABEL, PLACEHOLDER, read_written, show_earlier_turns

HISTORY = "playground.history"


def continue_after(history: Sequence[Turn]) -> None:
    """Have these turns stand before the question."""
    st.session_state[HISTORY] = write_turns(history)


def edit_conversation() -> str:
    """Draw what changes the turns before the question; return their text."""
    with st.popover(LABEL, icon=":material/forum:"):
        text = st.text_area(
            "The conversation before the question", key=HISTORY, height=160, width=460,
            placeholder=PLACEHOLDER, help=HELP, persist_state="session",
        )  # fmt: skip
        st.button(
            "New conversation", key="playground.anew", icon=":material/restart_alt:", disabled=not text,
            on_click=continue_after, args=((),),
        )  # fmt: skip
    return text or ""


def show_conversation(text: str) -> History | None:
    """Show the turns of the text, folded; return them. None for a text that cannot be read: its error is
    shown."""
    try:
        history = read_written(text.strip())
    except WorkbenchError as error:
        show_error(error)
        return None
    show_earlier_turns(history)
    return history


def offer_follow_up(number: int, asked: AskedQuestion, answer: str) -> None:
    """Draw the button that puts the question and this column's answer before the next question."""
    if not answer.strip():
        return
    turns = (*asked.history, Turn("user", asked.text), Turn("assistant", answer.strip()))
    st.button(
        "Ask a follow-up question", key=f"playground.follow_up.{number}", icon=":material/reply:",
        type="tertiary", on_click=_follow_up, args=(turns,),
    )  # fmt: skip


def _follow_up(turns: Sequence[Turn]) -> None:
    continue_after(turns)
    st.session_state["playground.question"] = ""
