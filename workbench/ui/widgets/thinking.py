"""Shows what a model wrote for itself before it answered, folded away.
Knows nothing about the answer."""

from __future__ import annotations

import streamlit as st

from workbench.ui.widgets.text import show_text


def show_thinking(text: str, tokens: int) -> None:
    """Show the thinking in a closed expander; nothing where there is none.

    tokens: how many tokens it took; 0 where that is not known.
    """
    if not text:
        return
    counted = f" · {tokens:,} tokens" if tokens else ""
    with st.expander(f"Thinking{counted}", icon=":material/psychology:"):
        show_text(text, small=True)
