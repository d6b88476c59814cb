"""Draws a small heading with facts beside it, on one line.
Knows nothing about what stands below it."""

from __future__ import annotations

import streamlit as st


def heading(title: str, facts: str = "") -> None:
    """Draw the heading of a part of a page.

    facts: Markdown, in the small type of captions.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title, anchor=False, width="content")
        if facts:
            st.caption(facts, width="content")
