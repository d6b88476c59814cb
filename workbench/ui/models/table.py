"""Draws the table of registered models, and tests all of them at once.
Knows nothing about changing one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.model import Model
from workbench.ui.models.family_tree import Member
from workbench.ui.models.reachability import REACHED, Reached, note_reached, reached_text
from workbench.ui.services import Services
from workbench.ui.widgets.data_table import data_table
from workbench.ui.widgets.figures import figure_text, label_of
from workbench.ui.widgets.usage import rank_text
from workbench.ui.widgets.waiting import ask, forget

KEYS = {True: "set", False: "NOT SET", None: "none needed"}


def show_table(services: Services, families: list[Member]) -> None:
    reached: dict[str, Reached] = st.session_state.get(REACHED, {})
    uses = services.catalogue.last_uses([member.model for member in families])
    rows = []
    for member in families:
        model = member.model
        use, count = uses.get(model.name, (None, 0))
        rows.append(
            {
                "Model": member.drawn,
                "Kind": model.kind,
                "Price": services.catalogue.price_of(model),
                "Reachable": reached_text(reached.get(model.name)),
                "Last result": f"{label_of(use.target)} {figure_text(use.figure)}" if use else "",
                "Best rank there": rank_text(use) if use else "",
                "Experiments": count,
                "Key": KEYS[services.catalogue.key_is_set(model)],
                "Where": model.where,
            }
        )
    data_table(
        rows,
        hide_index=True,
        column_config={
            "Model": st.column_config.TextColumn(
                width=205, pinned=True, help="Models tuned from a model are listed below it"
            ),
            "Price": st.column_config.TextColumn(width=185),
            "Reachable": st.column_config.TextColumn(  # wide enough for what is wrong
                width=110 if all(r.ok and not r.warned for r in reached.values()) else 380,
                help="Its last test in this session",
            ),
            "Last result": st.column_config.TextColumn(
                width=240, help="The objective of the newest experiment that used it, averaged over "
                "the configurations with this model; the average of their 95 % intervals; the number of "
                "answers scored",
            ),
        },
        alt="Registered models as a family tree",
    )  # fmt: skip


def test_all(services: Services, models: list[Model]) -> None:
    """Test all models at once, and remember the reports for this session."""
    if st.button("Test all", key="models.test_all", icon=":material/wifi_tethering:"):
        forget("models.all")
        st.session_state["models.testing_all"] = True
    if not st.session_state.get("models.testing_all"):
        return
    payload = {"models": [m.model_dump(mode="json", exclude_defaults=True) for m in models]}

    def show(pieces: dict[str, dict[str, Any]]) -> None:
        st.caption(f"{len(pieces)} of {len(models)} have answered.")

    reply = ask(
        services, "models.all", "test_connections", payload, doing="Testing all models…", show_pieces=show
    )
    if reply.stale:
        return
    del st.session_state["models.testing_all"]
    if reply.result is not None:
        for name, report in reply.result["reports"].items():
            note_reached(name, report)
        st.rerun()
