"""Sets up the app's window and navigation, and runs the requested page.
Knows nothing about what the pages show. Start it with `make app`."""

from pathlib import Path

import streamlit as st

UI = "workbench/ui"
# A file, because the browser would fetch a named icon from another host.
st.set_page_config(
    page_title="RAG Workbench", page_icon=str(Path(__file__).parent / UI / "icon.png"), layout="wide"
)
# In dark mode the primary colour works behind white text, but is too dark for the text of options and open
# tabs.
st.html(
    "<style>.block-container{padding:3.5rem 2rem 2rem}@media(prefers-color-scheme:dark)"
    "{button[data-selected=true] p,[role=tab][aria-selected=true] p{color:#90cdf4}}</style>"
)


def _page(name: str, icon: str, *, default: bool = False) -> st.Page:
    """Return the page in the folder `name`; the folder's name is also its URL path."""
    file = f"{UI}/{name}/page.py"
    return st.Page(file, title=name.capitalize(), icon=f":material/{icon}:", url_path=name, default=default)


page = st.navigation(
    {
        "Tune": [
            _page("home", "home", default=True),
            _page("experiments", "science"),
            _page("playground", "experiment"),
            _page("design", "tune"),
            _page("run", "play_circle"),
            _page("leaderboard", "leaderboard"),
            _page("compare", "compare_arrows"),
            _page("answers", "forum"),
            _page("review", "rate_review"),
        ],
        "Build with": [
            _page("prompts", "edit_note"),
            _page("models", "model_training"),
            _page("corpora", "folder_open"),
        ],
    }
)

# Imported late: on the first visit the sidebar is shown while these modules load.
from workbench.ui.session import show_flash  # noqa: E402
from workbench.ui.widgets import address  # noqa: E402

show_flash()
address.enter(page.url_path)
page.run()
