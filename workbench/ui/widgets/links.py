"""Links and switches to other pages, with the parameters they need in the address.
Knows nothing about what pages show."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

PAGES = "workbench/ui"
NEW_CORPUS = {"corpus": "+new"}
"""The parameters with which the page Corpora begins a new corpus."""


def go_to(page: str, **query: str) -> NoReturn:
    st.switch_page(f"{PAGES}/{page}/page.py", query_params=query)


def link(page: str, label: str, icon: str, **query: str) -> None:
    st.page_link(f"{PAGES}/{page}/page.py", label=label, icon=f":material/{icon}:", query_params=query)
