"""Odd input for fuzzing: values where others belong, and good files with one thing changed.
Knows nothing about the program."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# A few in the suite; FUZZ_EXAMPLES=5000 looks longer.
fuzzing = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    print_blob=True,
)

NAN, INFINITY = float("nan"), float("inf")


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e308, NAN, INFINITY, -INFINITY, 10**30, -(10**30), 2**63, 10**400,
    "", " ", "\n", "x", "x" * 5000, "9" * 30, "nan", "1e999", "-1", "true", "2026-11-01", "\0", "a\0b", "\ud800",
    "\u202e", "é" * 300, "../..", "~", "~nobody-here/x", "/dev/null", "http://[::1", "http://h:abc/v1",
    "http://h:99999/v1", "http:// h/v1", "//", "{", "}}{", "{question", "{x}", "a(b", "a(b=)", "mmr(", "mmr(balance=",
    "a:b", ":", "a: b", "@", "concise@", "concise@x", "concise@99999999999999999999",
    "[" * 900, '{"a":' * 900, [], {}, [[]], [None], [True], [{}], {"": None}, {"a": {}}, {"x": [NAN]}, {"a\0": 1},
    {"\ud800": 1}, {"x" * 3000: 1}, [1, [2, [3]]], _nested(40), _nested(63), _nested(300), list(range(200)),
]  # fmt: skip
odd_values = st.sampled_from(ODD_VALUES)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for step, item in inside for deeper in _paths(item, (*path, step)))]


def _find(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def changed(draw: st.DrawFn, good: Any) -> Any:
    """`good` with one or two places changed: another value, none, a new key, an item more or twice."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(_paths(value)))
        odd = copy.deepcopy(draw(odd_values))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return odd
            continue
        place, step = _find(value, path[:-1]), path[-1]
        how = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add", "wrap", "rename"]))
        if how == "remove":
            del place[step]
        elif how == "add" and isinstance(place[step], dict):
            place[step][draw(st.sampled_from(["x", "", "name", "strategy", "trials", "a\0"]))] = odd
        elif how == "add" and isinstance(place[step], list):
            place[step].append(odd)
        elif how == "wrap":
            place[step] = draw(
                st.sampled_from([[place[step]], {"x": place[step]}, {str(place[step])[:20]: odd}])
            )
        elif how == "rename" and isinstance(place, dict):
            place[draw(st.sampled_from(["x", "na me", "Name", "\ud800", "1", ""]))] = place.pop(step)
        else:
            place[step] = odd
    return value


def as_yaml(value: Any) -> str:
    """JSON is YAML, but for NaN and infinity."""
    text = json.dumps(value)
    return text.replace("-Infinity", "-.inf").replace("Infinity", ".inf").replace("NaN", ".nan")


YAML_PIECES = (
    "\n", "  ", "\t", ": ", "- ", "? ", "&a ", "*a", "<<: *a", "!!python/object:os.system ", "!x ", "!!int ", "|\n", ">-\n",
    "{", "}", "[", "]", '"', "'", "#", "%YAML 1.1\n---\n", "---\n", "...\n", "null: 1\n", "1: 2\n", "~: ~\n", "? [a]\n",
    "2026-11-01", ".nan", "0x10", "0o7", "1_000", "\x85", "\ufeff", "\x07", "\u2028", "é",
)  # fmt: skip


@st.composite
def torn(draw: st.DrawFn, good: str) -> str:
    """A text with pieces of YAML put in, and pieces cut out, anywhere."""
    text = good
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            text = text[:at] + draw(st.sampled_from(YAML_PIECES)) + text[at:]
        else:
            text = text[:at] + text[at + draw(st.integers(1, 12)) :]
    return text
