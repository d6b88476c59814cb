"""What a page needs to draw a part's setting: its bounds, where it starts, a step.
Knows nothing about pages, nor about any part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from workbench.parts.part import Part

# How far from an end that is excluded the nearest value lies that a page offers.
NEAREST = 0.0001


@dataclass(frozen=True)
class NumberField:
    """A setting that is a number, as a page draws it."""

    name: str
    """As in an experiment file."""

    label: str
    """Its description."""

    low: float | int | None
    """The lowest value; None without a bound."""

    high: float | int | None
    """The highest value; None without a bound."""

    start: float | int
    """Its default, or where the page begins if it has none."""

    required: bool
    """Whether it has no default: it then always stands in the file."""

    @property
    def step(self) -> float | int:
        return 0.05 if isinstance(self.start, float) else 1


def number_fields(part: Part) -> tuple[NumberField, ...]:
    """The part's settings that are numbers; others are written in the file."""
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
    return NumberField(
        name,
        field.description or name.replace("_", " "),
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
