"""Reads values out of JSON by paths such as `$.data.sources[0].text`: the simple part of JSONPath.
Knows nothing about what the values mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from workbench.errors import ExperimentError

# A name after a dot, a name in quotation marks, a number, or a star.
_STEP = re.compile(
    r"""\.?(?:(?P<name>[^.\[\]"'\s]+)|\[(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<index>\d+)|(?P<star>\*))\])"""
)
MOST_KEYS = 12
"""So many keys of an object are named in a message."""


class NotThere(ValueError):
    """A path that leads nowhere; the message says where it ends and what is there."""


@dataclass(frozen=True)
class JsonPath:
    """A path into JSON."""

    text: str
    """As it was written."""
    steps: tuple[str | int | None, ...]
    """Names of objects, places in lists from 0, and None for every item of a list."""

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Raises ExperimentError for a text that is no path."""
        rest = text.strip().removeprefix("$")
        steps: list[str | int | None] = []
        at = 0
        while at < len(rest):
            match = _STEP.match(rest, at)
            if match is None:
                raise ExperimentError(
                    f"{text!r} is not a path.", hint="Write names and places, such as $.data.sources[0].text."
                )
            named = match["name"] if match["name"] is not None else match["double"]
            named = named if named is not None else match["single"]
            steps.append(int(match["index"]) if match["index"] else None if match["star"] else named)
            at = match.end()
        return cls(text, tuple(steps))

    def read(self, value: Any) -> Any:
        """The value that the path leads to; a list of them where it has a star. Raises NotThere."""
        return _read(value, self.steps, "$")

    def find(self, value: Any) -> Any:
        """As `read`, but None where the path leads nowhere."""
        try:
            return self.read(value)
        except NotThere:
            return None


def _read(value: Any, steps: tuple[str | int | None, ...], place: str) -> Any:
    if not steps:
        return value
    step, *others = steps
    rest = tuple(others)
    if step is None:
        if not isinstance(value, list):
            raise NotThere(f"{place} is {describe(value)}, not a list")
        return [_read(item, rest, f"{place}[{i}]") for i, item in enumerate(value)]
    if isinstance(step, int):
        if not isinstance(value, list):
            raise NotThere(f"{place} is {describe(value)}, not a list")
        if step >= len(value):
            raise NotThere(f"{place} is a list of {len(value)}")
        return _read(value[step], rest, f"{place}[{step}]")
    if not isinstance(value, dict) or step not in value:
        raise NotThere(f"{place} is {describe(value)}")
    return _read(value[step], rest, f"{place}.{step}")


def describe(value: Any) -> str:
    """What a value is, in words: "an object with the keys 'a', 'b'", "a list of 3", "a text"."""
    if isinstance(value, dict):
        keys = ", ".join(repr(str(key)[:40]) for key in list(value)[:MOST_KEYS])
        more = f" and {len(value) - MOST_KEYS} more" if len(value) > MOST_KEYS else ""
        return f"an object with the keys {keys}{more}" if value else "an object without keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    words = {str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else words.get(type(value), type(value).__name__)
