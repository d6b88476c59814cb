"""Shows what the workbench does in three steps, and the two ways in: one's own documents, or the sample.
Knows nothing about what is behind them."""

from __future__ import annotations

import base64
import html
from pathlib import Path

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets.links import NEW_CORPUS, go_to
from workbench.ui.widgets.sample import offer_sample

PICTURE = Path(__file__).parent / "three_steps.svg"
STYLE = (
    "<style>.wb-steps{max-width:975px}.wb-steps img{width:100%;display:block}"
    ".wb-steps ol{display:grid;grid-template-columns:repeat(3,1fr);gap:2.2rem;list-style:none;"
    "margin:.3rem 0 0;padding:0}.wb-steps li{margin:0;padding:0 0 0 1.2rem;line-height:1.45}"
    ".wb-steps b{display:block;font-size:1.05rem;margin-bottom:.15rem}</style>"
)
STEPS = (
    (
        "1. Documents and questions",
        "Bring the documents that your assistant reads, and questions that people ask. Questions can also be "
        "drafted from the documents.",
    ),
    (
        "2. Try configurations",
        "Prompts, retrieval settings and models are varied together. Every answer is scored: correctness, "
        "grounding, cost, speed.",
    ),
    (
        "3. Export the winner",
        "You see which configuration is best, how certain that is and what it costs. One file takes it "
        "to your own program.",
    ),
)


def show_first_visit(services: Services) -> None:
    st.subheader(
        "Find out which prompt, retrieval settings and model answer your questions best", anchor=False
    )
    st.html(_steps())
    own, sample = st.columns(2, gap="medium")
    with own.container(border=True, height="stretch"):
        st.subheader("Your own documents", anchor=False)
        st.markdown(
            "PDF, Word, PowerPoint, Excel, HTML, Markdown, text or CSV files. Then add questions: draft them "
            "from the documents, paste them or import a file."
        )
        if st.button("Use my own documents", type="primary", key="home.own", icon=":material/upload_file:"):
            go_to("corpora", **NEW_CORPUS)
    with sample.container(border=True, height="stretch"):
        st.subheader("The sample", anchor=False)
        st.markdown(
            "The documents of an invented company, with questions and 48 configurations. It needs no key "
            "and no "
            "network, and takes a few minutes on a laptop."
        )
        offer_sample(services)


def _steps() -> str:
    """Return the picture with a text under each of its parts, as HTML. Only an image may hold SVG here."""
    picture = base64.b64encode(PICTURE.read_bytes()).decode()
    texts = "".join(f"<li><b>{html.escape(name)}</b>{html.escape(text)}</li>" for name, text in STEPS)
    image = f'<img alt="" src="data:image/svg+xml;base64,{picture}">'
    return f'{STYLE}<div class="wb-steps">{image}<ol>{texts}</ol></div>'
