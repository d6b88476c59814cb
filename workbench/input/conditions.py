"""Reads conditions on metadata, {region: NL, year: {min: 2024}}, and compares values as they are compared.
Knows nothing about documents or where their metadata come from."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from workbench.input.plain_data import find_unusable, shown
from workbench.typography import composed

Scalar = str | int | float | bool
Condition = Mapping[str, Any]
"""Key → a value, a list of values of which any does, or {"min": …, "max": …} with one bound or both. All keys
must be met."""
BOUNDS = ("min", "max")
MOST_KEYS = 50
MOST_VALUES = 1_000
"""The most values of one key, and the most characters of one value."""
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?", re.DOTALL)


class BadCondition(ValueError):
    """A value that is no condition; says why in words, without a full stop."""


def read_condition(value: Any) -> dict[str, Any]:
    """The condition that a file, a program or a model states. Raises BadCondition.

    Texts lose the white space around them, and keys are put in order, so that equal conditions are equal.
    """
    if not isinstance(value, Mapping) or not value:
        raise BadCondition(f"{shown(value)} is no condition; write {{key: value}}, such as {{region: NL}}")
    unusable = find_unusable(dict(value))
    if unusable is not None:
        path, reason = unusable
        raise BadCondition(f"{'.'.join(map(str, path)) or 'it'} {reason}")
    if len(value) > MOST_KEYS:
        raise BadCondition(f"it has {len(value)} keys; the limit is {MOST_KEYS}")
    read = {str(key).strip(): _read_wanted(str(key).strip(), wanted) for key, wanted in value.items()}
    return dict(sorted(read.items()))


def _read_wanted(key: str, wanted: Any) -> Any:
    if not key:
        raise BadCondition("a key is empty")
    if isinstance(wanted, Mapping):
        return _read_bounds(key, wanted)
    if isinstance(wanted, list | tuple):
        if not wanted:
            raise BadCondition(f"{key} is an empty list, which nothing meets")
        if len(wanted) > MOST_VALUES:
            raise BadCondition(f"{key} has {len(wanted)} values; the limit is {MOST_VALUES}")
        return [_read_scalar(key, value) for value in wanted]
    return _read_scalar(key, wanted)


def _read_scalar(key: str, value: Any) -> Scalar:
    if isinstance(value, str) and 0 < len(value.strip()) <= MOST_VALUES:
        return composed(value.strip())
    if isinstance(value, bool | int | float):
        return value
    raise BadCondition(
        f"{key} is {shown(value)}; it must be a text, a number, true or false, a list of these, or "
        "{min: …, max: …}"
    )


def _read_bounds(key: str, wanted: Mapping[Any, Any]) -> dict[str, Any]:
    unknown = [str(name) for name in wanted if name not in BOUNDS]
    if unknown or not wanted:
        what = f"has {shown(unknown[0])}" if unknown else "has no bound"
        raise BadCondition(f"{key} {what}; a range is written {{min: …, max: …}}")
    bounds = {name: _read_scalar(key, wanted[name]) for name in BOUNDS if name in wanted}
    places = [place_of(value) for value in bounds.values()]
    for name, place in zip(bounds, places, strict=True):
        if place is None:
            raise BadCondition(
                f"{key}: {name} is {shown(bounds[name])}; it must be a number or a date (YYYY-MM-DD)"
            )
    if len({type(place) for place in places}) > 1:
        raise BadCondition(f"{key}: min and max must both be numbers or both be dates")
    if len(places) == 2 and places[0] > places[1]:  # type: ignore[operator]
        raise BadCondition(f"{key}: min is above max, so nothing meets it")
    return bounds


def condition_text(condition: Condition) -> str:
    """The one text of a condition, as JSON: equal conditions have equal texts."""
    return json.dumps(dict(sorted(condition.items())), ensure_ascii=False)


def describe_condition(condition: Condition) -> str:
    """A condition in words for pages and messages: "region NL, year from 2024"."""
    return ", ".join(f"{key} {_describe_wanted(wanted)}" for key, wanted in condition.items())


def _describe_wanted(wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        words = {"min": "from", "max": "to"}
        return " ".join(f"{words[name]} {bound}" for name, bound in wanted.items())
    if isinstance(wanted, list):
        return " or ".join(map(_describe_wanted, wanted))
    return str(wanted).lower() if isinstance(wanted, bool) else str(wanted)


def form_of(value: Scalar) -> str:
    """What equal values have in common: case and spaces do not matter, nor whether a number is a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        text = composed(value.strip())
        if not _NUMBER.fullmatch(text):
            return text.casefold()
        value = float(text) if "." in text else int(text)
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


def place_of(value: Scalar) -> float | str | None:
    """Where a value lies in a range: a number, or a date as YYYY-MM-DD; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    date = _DATE.fullmatch(text)
    return date[1] if date else None
