"""Reads the front matter of Markdown, in YAML or TOML, as metadata of the document.
Knows nothing about what its keys mean; it stays a part of the text."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from typing import Any

from workbench.errors import ExperimentError
from workbench.markdown import TOML_FRONT, YAML_FRONT

LONGEST = 20_000
"""Characters of front matter that is read; a longer text between dashes is none."""


def read_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """What the front matter of a text says, and a warning where it cannot be read.

    A text between two lines that is no mapping is no front matter, but a part of the document.
    """
    try:
        if (match := YAML_FRONT.match(text)) and len(match[1]) <= LONGEST:
            value = _parse_yaml(match[1])
        elif (match := TOML_FRONT.match(text)) and len(match[1]) <= LONGEST:
            value = _without_dates(tomllib.loads(match[1]))
        else:
            return {}, ""
    except (ExperimentError, tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        return {}, f"its front matter cannot be read, so its metadata are not known: {reason}"
    return (value, "") if isinstance(value, dict) else ({}, "")


def _parse_yaml(text: str) -> Any:
    from workbench.input.yaml_reading import parse_yaml, to_plain

    return to_plain(parse_yaml(text, "front matter"))


def _without_dates(value: Any) -> Any:
    """TOML's dates as texts, as those of YAML are read."""
    if isinstance(value, dict):
        return {key: _without_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_dates(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
