"""Reads a span of time as people write it: 90s, 30m, 12h, 7d, 4w.
Knows nothing about what it is for."""

from __future__ import annotations

import re

from workbench.errors import InputError

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s?([smhdw])")


def parse_time_span(text: str, name: str) -> float:
    """The span in seconds, more than 0.

    name: what it belongs to, such as "--since", for the message.

    Raises InputError for anything else.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not seconds:
        raise InputError(
            f"{name} is {text!r}, which is no span of time.",
            hint="Write a number and a unit: 90s, 30m, 12h, 7d or 4w.",
        )
    return seconds
