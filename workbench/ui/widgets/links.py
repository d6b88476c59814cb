"""Links and switches to other pages, with the parameters they need in the address.
Knows nothing about what pages show."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

PAGES = "workbench/ui"
NEW_CORPUS = {"corpus": "+new"}
"""The parameters with which the page Corpora begins a new corpus."""


def go_to(page: str, **query: str) -> NoReturn:
    """Leave this page for another one."""
    _forget_fragments()
    st.switch_page(f"{PAGES}/{page}/page.py", query_params=query)


def link(page: str, label: str, icon: str, **query: str) -> None:
    st.page_link(f"{PAGES}/{page}/page.py", label=label, icon=f":material/{icon}:", query_params=query)


def _forget_fragments() -> None:
    """Refuse what the browser asks of this page's fragments from now on.

    It asks at intervals until it hears of the new page. Streamlit would serve such a late request after the
    new page is drawn, but under the old page's name. The browser would then clear the new page, which would
    stay blank ("Bad delta path index").
    """
    context = get_script_run_ctx()
    if context is not None:
        context.fragment_storage.clear()
