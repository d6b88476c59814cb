"""The table of a corpus's chunks: the same chunks as objects would be, found by position, document and id.
Knows nothing about how they were cut."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.types import Document, TableRows
from workbench.pipeline import chunk_table
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.chunk_table import ChunkTable, TableWriter
from workbench.pipeline.metadata_index import MetadataIndex
from workbench.pipeline.types import Chunk


def document(name: str, text: str) -> Document:
    rows = TableRows(("n",), tuple((n, n + 1, (str(n),)) for n in range(1, len(text), 4)))
    return Document(name, f"Title of {name}", text, "csv", record_tables=(rows,) if len(text) > 5 else ())


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Document], list[list[Chunk]]]:
    documents, chunks = [], []
    for number, text in enumerate(draw(st.lists(st.text(max_size=12), max_size=4))):
        places = st.integers(0, len(text))
        spans = draw(st.lists(st.tuples(places, places).map(sorted), max_size=5))
        documents.append(document(f"{number}:a-{number}.md", text))
        chunks.append(
            [
                Chunk(
                    documents[-1].name, draw(st.sampled_from(["", "A", "B"])), start, end, text[start:end],
                    draw(st.integers(0, 9)), draw(st.none() | st.integers(1, 9)), draw(st.sampled_from(["", "| h |"])),
                )
                for start, end in spans
            ]
        )  # fmt: skip
    return documents, chunks


def table_of(documents: list[Document], chunks: list[list[Chunk]]) -> ChunkTable:
    writer = TableWriter()
    for one, own in zip(documents, chunks, strict=True):
        writer.add(one, own)
    return writer.table()


@given(corpora(), st.sampled_from([0, 20_000]))
def test_it_holds_the_same_chunks_as_a_list(
    corpus: tuple[list[Document], list[list[Chunk]]], most_kept: int
) -> None:
    documents, by_document = corpus
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk_table, "MOST_KEPT", most_kept)
        check_it_holds_the_same(documents, by_document)


def check_it_holds_the_same(documents: list[Document], by_document: list[list[Chunk]]) -> None:
    table = table_of(documents, by_document)
    chunks = [chunk for own in by_document for chunk in own]
    assert list(table) == chunks and len(table) == len(chunks) and table == chunks
    assert [table[n] for n in range(len(table))] == chunks
    assert [table[-n - 1] for n in range(len(table))] == chunks[::-1]
    assert list(table[1:-1]) == chunks[1:-1] and list(table[::-2]) == chunks[::-2]
    for number, own in enumerate(by_document):
        assert list(table.of_document(number)) == own
    positions = {chunk.id: position for position, chunk in enumerate(chunks)}
    assert {chunk.id: table.positions[chunk.id] for chunk in chunks} == positions
    assert "other.md:0-1" not in table.positions and "0:a-0.md:90-91" not in table.positions
    with pytest.raises(IndexError):
        table[len(chunks)]


@given(corpora())
def test_the_pieces_of_metadata_are_those_of_the_objects(
    corpus: tuple[list[Document], list[list[Chunk]]],
) -> None:
    documents, by_document = corpus
    index = MetadataIndex(documents)
    chunks = [chunk for own in by_document for chunk in own]
    of_table = index.chunks_within(table_of(documents, by_document))
    assert [column.tolist() for column in of_table] == [
        column.tolist() for column in index.chunks_within(chunks)
    ]


def test_no_chunk_of_a_large_corpus_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_table, "MOST_KEPT", 30)
    documents = [
        Document(f"alone-{n}.txt", "T", f"This is the first of {n}. This is the second of {n}.", "text")
        for n in range(20)
    ]
    table, counts = chunk_documents(documents, "sentence", 8, 0, tmp_path)
    assert counts.made == 20 and len(table) >= 40
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, Chunk) and one.document[:6] == "alone-"]
    again, counts = chunk_documents(documents, "sentence", 8, 0, tmp_path)
    assert counts.stored == 20 and again == table and again.digest() == table.digest()
