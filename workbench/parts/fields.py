"""Describes a part's settings for input widgets: bounds, initial value and step of numbers, choices of words.
Knows nothing about pages, nor about any single part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from workbench.parts.part import Part

# The distance between an excluded bound of a float and the nearest value that a widget offers.
NEAREST = 0.0001


@dataclass(frozen=True)
class NumberField:
    """A numeric setting of a part, as a page shows it."""

    name: str
    """The setting's name in an experiment file."""

    label: str
    """What the setting is, in a few words: its description up to a colon or a semicolon."""

    help: str
    """The whole description; empty where the label says it all."""

    low: float | int | None
    """The lowest value that is allowed; None when there is no lower bound."""

    high: float | int | None
    """The highest value that is allowed; None when there is no upper bound."""

    start: float | int
    """The widget's initial value: the default, or the entry's `start` when there is no default."""

    required: bool
    """Whether the setting has no default, so that the experiment file must always name it."""

    @property
    def step(self) -> float | int:
        """How far one click moves the value."""
        return 0.05 if isinstance(self.start, float) else 1


@dataclass(frozen=True)
class WordField:
    """A setting of a part that is one of several words, as a page shows it."""

    name: str
    """The setting's name in an experiment file."""

    label: str
    """The setting's name in words."""

    help: str
    """The setting's description; empty for none."""

    options: tuple[str, ...]
    """The words that are allowed."""

    start: str
    """The widget's initial value."""


def word_fields(part: Part) -> tuple[WordField, ...]:
    """Return the part's settings that are one of several words."""
    return tuple(
        WordField(
            name,
            name.replace("_", " ").capitalize(),
            field.description or "",
            options,
            field.default or options[0],
        )
        for name, field in part.settings.model_fields.items()
        if get_origin(field.annotation) is Literal and (options := get_args(field.annotation))
    )


def condition_fields(part: Part) -> tuple[str, ...]:
    """Return the names of the part's settings that are conditions on metadata."""
    return tuple(
        name for name, field in part.settings.model_fields.items() if get_origin(field.annotation) is dict
    )


def number_fields(part: Part) -> tuple[NumberField, ...]:
    """Return the part's numeric settings."""
    fields = (_number(name, field) for name, field in part.settings.model_fields.items())
    return tuple(field for field in fields if field is not None)


def _number(name: str, field: FieldInfo) -> NumberField | None:
    if field.annotation not in (int, float):
        return None
    low: float | int | None = None
    high: float | int | None = None
    near = NEAREST if field.annotation is float else 1
    for rule in field.metadata:
        low = getattr(rule, "ge", low)
        high = getattr(rule, "le", high)
        if hasattr(rule, "gt"):
            low = rule.gt + near
        if hasattr(rule, "lt"):
            high = rule.lt - near
    start = _start(field)
    if start is None:
        start = low if low is not None else 0
    as_number = field.annotation
    described = field.description or name.replace("_", " ").capitalize()
    label = re.split("[:;]", described)[0]
    return NumberField(
        name,
        label,
        described if label != described else "",
        None if low is None else as_number(low),
        None if high is None else as_number(high),
        as_number(start),
        field.is_required(),
    )


def _start(field: FieldInfo) -> Any:
    if not field.is_required():
        return field.default
    extra = field.json_schema_extra
    return extra.get("start") if isinstance(extra, Mapping) else None
