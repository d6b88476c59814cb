"""Sets up the app's window and navigation, and runs the requested page.
Knows nothing about what the pages show. Start it with `make app`."""

from pathlib import Path

import streamlit as st

UI = "workbench/ui"
SIDEBAR = 216  # pixels: its longest name and no more
# A file, because the browser would fetch a named icon from another host.
ICON = str(Path(__file__).parent / UI / "icon.png")
st.set_page_config(page_title="RAG Workbench", page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR)
st.html(Path(__file__).parent / UI / "layout.css")
st.logo(str(Path(__file__).parent / UI / "wordmark.svg"), size="large", icon_image=ICON)


def _page(name: str, icon: str, *, default: bool = False, listed: bool = True) -> st.Page:
    """Return the page in the folder `name`; the folder's name is also its URL path.

    listed: whether the sidebar leads to it.
    """
    file, title = f"{UI}/{name}/page.py", name.replace("_", " ").capitalize()
    return st.Page(
        file,
        title=title,
        icon=f":material/{icon}:",
        url_path=name,
        default=default,
        visibility="visible" if listed else "hidden",
    )


page = st.navigation(
    {
        "": [_page("home", "home", default=True), _page("cluster", "lan", listed=False)],
        "Data": [_page("corpora", "folder_open"), _page("questions", "quiz")],
        "Try": [_page("playground", "chat")],
        "Experiment": [
            _page("experiments", "science"),
            _page("design", "tune"),
            _page("run", "play_circle"),
            _page("results", "trophy"),
            _page("compare", "compare_arrows"),
            _page("answers", "forum"),
            _page("review", "rate_review"),
        ],
        "Improve": [_page("training_data", "dataset"), _page("trainings", "school")],
        "Ship": [_page("gate", "rule"), _page("watch", "monitoring")],
        "Catalogue": [_page("prompts", "edit_note"), _page("models", "model_training")],
    },
    expanded=True,
)

# Imported late: on the first visit the sidebar is shown while these modules load.
from workbench.ui.session import show_flash  # noqa: E402
from workbench.ui.widgets import address  # noqa: E402

show_flash()
address.enter(page.url_path)
page.run()
