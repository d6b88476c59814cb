"""Creates the services once for all sessions, and shows errors that a person can fix.
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
    """Return the app's services; other folders in the environment give another instance."""
    return _services(load_settings())


def show_error(error: WorkbenchError) -> None:
    st.error(as_markdown(error.message) + (f"\n\n{as_markdown(error.hint)}" if error.hint else ""))


def show_broken_files(services: Services) -> None:
    """Show what is wrong with prompts.yaml and models.yaml."""
    for error in services.broken_files():
        st.warning(as_markdown(f"{error.message}\nThis file is ignored until it is corrected."))


@cache
def _freeze_modules(_count: int) -> None:
    """Exclude the loaded modules from garbage collection, once for each number of modules.

    Modules stay as long as the server runs, and scanning them adds 0.15 s to every other drawing.
    """
    gc.collect()
    gc.freeze()


def run_page(render: Callable[[Services], None]) -> None:
    """Draw a page. A WorkbenchError is shown as a message; any other error goes to the log as a bug."""
    try:
        render(get_services())
        address.leave()
        _freeze_modules(len(sys.modules))
    except WorkbenchError as error:
        show_error(error)


def flash(message: str) -> None:
    """Show a message once, on the page that is drawn next."""
    st.session_state["flash"] = message


def show_flash() -> None:
    message = st.session_state.pop("flash", None)
    if message:
        st.toast(as_markdown(message))
