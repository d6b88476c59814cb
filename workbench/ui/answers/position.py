"""Keeps which of the matching answers is shown, and moves to the next, the previous or any.
Knows nothing about filters but when they change."""

from __future__ import annotations

import streamlit as st

from workbench.ui.widgets import address

PLACE = "answers.n"  # counted from 1, as in the address


def find_position(count: int, content: str, *, by_address: bool) -> int:
    """Return the position of the answer to show, from 0.

    It is kept in the address, and goes back to the first answer when a person changes the filter.

    content: identifies the filter.
    by_address: whether the address was changed from outside, and so the position goes with the filter.
    """
    address.follow("n", PLACE, 1, lambda text: int(text) if text.isdecimal() else None)
    if st.session_state.setdefault("answers.filter", content) != content:
        st.session_state["answers.filter"] = content
        if not by_address:
            st.session_state[PLACE] = 1
    place: int = max(1, min(st.session_state[PLACE], count))
    st.session_state[PLACE] = place
    address.keep("n", str(place) if place > 1 else "")
    return place - 1


def go_to_position(at: int) -> None:
    """Show the answer at a position, from 0, in the next drawing."""
    st.session_state[PLACE] = at + 1


def show_moves(at: int, count: int) -> None:
    """Draw the buttons for the previous and the next answer, and the position between them."""
    st.button(
        "Previous", disabled=at == 0, key="answers.previous", icon=":material/chevron_left:", shortcut="p",
        help="The previous answer (key P)", on_click=go_to_position, args=(at - 1,),
    )  # fmt: skip
    st.markdown(f"**{at + 1:,}** of {count:,}", width="content")
    st.button(
        "Next", disabled=at >= count - 1, key="answers.next", icon=":material/chevron_right:", shortcut="n",
        help="The next answer (key N)", on_click=go_to_position, args=(at + 1,),
    )  # fmt: skip
