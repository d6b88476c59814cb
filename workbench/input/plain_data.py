"""Finds values that can be neither stored nor sent: NaN, numbers beyond 64 bits, half characters, odd keys.
Knows nothing about files or models: it looks at lists, mappings, texts and numbers."""

from __future__ import annotations

import math
import re
from typing import Any

DEEPEST = 64
"""How many levels deep lists and mappings may be nested."""
LARGEST_INTEGER = 2**63 - 1
"""The largest whole number that the database can hold."""
# NUL ends a text in many programs, and a lone surrogate is half a character, which no encoding can hold.
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")

Path = tuple[str | int, ...]
"""The keys and positions that lead to a value."""


def shown(value: Any, most: int = 80) -> str:
    """A value for a message, cut to at most `most` characters."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 8 * most:
        return "a very large number"  # Python refuses to write the digits of some
    if isinstance(value, str):
        value = value[: most + 1]
    try:
        text = repr(value)
    except (RecursionError, ValueError):
        return f"a {type(value).__name__}"
    return text if len(text) <= most else f"{text[:most]}…"


def find_unusable_text(text: str) -> str | None:
    """Why a text can be neither stored nor sent, in words; None when it can."""
    match = _UNUSABLE.search(text)
    if match is None:
        return None
    return "contains a NUL character" if match[0] == "\0" else "contains half a character (a lone surrogate)"


def find_unusable(value: Any, path: Path = ()) -> tuple[Path, str] | None:
    """The first value inside `value` that can be neither stored nor sent: its path, and why, in words.

    None when all can. The reason is the rest of a sentence about the value.
    """
    if len(path) > DEEPEST:
        return path[:3], f"is nested too deeply (more than {DEEPEST} levels)"
    if isinstance(value, dict):
        return _find_in_mapping(value, path)
    if isinstance(value, list | tuple):
        return next(filter(None, (find_unusable(item, (*path, i)) for i, item in enumerate(value))), None)
    reason = _why_scalar_is_unusable(value)
    return (path, reason) if reason else None


def _find_in_mapping(mapping: dict[Any, Any], path: Path) -> tuple[Path, str] | None:
    keys: set[str] = set()
    for key, item in mapping.items():
        # Whole numbers as keys are common, for example the tokens of a logit_bias.
        if isinstance(key, bool) or not isinstance(key, str | int):
            return path, f"has the key {shown(key)}: a key must be a text"
        if str(key) in keys:
            return path, f"has the key {str(key)!r} twice"
        keys.add(str(key))
        problem = find_unusable(key, path) or find_unusable(item, (*path, key))
        if problem:
            return problem
    return None


def _why_scalar_is_unusable(value: Any) -> str | None:
    if isinstance(value, str):
        return find_unusable_text(value)
    if isinstance(value, int):
        return None if abs(value) <= LARGEST_INTEGER else "is too large: a whole number has at most 18 digits"
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {'not a number (NaN)' if math.isnan(value) else 'infinite'}: it must be a finite number"
    return None
