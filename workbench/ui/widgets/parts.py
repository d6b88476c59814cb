"""Parts on a page: their labels, and number inputs for their settings.
Knows nothing about any single part: its entry says what there is to set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from workbench.errors import ExperimentError
from workbench.parts.choice import choose, split_text, write
from workbench.parts.fields import NumberField, number_fields
from workbench.parts.part import Part
from workbench.parts.registry import find_part, parts_of


def label_of_part(kind: type[Part], text: str) -> str:
    """A part, with its settings, as pages name it; one that is no longer there as it is written."""
    try:
        return choose(kind, text).label
    except ExperimentError:
        return text


def part_options(kind: type[Part], chosen: Iterable[str]) -> list[str]:
    """The built-in parts, then what is chosen beside them: with settings, or of somebody else's."""
    return list(dict.fromkeys([*parts_of(kind), *chosen]))


def number_input(field: NumberField, value: Any, *, key: str, **more: Any) -> Any:
    """A number input for a setting. value: None where the session holds it under the key."""
    shown = {} if value is None else {"value": value}
    if isinstance(field.start, float):
        more = {"format": "%.4g", **more}
    return st.number_input(field.label, field.low, field.high, step=field.step, key=key, **shown, **more)


def show_settings(kind: type[Part], text: str, *, key: str) -> str:
    """Number inputs for the settings of a part; returns the part with what is set."""
    name, given = split_text(text)
    part = find_part(kind, name)
    fields = number_fields(part) if part is not None else ()
    if part is None or not fields:
        return text
    values = dict(given)
    for field in fields:
        values[field.name] = number_input(
            field, given.get(field.name, field.start), key=f"{key}.{name}.{field.name}", help=part.label
        )
    try:
        return choose(kind, write(kind, {name: values})).text
    except ExperimentError as error:
        st.warning(str(error))
        return text
