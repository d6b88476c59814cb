"""Shows what training data hold: counts, what was left out, personal data, and some rows.
Knows nothing about how they were made."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import counted
from workbench.training_data.card_words import personal_data_in_words
from workbench.ui.services import Services
from workbench.ui.services.training_data import TRAINED_ON, DataSet
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.heading import heading
from workbench.ui.widgets.links import link
from workbench.ui.widgets.text import as_markdown, show_text

ROWS_SHOWN = 20
IN_SIGHT = 6


def show_card(services: Services, made: DataSet) -> None:
    """Draw the facts of one data set."""
    card = made.card
    with st.container(horizontal=True, vertical_alignment="center"):
        heading(as_markdown(f"{counted(card['rows'], 'row')} of {card['kind']} for {card['format']}"))
        st.download_button(
            "Download", lambda: services.training_data.zip(made), f"{made.name}.zip", "application/zip",
            key="training_data.zip", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if card["format"] == TRAINED_ON:
            query = {"tab": "Start a training", "source": "Made here", "data": made.name}
            link("trainings", "Train a model on it", "school", **query)
    questions = counted(len(card["question_ids"]), "question")
    st.caption(
        as_markdown(f"Made of {card['made_of']}. {questions}, seed {card['options']['seed']}, SHA-256 ")
        + f"`{card['sha256'][:12]}`. In `{made.folder.name}`."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _counts("Where the answers come from", "Answer", card["counts"]["origin"])
    with right:
        _counts("Left out", "Why", card["refused"])
    st.caption(as_markdown(f"Personal data: {personal_data_in_words(card['personal_data'])}"))
    for note in card["notes"]:
        st.caption(f":material/info: {as_markdown(note)}")


def _counts(title: str, what: str, counts: dict[str, int]) -> None:
    heading(title, f"{sum(counts.values()):,}")
    if counts:
        data_table(
            [{"Rows": count, what: name} for name, count in counts.items()],
            hide_index=True, height=height_of(len(counts), IN_SIGHT), row_height=ROW_HEIGHT,
            column_config={"Rows": st.column_config.NumberColumn(width=60)}, alt=f"{title}: how many rows",
        )  # fmt: skip


def show_rows(services: Services, made: DataSet) -> None:
    """Draw one of the first rows as it is written."""
    rows = services.training_data.read_rows(made, ROWS_SHOWN)
    heading("Rows as a trainer reads them", f"the first {len(rows)}")
    if not rows:
        return
    number = st.number_input("Row", 1, len(rows), 1, key="training_data.row", width=120)
    for name, value in rows[int(number) - 1].items():
        _show_field(name, value)


def _show_field(name: str, value: Any) -> None:
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    messages = [value] if isinstance(value, dict) else value
    if isinstance(messages, list):
        for message in messages:
            st.caption(as_markdown(f"{name} · {message.get('role', '')}"))
            show_text(str(message.get("content", "")), small=True)
    else:
        st.caption(as_markdown(name))
        show_text(str(value), small=True)
