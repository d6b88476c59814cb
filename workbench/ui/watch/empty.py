"""Says how a winner is served, where nothing has been served yet.
Knows nothing about serving."""

from __future__ import annotations

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets.links import link


def show_how_to_serve(services: Services) -> None:
    """Show the command that serves the winner exported last; without one, the way to one."""
    st.info(
        "Nothing is served yet. Once a winner answers other programs, this page shows every answer's "
        "grounding, what users think, what it costs and how long it takes, and raises an alarm when one of "
        "them gets worse."
    )
    commands = services.watching.find_commands()
    if commands is None:
        st.markdown("First export a winner: *Export the winner* on the page Results.")
        link("results", "Results", "trophy")
        return
    st.markdown("Serve the most recently exported winner, in the folder where the app was started:")
    st.code(commands.serve, language="bash", wrap_lines=True)
    st.markdown("Then ask it like any OpenAI-compatible server, or like this:")
    st.code(commands.curl, language="bash", wrap_lines=True)
