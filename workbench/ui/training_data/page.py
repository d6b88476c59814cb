"""Page: makes training data of train questions and ratings, and shows what they hold and what was left out.
Knows nothing about how they are made: the worker does."""

from __future__ import annotations

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.services.training_data import DataSet
from workbench.ui.session import run_page
from workbench.ui.training_data.card import show_card, show_rows
from workbench.ui.training_data.form import make_new, show_making
from workbench.ui.widgets import address
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.figures import ago
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.page_top import page_top

IN_SIGHT = 10
NONE_YET = (
    "No training data yet. A row is a prompt exactly as it is sent to a model, including the passages, "
    "with the answer that the model should give: a reference, a liked or better answer, or a refusal."
)


def _choose(made: list[DataSet]) -> DataSet:
    heading("Made", str(len(made)))
    chosen = address.select_row(
        [one.name for one in made],
        lambda key: data_table(
            [
                {"When": ago(one.made_at), "Rows": one.card["rows"], "Folder": one.name}
                for one in made
            ],
            hide_index=True, on_select="rerun", selection_mode="single-row", key=key, placeholder="",
            height=height_of(len(made), IN_SIGHT), row_height=ROW_HEIGHT,
            column_config={
                "When": st.column_config.Column(width=75), "Rows": st.column_config.NumberColumn(width=60),
            },
            alt="Training data, newest first: select one to open it",
        ),
        name="data",
    )  # fmt: skip
    return next((one for one in made if one.name == chosen), made[0])


def render(services: Services) -> None:
    page_top("Training data")
    with st.container(border=True, key="training_data_form"):
        make_new(services)
    if show_making(services):
        return
    made = services.training_data.list_made()
    if not made:
        st.info(NONE_YET)
        return
    left, right = st.columns([2, 1], gap="medium")
    with right:
        shown = _choose(made)
    with left:
        show_card(services, shown)
    show_rows(services, shown)


run_page(render)
