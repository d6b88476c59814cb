"""Parses JSON of files that people write, strictly: one value, within limits, without NaN or a key twice.
Knows nothing about what the values mean. What servers and models send is taken in by replies/untrusted.py."""

from __future__ import annotations

import json
from typing import Any

from workbench.input.plain_data import DEEPEST, find_unusable


class UnusableJson(ValueError):
    """A text that is not JSON, or holds what can be neither stored nor sent; says why in words."""


def parse_strict_json(text: str, *, lenient: bool = False) -> Any:
    """Parse one JSON value. Raises UnusableJson with the reason, the rest of a sentence about the text.

    lenient: read NaN and infinity, which other programs write, as null.
    """
    constant = _read_as_null if lenient else _refuse_constant
    try:
        value = json.loads(text, object_pairs_hook=_mapping, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise UnusableJson(f"is not JSON ({error.msg}, column {error.colno})") from None
    except RecursionError:
        raise UnusableJson(f"is nested too deeply (more than {DEEPEST} levels)") from None
    except UnusableJson:
        raise
    except ValueError:
        raise UnusableJson("cannot be used: a number in it is too long") from None
    problem = find_unusable(value)
    if problem is None:
        return value
    path, reason = problem
    raise UnusableJson(f"cannot be used: {'.'.join(map(str, path)) or 'it'} {reason}")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UnusableJson(f"has the key {twice[:80]!r} twice")
    return mapping


def _read_as_null(name: str) -> None:
    return None


def _refuse_constant(name: str) -> Any:
    raise UnusableJson(f"holds {name}, which JSON does not have")
