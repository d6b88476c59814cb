"""Parses JSON that may come from anybody: one value, within limits, without NaN and without a key twice.
Knows nothing about what the values mean."""

from __future__ import annotations

import json
from typing import Any

from workbench.plain_data import DEEPEST, find_unusable


class NotJson(ValueError):
    """A text that is not JSON, or holds what can be neither stored nor sent; says why in words."""


def parse_json(text: str) -> Any:
    """Parse one JSON value. Raises NotJson with the reason, the rest of a sentence about the text."""
    try:
        value = json.loads(text, object_pairs_hook=_mapping, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON ({error.msg}, column {error.colno})") from None
    except RecursionError:
        raise NotJson(f"has its nesting too deep: more than {DEEPEST} levels") from None
    except NotJson:
        raise
    except ValueError:
        raise NotJson("cannot be used: a number in it is too long") from None
    problem = find_unusable(value)
    if problem is None:
        return value
    path, reason = problem
    raise NotJson(f"cannot be used: {'.'.join(map(str, path)) or 'it'} {reason}")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotJson(f"has the key {twice[:80]!r} twice")
    return mapping


def _refuse_constant(name: str) -> Any:
    raise NotJson(f"holds {name}, which JSON does not have")
