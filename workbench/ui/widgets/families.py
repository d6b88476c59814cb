"""Shows tuned models beside their parents: the held-out difference with its interval, in all and by tag.
Knows nothing about how it is computed: the worker does."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.formatting import signed, signed_interval
from workbench.store.figures import Figure
from workbench.store.records import ExperimentRecord
from workbench.ui.services import Services
from workbench.ui.widgets.data_table import ROW_HEIGHT, data_table, height_of
from workbench.ui.widgets.figures import label_of
from workbench.ui.widgets.interval_picture import axis_of, interval_picture
from workbench.ui.widgets.score_tint import GREEN, GREY, VERMILION
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.waiting import ask

VERDICTS = {
    "helped": "▲ helped", "hurt": "▼ hurt", "not told apart": "no difference told", "too few": "too few",
}  # fmt: skip
COLOURS = {"helped": GREEN, "hurt": VERMILION}
ALL = "all questions"
IN_SIGHT = 14
WHERE = {"holdout": "held out", "search": "selection"}


def show_families(
    services: Services, record: ExperimentRecord, *, key: str, score: str | None = None, variant: str = ""
) -> None:
    """Show the families of an experiment's models.

    key: names the place of the page.
    score: None for the objective's first.
    variant: show this one's alone; "" for all.
    """
    reply = ask(
        services, f"{key}.families", "families", {"experiment": record.id, "score": score},
        doing="Comparing tuned models with their parents…", version=[record.state, record.seconds],
    )  # fmt: skip
    if reply.result is None:
        return
    families = [f for f in reply.result["families"] if variant in ("", f["variant"])]
    if not families:
        st.caption("No model of that experiment was tuned from another of its models.")
    for family in families:
        st.markdown(as_markdown(family["in_words"]))
    rows = [row for family in families if family["mean"] is not None for row in _rows(family)]
    if rows:
        _table(rows, several=len(families) > 1, score=reply.result["score"])


def _rows(family: dict[str, Any]) -> list[dict[str, Any]]:
    tags = [(tag, one) for tag, one in family["by_tag"].items() if one["low"] is not None]
    found = [(ALL, family), *tags]
    return [{**one, "what": what, "family": family} for what, one in found]


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(row["mean"], row["low"], row["high"], row["questions"], 0, 0)


def _table(rows: list[dict[str, Any]], *, several: bool, score: str) -> None:
    axis = axis_of([*map(_figure, rows), Figure(0.0, 0.0, 0.0, 0, 0, 0)], leader=0.0)
    cells = [
        {
            **({"Model": row["family"]["variant"]} if several else {}),
            "Questions about": row["what"],
            "Against parent": signed(row["mean"]),
            "95 % interval": signed_interval(row["low"], row["high"]),
            "": interval_picture(_figure(row), axis, COLOURS.get(row["verdict"], GREY)),
            "Tuning": VERDICTS[row["verdict"]],
            "Questions": row["questions"],
            "Part": WHERE[row["family"]["part"]],
        }
        for row in rows
    ]
    data_table(
        cells,
        hide_index=True,
        height=height_of(len(cells), IN_SIGHT),
        row_height=ROW_HEIGHT,
        column_config={
            "": st.column_config.ImageColumn(width=100),
            "Against parent": st.column_config.TextColumn(help=f"{label_of(score)}, variant minus parent"),
        },
        alt="Tuned models and their parents, by tag",
    )
    st.caption(
        "Each interval is separate: of twenty tags, about one excludes 0 by chance. Tags with too "
        "few questions for an interval are left out."
    )
