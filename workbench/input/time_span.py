"""Reads a span of time as people write it, such as 90s, 30m, 12h, 7d or 4w, and writes it in words.
Knows nothing about what it is for."""

from __future__ import annotations

import re

from workbench.errors import InputError
from workbench.formatting import counted

HOUR, DAY = 3_600.0, 86_400.0
"""In seconds."""
_SECONDS = {"s": 1.0, "m": 60.0, "h": HOUR, "d": DAY, "w": 7 * DAY}
_NAMES = {"w": "week", "d": "day", "h": "hour", "m": "minute"}
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


def time_span_in_words(seconds: float) -> str:
    """ "1 day", "12 hours", "90 seconds"."""
    for unit, name in _NAMES.items():
        if seconds % _SECONDS[unit] == 0:
            return counted(int(seconds // _SECONDS[unit]), name)
    return f"{seconds:g} seconds"
