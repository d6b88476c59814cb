"""Reads and writes conditions as people type them: region=NL, year=2025 or {region: NL, year: {min: 2024}}.
Knows nothing about what a condition is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import ExperimentError
from workbench.input.conditions import BadCondition, Condition, condition_text, read_condition
from workbench.input.plain_data import shown


def parse_condition(text: str) -> dict[str, Any]:
    """The condition that a text states: a mapping in YAML or JSON, or key=value pairs with commas between
    them. Raises BadCondition."""
    from workbench.input.yaml_reading import parse_yaml, to_plain

    text = text.strip()
    try:
        if text.startswith("{"):
            return read_condition(to_plain(parse_yaml(text, "condition")))
        pairs = {}
        for part in text.split(","):
            key, equals, value = part.partition("=")
            if not equals or not key.strip() or not value.strip():
                raise BadCondition(f"{shown(part.strip())} is no condition; write key=value")
            pairs[key.strip()] = to_plain(parse_yaml(value.strip(), "condition"))
    except ExperimentError as error:
        raise BadCondition(f"{shown(text)} cannot be read: {error.message.rstrip('.')}") from None
    return read_condition(pairs)


def parse_conditions(texts: Iterable[str]) -> dict[str, Any]:
    """One condition of several texts, all of which must be met. Raises BadCondition."""
    met: dict[str, Any] = {}
    for text in texts:
        met |= parse_condition(text)
    return read_condition(met) if met else {}


def write_condition(condition: Condition) -> str:
    """A condition as a person would type it: "region=NL, year=2025" where it is that simple, else JSON."""
    text = ", ".join(f"{key}={value}" for key, value in condition.items())
    try:
        return text if parse_condition(text) == condition else condition_text(condition)
    except BadCondition:
        return condition_text(condition)
