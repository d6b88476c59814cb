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

page = st.navigation(
    {
        "Tune": [
            st.Page(f"{UI}/home.py", title="Home", icon=":material/home:", default=True),
            st.Page(f"{UI}/experiments.py", title="Experiments", icon=":material/science:"),
            st.Page(f"{UI}/playground.py", title="Playground", icon=":material/experiment:"),
            st.Page(f"{UI}/design.py", title="Design", icon=":material/tune:"),
            st.Page(f"{UI}/run.py", title="Run", icon=":material/play_circle:"),
            st.Page(f"{UI}/leaderboard.py", title="Leaderboard", icon=":material/leaderboard:"),
            st.Page(f"{UI}/compare.py", title="Compare", icon=":material/compare_arrows:"),
            st.Page(f"{UI}/answers.py", title="Answers", icon=":material/forum:"),
            st.Page(f"{UI}/review.py", title="Review", icon=":material/rate_review:"),
        ],
        "Build with": [
            st.Page(f"{UI}/prompts.py", title="Prompts", icon=":material/edit_note:"),
            st.Page(f"{UI}/models.py", title="Models", icon=":material/model_training:"),
            st.Page(f"{UI}/corpora.py", title="Corpora", icon=":material/folder_open:"),
        ],
    }
)

# Not until here: at the first visit the sidebar is there while this is imported.
from workbench.ui.opened import show_flash  # noqa: E402
from workbench.ui.widgets import address  # noqa: E402

show_flash()
address.enter(page.url_path)
page.run()
