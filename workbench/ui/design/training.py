"""Offers to add a training to the models of a design: the run trains the variants, then asks them.
Knows nothing about how a variant is trained."""

from __future__ import annotations

import streamlit as st

from workbench.space.tuning import Tune
from workbench.ui.design import draft
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.session import show_error
from workbench.ui.widgets.training_form import (
    choose_kind,
    choose_parent,
    choose_recipe,
    choose_settings,
)

KEY = "design_training"


def offer_training(services: Services) -> None:
    with st.popover("Train a variant", icon=":material/school:", type="tertiary", key="design.train"):
        st.caption(
            "The run makes training data from this corpus's train questions and from ratings, trains each "
            "variant, and asks it the same questions as its parent. Keep the parent among the models."
        )
        parent = choose_parent(services, KEY)
        recipe = choose_recipe(services, parent, KEY) if parent is not None else None
        if parent is None or recipe is None:
            return
        kind = choose_kind(recipe, KEY)
        settings = choose_settings(recipe, KEY, several=True)
        entry = {"tune": {"parent": parent.name, "data": {"kind": kind}, **settings}, "with": recipe.name}
        try:
            tune = Tune.model_validate(entry)
        except WorkbenchError as error:
            show_error(error)
            return
        count = len(tune.combinations)
        st.button(
            "Add" if count == 1 else f"Add {count} variants", type="primary", key=f"{KEY}.add",
            on_click=_add, args=(tune, parent.name),
        )  # fmt: skip


def _add(tune: Tune, parent: str) -> None:
    """Add the training, and its parent where that is not among the models yet."""
    draft.remember("Train a variant")
    label = tune.label
    draft.put("inline", {**draft.get("inline", {}), label: tune.model_dump(mode="json")})
    chosen = list(draft.get("models") or [])
    draft.put("models", list(dict.fromkeys([*chosen, *([] if parent in chosen else [parent]), label])))
