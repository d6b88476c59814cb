"""Shows parts: their labels, and number inputs for their settings.
Knows nothing about any single part: its catalogue entry lists its settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from workbench.errors import ExperimentError
from workbench.input.condition_text import parse_condition, write_condition
from workbench.input.conditions import BadCondition
from workbench.parts.choice import choose, split_text, write
from workbench.parts.fields import (
    NumberField,
    condition_fields,
    number_fields,
    word_fields,
)
from workbench.parts.part import Part
from workbench.parts.registry import find_part, parts_of

ABBREVIATIONS = {"icu"}
"""Words that a setting may be which are written in capitals."""


def label_of_part(kind: type[Part], text: str) -> str:
    """Return the label of a part with its settings; the text itself if the part no longer exists."""
    try:
        return choose(kind, text).label
    except ExperimentError:
        return text


def part_options(kind: type[Part], chosen: Iterable[str]) -> list[str]:
    """Return the built-in parts, then the chosen ones with settings or from outside the package. A part that
    needs a condition is none without it."""
    built_in = [name for name, part in parts_of(kind).items() if not condition_fields(part)]
    return list(dict.fromkeys([*built_in, *chosen]))


def number_input(field: NumberField, value: Any, *, key: str, **more: Any) -> Any:
    """Draw a number input for a setting.

    value: what it starts with; None if the session holds it under the key.
    """
    start = {} if value is None else {"value": value}
    if isinstance(field.start, float):
        more = {"format": "%.4g", **more}
    more |= {"step": field.step, "help": field.help or None, "key": key}
    return st.number_input(field.label, field.low, field.high, **start, **more)


def show_settings(kind: type[Part], text: str, *, key: str) -> str:
    """Draw inputs for the settings of a part; return the part with these settings."""
    name, settings = split_text(text)
    part = find_part(kind, name)
    fields = number_fields(part) if part is not None else ()
    words = word_fields(part) if part is not None else ()
    conditions = condition_fields(part) if part is not None else ()
    if part is None or not (fields or words or conditions):
        return text
    values = dict(settings)
    for field in fields:
        values[field.name] = number_input(
            field, settings.get(field.name, field.start), key=f"{key}.{name}.{field.name}"
        )
    for word in words:
        chosen = settings.get(word.name, word.start)
        at = word.options.index(chosen) if chosen in word.options else 0
        values[word.name] = st.selectbox(
            word.label,
            word.options,
            at,
            key=f"{key}.{name}.{word.name}",
            format_func=lambda option: option.upper() if option in ABBREVIATIONS else option.capitalize(),
            help=word.help or None,
        )
    for condition in conditions:
        given = settings.get(condition)
        typed = st.text_input(
            condition.capitalize(),
            write_condition(given) if given else "",
            placeholder="region=NL, year=2025",
            key=f"{key}.{name}.{condition}",
            help="Several values: {region: [NL, BE]}. A range: {year: {min: 2024, max: 2025}}.",
        )
        if not typed.strip():
            return text
        values[condition] = typed
    try:
        values |= {condition: parse_condition(values[condition]) for condition in conditions}
        return choose(kind, write(kind, {name: values})).text
    except (ExperimentError, BadCondition) as error:
        st.warning(str(error))
        return text
