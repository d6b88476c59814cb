"""The app's router: page settings, navigation, and the page that is asked for.
Knows nothing about what pages show. Start it with `make app`."""

from pathlib import Path

import streamlit as st

UI = "workbench/ui"
# A file, not an icon's name: the browser would fetch that one from another machine.
st.set_page_config(
    page_title="RAG Workbench", page_icon=str(Path(__file__).parent / UI / "icon.png"), layout="wide"
)
# On dark grounds the primary colour bears white text, but is too dark to be text: of options, of open tabs.
st.html(
    "<style>.block-container{padding:3.5rem 2rem 2rem}@media(prefers-color-scheme:dark)"
    "{button[data-selected=true] p,[role=tab][aria-selected=true] p{color:#90cdf4}}</style>"
)


def _page(name: str, icon: str, *, default: bool = False) -> st.Page:
    """The page in the folder of that name; the folder's name is its address."""
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

# Not until here: at the first visit the sidebar is there while this is imported.
from workbench.ui.session import show_flash  # noqa: E402
from workbench.ui.widgets import address  # noqa: E402

show_flash()
address.enter(page.url_path)
page.run()
