"""YAML from anybody: what is refused, where, and how soon.
Knows nothing about what the files mean."""

from __future__ import annotations

import time

import pytest

from workbench.errors import InputError
from workbench.input.plain_data import find_unusable
from workbench.input.yaml_reading import MOST_VALUES, parse_yaml, to_plain


def _multiplying(levels: int, items: str) -> str:
    lines = [f"a0: &a0 {items}"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


MERGES = "a0: &a0 {k0: 1}\n" + "".join(
    f"a{i}: &a{i}\n  <<: [{', '.join([f'*a{i - 1}'] * 9)}]\n  k{i}: 1\n" for i in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_multiplying(9, "[x, x, x, x, x, x, x, x, x]"), "f.yaml:5: the file is too large"),
        (_multiplying(4, "x" * 100_000), "too large"),
        (MERGES, "too large"),
        ("a: &a [1, *a]", "f.yaml:1: the alias *a refers to itself"),
        ("a: &a {b: {c: *a}}", "refers to itself"),
        ("a: 1\nb: " + "[" * 100_000, "f.yaml:2: this is not valid YAML: it is nested too deeply"),
        ("{a: " * 1_000, "nested too deeply"),
        ("- " * 1_000, "nested too deeply"),
        ("? " * 1_000, "nested too deeply"),
        ("[" + "1," * (MOST_VALUES + 1) + "]", "too large"),
        ("x" * 5_000_000, "5,000,000 characters"),
        ("a: 1\na: 2", "f.yaml:2: this is not valid YAML: found duplicate key"),
        ("a: {b: 1, b: 2}", "duplicate key"),
        ("a: !!python/object/apply:os.system [ls]", "f.yaml:1: the tag"),
        ("a: !mine 1", "the tag '!mine' is not allowed"),
        ("a: !!binary aGk=", "not allowed"),
        ("a: 1\nb: !!int abc", "f.yaml:2: this value is not valid"),
        ("a: " + "9" * 100_000, "f.yaml:1: a number has too many digits"),
        ("a: \x00", "not valid YAML"),
        ("a: *nowhere", "undefined alias"),
        ("a: 1\n---\nb: 2", "another document"),
        ("%YAML 9.9\n---\na: 1", "not valid YAML"),
    ],
)
def test_a_hostile_file_is_refused_at_once_and_named(text: str, words: str) -> None:
    started = time.process_time()  # a busy machine takes no part in it
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f.yaml")
    assert words in str(caught.value) and len(str(caught.value)) < 400
    assert time.process_time() - started < 20


def test_aliases_and_merges_within_the_limits_are_read() -> None:
    text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: [*b, *b]\nsame: &b 4\nlast: *b"
    data = to_plain(parse_yaml(text, "f.yaml"))
    assert data["one"] == {"x": 1, "y": 3} and data["two"] == [{"x": 1, "y": 2}] * 2 and data["last"] == 4


def test_dates_stay_what_was_written_and_core_tags_are_read() -> None:
    data = to_plain(parse_yaml("a: 2026-11-01\nb: 2026-11-01T10:00:00Z\nc: !!str 12\nd: &x true\ne: *x", "f"))
    assert data == {"a": "2026-11-01", "b": "2026-11-01T10:00:00Z", "c": "12", "d": True, "e": True}


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ({"a": [1, float("nan")]}, ("a", 1), "NaN"),
        ({"a": float("-inf")}, ("a",), "infinite"),
        ({"a": 10**30}, ("a",), "too large"),
        ({"a": 10**5000}, ("a",), "too large"),
        ({"a": "x\0"}, ("a",), "NUL"),
        ({"a": "\ud800"}, ("a",), "half a character"),
        ({"a\ud800": 1}, (), "half a character"),
        ({None: 1}, (), "key null"),
        ({True: 1}, (), "key true"),
        ({1.5: 1}, (), "key 1.5"),
        ({(1, 2): 1}, (), "key (1, 2)"),
        ({1: "a", "1": "b"}, (), "twice"),
    ],
)
def test_what_can_be_neither_stored_nor_sent_is_found(
    value: object, path: tuple[object, ...], words: str
) -> None:
    problem = find_unusable(value)
    assert problem is not None and problem[0] == path and words in problem[1]


def test_ordinary_values_are_usable() -> None:
    assert find_unusable({"a": [1, -0.5, "é", None, True, 2**63 - 1], 5: {"b": []}}) is None
