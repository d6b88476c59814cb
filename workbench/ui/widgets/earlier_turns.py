"""Shows the earlier turns of a follow-up question, folded away, and reads those that a person writes.
Knows nothing about questions and answers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from textwrap import shorten

import streamlit as st

from workbench.corpus.conversation import NAMES, earlier_question, read_turns, write_turns
from workbench.corpus.types import History, Turn
from workbench.formatting import counted
from workbench.ui.widgets.text import show_html

LABEL = "Earlier turns"
PLACEHOLDER = "User: How do I return a parcel?\nAssistant: Bring it to a shop."
HELP = (
    "The conversation before a follow-up question: each turn on a line that begins with “User:” or "
    "“Assistant:”. Empty for a standalone question."
)
LONGEST_SUMMARY = 90  # characters of what the user said last
LINES = 8  # of the conversation, before it scrolls


def show_earlier_turns(history: Sequence[Turn]) -> None:
    """Show the turns in a closed fold, in small type; nothing where there are none."""
    if not history:
        return
    turns = "\n".join(f"<b>{NAMES[turn.role]}:</b> {html.escape(turn.text)}" for turn in history)
    last = shorten(earlier_question(history), LONGEST_SUMMARY, placeholder=" …")
    summary = f"<summary>{counted(len(history), 'earlier turn')}, after “{html.escape(last)}”</summary>"
    box = f"<div class='wb-box' style='max-height:{1.5 * LINES}em' tabindex='0'>{turns}</div>"
    show_html(f"<details>{summary}{box}</details>", small=True)


def write_history(given: Sequence[Turn], key: str, *, height: int = 100) -> str:
    """Draw the field for a question's earlier turns, and return its text."""
    return st.text_area(
        LABEL, write_turns(given), key=key, height=height, placeholder=PLACEHOLDER, help=HELP
    ).strip()


def read_written(text: str, given: Sequence[Turn] = (), question: str = "") -> History:
    """The turns that the field's text holds. Raises QuestionError.

    given: the turns that the field began with, which stay exactly as they were where nobody changed them.
    """
    return tuple(given) if text == write_turns(given).strip() else read_turns(text or None, question).turns
