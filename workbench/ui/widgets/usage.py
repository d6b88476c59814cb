"""Shows where a prompt or a model was used and with what result, one row per experiment.
Knows nothing about which of the two it is."""

from __future__ import annotations

import streamlit as st

from workbench.formatting import counted
from workbench.results.usage import Use
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.ui.services import Services
from workbench.ui.widgets import address
from workbench.ui.widgets.figures import STATES, ago, figure_text, label_of
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_label, as_markdown

PAGE = 5


def thumbs_text(use: Use) -> str:
    return f"{use.up} 👍 {use.down} 👎" if use.up or use.down else "no thumbs"


def rank_text(use: Use) -> str:
    return f"{use.best_rank} of {use.ranked}" if use.best_rank else "not ranked"


def show_uses(services: Services, item: Prompt | Model, what: str) -> None:
    """Show the uses of a prompt's version or a model.

    what: "version" or "model", for the sentences.
    """
    count = services.catalogue.count_uses(item)
    if not count:
        st.caption(f"No experiment has used this {what} yet.")
        return
    st.caption(
        f"In {counted(count, 'experiment')}, newest first. Each figure is the experiment's "
        f"objective, averaged over the configurations with this {what}; so is its 95 % interval."
    )
    page = address.choose_page(-(-count // PAGE), name="used")
    for use in services.catalogue.find_uses(item, offset=(page - 1) * PAGE, limit=PAGE):
        _row(use)


def _row(use: Use) -> None:
    record = use.experiment
    with st.container(border=True):
        left, middle, right = st.columns([3, 4, 2], vertical_alignment="center")
        with left:
            link("results", as_label(record.name), "trophy", experiment=record.id)
            st.caption(f"{STATES[record.state]} · {ago(record.created_at)}")
        dropped = f", {use.dropped} dropped by the search" if use.dropped else ""
        with middle:
            st.markdown(f"{label_of(use.target)} **{as_markdown(figure_text(use.figure))}**")
            st.caption(f"{use.configurations} configuration{'s' * (use.configurations != 1)}{dropped}")
        with right:
            st.markdown(f"Best rank: {rank_text(use)}")
            st.caption(thumbs_text(use))
