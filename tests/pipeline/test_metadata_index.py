"""Conditions on metadata, and the chunks that they leave: against a plain reading of what they mean.
Knows nothing about runs: tests/run/test_filters.py does."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.readers.csv_table import read_csv
from workbench.corpus.types import Document
from workbench.errors import ExperimentError
from workbench.input.condition_text import parse_condition, write_condition
from workbench.input.conditions import BOUNDS, BadCondition, condition_text, form_of, place_of, read_condition
from workbench.parts.choice import choose, write
from workbench.parts.part import Filter
from workbench.pipeline.bm25 import KeywordIndex
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.metadata_index import MetadataIndex, key_of
from workbench.pipeline.searchable import SearchableCorpus
from workbench.pipeline.sub_corpora import SubCorpora
from workbench.pipeline.types import Chunk
from workbench.pipeline.vector_stores.exact import ExactIndex

KEYS = st.sampled_from(["region", "year", "since", "open"])
SCALARS = st.one_of(
    st.sampled_from(["NL", "nl", "De", " x ", "2024", "2025", "2025-01-31", "2024-12-01T10:00", "007", "7"]),
    st.integers(2020, 2030),
    st.sampled_from([2024.0, 2024.5, True, False]),
)
NUMBERS = st.one_of(st.integers(2020, 2030), st.sampled_from(["2024", 2024.5]))
DATES = st.sampled_from(["2024-01-01", "2025-01-31", "2026-02-02"])


def bounds(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    pairs = st.lists(values, min_size=2, max_size=2).map(lambda two: sorted(two, key=lambda v: str(v)))
    return st.one_of(
        values.map(lambda v: {"min": v}),
        values.map(lambda v: {"max": v}),
        pairs.map(lambda two: {"min": two[0], "max": two[1]}),
    )


WANTED = st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3), bounds(NUMBERS), bounds(DATES))
CONDITIONS = st.dictionaries(KEYS, WANTED, min_size=1, max_size=3)
METADATA = st.dictionaries(KEYS, st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=2)), max_size=4)


def is_within(place: float | str, bounds: dict[str, Any]) -> bool:
    """Whether a place is within bounds of its own kind; a number is in no range of dates."""
    low, high = (place_of(bounds[name]) if name in bounds else None for name in BOUNDS)
    if any(bound is not None and type(bound) is not type(place) for bound in (low, high)):
        return False
    return (low is None or low <= place) and (high is None or place <= high)  # type: ignore[operator]


def meets(wanted: Any, value: Any) -> bool:
    """Whether one value of a document meets what a condition wants of its key."""
    if isinstance(wanted, dict):
        place = place_of(value)
        return place is not None and is_within(place, wanted)
    options = wanted if isinstance(wanted, list) else [wanted]
    return form_of(value) in {form_of(option) for option in options}


def document(name: str, metadata: dict[str, Any], text: str = "text") -> Document:
    return Document(name, name, text, "text", metadata=metadata)


def plainly(condition: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """What a condition means, key by key."""

    def values(key: str) -> list[Any]:
        value = metadata.get(key, [])
        return value if isinstance(value, list) else [value]

    return all(any(meets(wanted, value) for value in values(key)) for key, wanted in condition.items())


@given(st.lists(METADATA, min_size=1, max_size=6), CONDITIONS)
def test_the_index_finds_what_a_condition_means(found: list[dict[str, Any]], written: dict[str, Any]) -> None:
    try:
        condition = read_condition(written)
    except BadCondition as error:
        assert "min is above max" in str(error)
        return
    documents = [document(f"{n}.txt", metadata) for n, metadata in enumerate(found)]
    allowed = MetadataIndex(documents).allowed(condition)
    assert allowed.tolist() == [plainly(condition, metadata) for metadata in found]
    again = MetadataIndex(list(reversed(documents)))
    assert key_of(again.allowed(condition)) == key_of(allowed)
    assert read_condition(condition) == condition
    assert condition_text(read_condition(parse_condition(condition_text(condition)))) == condition_text(
        condition
    )
    assert parse_condition(write_condition(condition)) == condition
    text = write(Filter, condition)
    assert choose(Filter, text).arguments == {"condition": condition} and write(Filter, text) == text


@given(SCALARS, SCALARS)
def test_case_and_spaces_do_not_matter_and_kinds_do(a: Any, b: Any) -> None:
    assert meets(a, b) == meets(b, a) == (form_of(a) == form_of(b))


def test_what_is_no_condition_says_so() -> None:
    for value, what in (
        ("NL", "is no condition"),
        ({}, "is no condition"),
        ({"a": None}, "a is null"),
        ({"a": []}, "empty list"),
        ({"a": {"like": 1}}, "a range is written"),
        ({"a": {"min": "x"}}, "must be a number or a date"),
        ({"a": {"min": 1, "max": "2025-01-01"}}, "both be numbers or both be dates"),
        ({"a": {"min": 2, "max": 1}}, "min is above max"),
        ({"a": [{"b": 1}]}, "it must be a text"),
    ):
        with pytest.raises(BadCondition, match=what):
            read_condition(value)
    with pytest.raises(ExperimentError, match="where: condition"):
        write(Filter, {"region": {"like": "N"}})
    assert write(Filter, {"region": "NL"}) == 'where(condition={"region": "NL"})'
    assert write(Filter, {"where": {"condition": {"none": 1}}}) == 'where(condition={"none": 1})'
    assert choose(Filter, write(Filter, {"year": {"min": 2024}})).label == "Where year from 2024"


def test_a_chunk_of_a_table_is_found_by_the_cells_of_its_rows() -> None:
    rows = "".join(f"item {n},{'NL' if n % 4 == 0 else 'DE'},{2000 + n}\n" for n in range(40))
    read = read_csv(f"name,region,year\n{rows}".encode())
    table = Document(
        "t.csv", "t", read.text, "csv", metadata={"owner": "me"}, record_tables=read.record_tables
    )
    other = document("z.txt", {"region": "NL"}, "Some other text.")
    index = MetadataIndex([table, other])
    chunks = [*chunk_document(table, "sentence", 16, 0), *chunk_document(other, "sentence", 16, 0)]
    corpus = SearchableCorpus(chunks)
    for condition in ({"region": "nl"}, {"region": "NL", "year": {"min": 2020}}, {"owner": "me"}):
        within = SubCorpora(index).within(corpus, index.allowed(condition))
        expected = []
        for chunk in chunks:
            if chunk.document == "z.txt":
                met = plainly(condition, {"region": "NL"})
            else:
                cells = [
                    {"owner": "me", **dict(zip(read.record_tables[0].columns, row, strict=True))}
                    for start, end, row in read.record_tables[0].rows
                    if start < chunk.end and chunk.start < end
                ]
                met = any(plainly(condition, row) for row in cells)
            if met:
                expected.append(chunk)
        assert list(within.chunks) == expected and expected


def test_a_part_of_a_corpus_is_searched_as_the_whole_one_without_the_rest() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    documents = [document(f"{n:02}.txt", {"half": n % 2, "all": 1}, f"word{n % 7} text") for n in range(60)]
    chunks = [Chunk(d.name, d.title, 0, len(d.text), d.text, 3) for d in documents]
    corpus = SearchableCorpus(chunks, vectors, ExactIndex(vectors))
    index = MetadataIndex(documents)
    parts = SubCorpora(index)
    part = parts.within(corpus, index.allowed({"half": 1}))
    assert [c.document for c in part.chunks] == [d.name for d in documents if d.metadata["half"]]
    [whole] = corpus.vector_index.query(vectors[:1], 60)  # type: ignore[union-attr]
    [within] = part.vector_index.query(vectors[:1], 60)  # type: ignore[union-attr]
    named = [(corpus.chunks[p].document, round(s, 6)) for p, s in whole if p % 2]
    assert [(part.chunks[p].document, round(s, 6)) for p, s in within] == named
    words = [(part.chunks[p].document, s) for p, s in part.keyword_index().query("word3", 60)]
    all_words = [(corpus.chunks[p].document, s) for p, s in KeywordIndex(chunks).query("word3", 60)]
    assert words == [(name, s) for name, s in all_words if int(name[:2]) % 2] and words
    assert parts.within(corpus, index.allowed({"all": 1})) is corpus
    assert not parts.within(corpus, index.allowed({"all": 2})).chunks
    assert key_of(index.allowed({"all": 1})) == ""


def test_a_condition_takes_little_time_over_many_documents() -> None:
    documents = [document(f"{n}.txt", {"region": f"r{n % 50}", "n": n}) for n in range(20_000)]
    index = MetadataIndex(documents)
    index.allowed({"region": "r1", "n": {"min": 5}})
    started = time.process_time()
    for n in range(10):
        index.allowed({"region": [f"r{n}", "r7"], "n": {"min": n * 100, "max": 15_000}})
    assert (time.process_time() - started) / 10 < 0.05
