"""Reads what calls replied. Texts stored before thinking had a column are split when they are read.
Knows nothing about queries: a row's columns go in."""

from __future__ import annotations

from typing import Any

from sqlmodel import col

from workbench.replies.thinking import SplitReply, split_reply
from workbench.store.tables import CallRow


def read_reply(text: str, thinking: str | None) -> SplitReply:
    """The reply of a call. thinking: None for a row from before there was such a column.

    A finished row never changes, so an old one keeps its whole text and is split each time.
    """
    return split_reply(text) if thinking is None else SplitReply(text, thinking)


def answer_columns() -> tuple[Any, Any]:
    """The columns for `read_answer`: the text, and whether it is old. Thinking itself is not loaded."""
    return col(CallRow.text), col(CallRow.thinking).is_(None)


def read_answer(text: str | None, is_old: bool) -> str:
    """The answer of a call, without thinking; "" where there is no call."""
    return split_reply(text).answer if text and is_old else text or ""
