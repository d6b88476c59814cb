"""Opens the services once for all sessions, and shows errors that a person can act on.
Knows nothing about any page."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import cache

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.settings import Settings, load_settings
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.text import as_markdown


@st.cache_resource(show_spinner=False)
def _services(settings: Settings) -> Services:
    return Services(settings)


def get_services() -> Services:
    """The app's services; other folders in the environment give others."""
    return _services(load_settings())


def show_error(error: WorkbenchError) -> None:
    st.error(as_markdown(error.message) + (f"\n\n{as_markdown(error.hint)}" if error.hint else ""))


@cache
def _settle(_modules: int) -> None:
    """Take what has been loaded out of the garbage collector's sight, after the drawing that loaded it:
    modules stay as long as the server does, and to go through them all costs every other drawing 0.15 s."""
    gc.collect()
    gc.freeze()


def run_page(render: Callable[[Services], None]) -> None:
    """Draw a page. What a person can mend is shown in words; a bug goes its way to the log."""
    try:
        render(get_services())
        address.leave()
        _settle(len(sys.modules))
    except WorkbenchError as error:
        show_error(error)


def flash(message: str) -> None:
    """Say something once, on the page that is drawn next."""
    st.session_state["flash"] = message


def show_flash() -> None:
    message = st.session_state.pop("flash", None)
    if message:
        st.toast(as_markdown(message))
