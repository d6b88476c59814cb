"""Draws what describes a training: parent, kind of data, recipe and the recipe's settings.
Knows nothing about starting one: it returns an entry as experiment files have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from workbench.space.model import Model
from workbench.space.tuning import default_recipe
from workbench.ui.services import Services
from workbench.ui.widgets.text import as_label, as_markdown

if TYPE_CHECKING:
    from workbench.tuning.recipe import Recipe
    from workbench.tuning.settings_of_recipe import RecipeSetting

KINDS = {
    "sft": "Answers to imitate (sft)", "dpo": "Pairs, better over worse (dpo)", "kto": "Thumbs (kto)",
}  # fmt: skip
"""Kind of training data → what people call it."""


def choose_parent(services: Services, key: str) -> Model | None:
    """Draw the choice of the model that is trained; return it. None, and a hint, where there is none."""
    models = {m.model.name: m.model for m in services.catalogue.list_models() if m.model.kind == "chat"}
    if not models:
        st.info("There is no model yet. Register one on the Models page.")
        return None
    name = st.selectbox("Parent", list(models), key=f"{key}.parent", help="The model to train further")
    return models[name]


def choose_recipe(services: Services, parent: Model, key: str) -> Recipe | None:
    """Draw the choice among the recipes that fit the parent; return it."""
    fitting = {
        name: recipe
        for name, recipe in services.trainings.list_recipes().items()
        if (recipe.result.kind == "embedded") == parent.embedded
    }
    if not fitting:
        st.warning("No recipe trains this kind of model.")
        return None
    usual = default_recipe(parent)
    names = sorted(fitting, key=lambda name: (name != usual, name))
    chosen = st.selectbox(
        "Recipe", names, key=f"{key}.recipe.{parent.embedded}",
        format_func=lambda name: fitting[name].label or name,
        help="How a training job is run, and how its result is served",
    )  # fmt: skip
    recipe = fitting[chosen]
    if not parent.embedded and recipe.result.kind in ("adapter", "weights") and parent.weights is None:
        name = as_label(parent.name)
        st.warning(f"{name} does not say where its weights are: add `weights` to its entry in models.yaml.")
    return recipe


def choose_kind(recipe: Recipe, key: str) -> str:
    return str(
        st.selectbox(
            "Learns from", recipe.kinds, key=f"{key}.kind.{recipe.name}", format_func=KINDS.__getitem__
        )
    )


def choose_settings(recipe: Recipe, key: str, *, several: bool) -> dict[str, Any]:
    """Draw the recipe's settings; return those that differ from its own.

    several: whether a setting may have several values, each of which is tried.
    """
    if not recipe.settings:
        return {}
    chosen: dict[str, Any] = {}
    for place, (name, setting) in enumerate(recipe.settings.items()):
        if place % 3 == 0:
            columns = st.columns(3, gap="small")
        with columns[place % 3]:
            text = st.text_input(
                as_label(name), key=f"{key}.set.{recipe.name}.{name}", placeholder=str(setting.default),
                help=as_markdown(setting.help + (" Several values: 8, 32" if several else "")),
            ).strip()  # fmt: skip
            if text:
                chosen[name] = _read(name, text, setting, recipe, several=several)
    return chosen


def _read(name: str, text: str, setting: RecipeSetting, recipe: Recipe, *, several: bool) -> Any:
    """The value, or the list of values. What is wrong is said at its field, and the recipe's own is taken."""
    from workbench.errors import TuningError
    from workbench.tuning.settings_of_recipe import read_setting

    parts: Sequence[str] = [part.strip() for part in text.split(",")] if several else [text]
    try:
        values = [read_setting(name, part, recipe.settings) for part in parts if part]
    except TuningError as error:
        st.error(as_markdown(error.message))
        return setting.default
    return values[0] if len(values) == 1 else values
