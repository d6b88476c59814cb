"""Adds a part with other settings to an axis of the design.
Knows nothing about any single part."""

from __future__ import annotations

from functools import partial

import streamlit as st

from workbench.parts.part import Part
from workbench.parts.registry import parts_of
from workbench.parts.setting_labels import label_of_setting
from workbench.ui.design import draft
from workbench.ui.widgets.parts import label_of_part, show_settings


def show_variants(kind: type[Part], axis: str) -> None:
    """Show a pop-over that adds a part with other settings to an axis of the design."""
    parts = {name: part for name, part in parts_of(kind).items() if part.settings.model_fields}
    if not parts:
        return
    label = label_of_setting(axis)
    with st.popover(
        label, type="tertiary", help=f"{label} with other settings", key=f"design.variants.{axis}"
    ):
        name = st.selectbox(
            "Part", list(parts), key=f"design.variant.{axis}", format_func=partial(label_of_part, kind)
        )
        st.caption(parts[name].help)
        text = show_settings(kind, name, key=f"design.variant.{axis}")
        chosen = draft.get(axis) or []
        st.button(
            "Add",
            key=f"design.variant_add.{axis}",
            disabled=text in chosen,
            on_click=draft.put,
            args=(axis, [*chosen, text]),
        )
