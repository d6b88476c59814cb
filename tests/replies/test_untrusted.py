"""Text and JSON from outside: whatever comes in can be stored, hashed and sent on, or is refused.
Knows nothing about servers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.fingerprint import fingerprint
from workbench.replies.untrusted import (
    NotJson,
    parse_json,
    read_json,
    read_json_at,
    storable,
    storable_json,
    storable_text,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
ANY_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=12,
)


@given(ANY_TEXT)
def test_any_text_becomes_one_that_files_hashes_and_databases_take(text: str) -> None:
    stored = storable_text(text)
    assert storable_text(stored) == stored and "\0" not in stored
    fingerprint(stored)
    [[read]] = sqlite3.connect(":memory:").execute("SELECT ?", (stored,))
    assert read == stored


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_a_text_without_faults_stays_as_it_is_and_halves_of_its_characters_are_put_together(
    text: str,
) -> None:
    assert storable_text(text) == text
    halves = text.encode("utf-16-le", "surrogatepass")
    apart = "".join(chr(int.from_bytes(halves[i : i + 2], "little")) for i in range(0, len(halves), 2))
    assert storable_text(apart) == text


@given(ANY_JSON)
def test_any_json_is_read_as_values_that_can_be_stored(value: Any) -> None:
    read = read_json(json.dumps(value))
    json.dumps(read, ensure_ascii=False).encode()


@given(ANY_JSON)
def test_any_json_is_written_with_all_its_texts_storable_and_nothing_else_changed(value: Any) -> None:
    written = storable_json(value)
    written.encode()
    assert "\0" not in written and repr(json.loads(written)) == repr(storable(value))


@given(st.binary() | st.builds(lambda v, n: json.dumps(v).encode()[:n], ANY_JSON, st.integers(0, 40)))
def test_any_bytes_are_read_or_refused_by_one_error(data: bytes) -> None:
    with suppress(NotJson):
        json.dumps(read_json(data), ensure_ascii=False).encode()


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 200 + "]" * 200, '{"a":' * 3_000 + "1" + "}" * 3_000])
def test_json_that_is_nested_deeply_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        read_json(text)


def test_many_lists_beside_each_other_are_not_deep() -> None:
    assert len(read_json(json.dumps([[1]] * 1_000))) == 1_000


def test_numbers_of_any_length_are_numbers() -> None:
    long, short, large = parse_json(f"[{'9' * 5_000}, 123456789012345678, -{'8' * 30}]")
    assert (long, short) == (float("inf"), 123456789012345678) and large == pytest.approx(-8.9e29, rel=0.01)


def test_json_amid_other_text_is_read_where_it_begins() -> None:
    assert read_json_at('As {"a": "\\ud800"} and so on', 3) == ({"a": "\ufffd"}, 18)
    with pytest.raises(NotJson, match="follows"):
        read_json('{"a": 1} and so on')
