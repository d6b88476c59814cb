"""Draws the form that starts a training, and shows how far the one is that was started here.
Knows nothing about how a training runs: the worker does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.formatting import counted
from workbench.results.training_words import training_words
from workbench.ui.services import Services
from workbench.ui.services.training_data import TRAINED_ON
from workbench.ui.widgets import address
from workbench.ui.widgets.links import link
from workbench.ui.widgets.long_request import LongRequest
from workbench.ui.widgets.text import as_markdown
from workbench.ui.widgets.training_form import (
    choose_kind,
    choose_parent,
    choose_recipe,
    choose_settings,
)

if TYPE_CHECKING:
    from workbench.tuning.recipe import Recipe

KEY = "trainings.form"
LISTED = "Trainings"
"""The tab on which what was trained is listed."""
EXPERIMENT, MADE, FOLDER = SOURCES = ("An experiment", "Made here", "A folder")


def _show_pieces(pieces: dict[str, dict[str, Any]]) -> None:
    progress = pieces.get("progress") or {}
    training = progress.get("training")
    share = training["step"] / training["steps"] if training and training["steps"] else 0.0
    words = (
        training_words(progress["model"], training) if training else progress.get("doing", "Making the data")
    )
    st.progress(min(1.0, share), text=as_markdown(words))


_TRAINING = LongRequest(
    name="training",
    kind="train",
    doing="Training…",
    stop_help="It can be resumed from its last checkpoint.",
    note="You can leave this page: the training keeps running, and is listed here.",
    show_pieces=_show_pieces,
)


def show_progress(services: Services) -> None:
    """Show how far the training is that was started here, or why it ended without a model."""
    if why := _TRAINING.ending:
        st.error(why)
    _TRAINING.show(services, _take)


def _take(result: dict[str, Any], payload: dict[str, Any]) -> None:
    address.set_next("training", result["key"])
    address.set_next("tab", LISTED)


def show_form(services: Services) -> None:
    left, right = st.columns([1, 1], gap="large")
    with left:
        parent = choose_parent(services, KEY)
        recipe = choose_recipe(services, parent, KEY) if parent is not None else None
        if parent is None or recipe is None:
            return
        st.caption(as_markdown(recipe.help))
        name = st.text_input(
            "New model's name", key=f"{KEY}.name", placeholder=f"{parent.name}-tuned",
            help="Empty: the parent's name with -tuned appended",
        ).strip()  # fmt: skip
    with right:
        data = _choose_data(services, recipe)
    with st.expander("Settings of the recipe", expanded=bool(recipe.settings)):
        settings = choose_settings(recipe, KEY, several=False)
        seed = st.number_input("Seed", 0, 2**32 - 1, 7, key=f"{KEY}.seed")
    ready = data is not None and not _TRAINING.is_running()
    if st.button("Train", type="primary", key=f"{KEY}.start", icon=":material/school:", disabled=not ready):
        assert data is not None
        experiment = data.pop("experiment", None)
        tune = {"parent": parent.name, "data": data, **settings}
        _TRAINING.begin(
            {
                "tune": tune,
                "with": recipe.name,
                "name": name or None,
                "seed": int(seed),
                "experiment": experiment,
            }
        )
        st.rerun()


def _choose_data(services: Services, recipe: Recipe) -> dict[str, Any] | None:
    """Draw where the data come from; return {kind, folder or experiment}, None while neither is chosen."""
    source = address.choose(st.radio, "Training data", SOURCES, name="source", horizontal=True)
    if source == MADE:
        return _choose_made(services, recipe)
    kind = choose_kind(recipe, KEY)
    if source == EXPERIMENT:
        records = {record.id: record for record in services.experiments.list_experiments()}
        if not records:
            st.caption("There is no experiment yet whose prompts and ratings could provide data.")
            return None
        chosen = st.selectbox(
            "Experiment", list(records), key=f"{KEY}.experiment",
            format_func=lambda id_: f"{records[id_].name} ({id_})",
            help="Its train questions, its prompts and retrievals, and the ratings about its documents. "
            "Search and held-out questions are kept out.",
        )  # fmt: skip
        return {"kind": kind, "experiment": chosen}
    folder = st.text_input(
        "Folder", key=f"{KEY}.folder", placeholder="training/support-sft",
        help="As `training-data … --format trl --out FOLDER` writes it",
    ).strip()  # fmt: skip
    return {"kind": kind, "folder": folder} if folder else None


def _choose_made(services: Services, recipe: Recipe) -> dict[str, Any] | None:
    """Draw the choice among what the page Training data has made for trainings here."""
    made = {
        one.name: one
        for one in services.training_data.list_made()
        if one.card["format"] == TRAINED_ON and one.card["kind"] in recipe.kinds
    }
    if not made:
        st.caption("There are no training data in the TRL format here yet.")
        link("training_data", "Make training data", "dataset")
        return None
    labels = {
        name: f"{counted(one.card['rows'], 'row')} of {one.card['kind']} · {name}"
        for name, one in made.items()
    }
    chosen = address.choose(
        st.selectbox, "Data", list(made), name="data", format_func=lambda name: labels[name]
    )
    return {"kind": made[chosen].card["kind"], "folder": str(made[chosen].folder.resolve())}
