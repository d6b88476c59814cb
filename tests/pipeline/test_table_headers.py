"""Tests that a chunk that begins inside a table has the table's header rows, once, wherever it is used.
Knows nothing about how documents are read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.tables import find_tables
from workbench.corpus.types import Document
from workbench.pipeline.bm25 import KeywordIndex
from workbench.pipeline.chunking import LONGEST_HEADER, chunk_document
from workbench.pipeline.fingerprints import document_chunks
from workbench.pipeline.passages import Passage, chunk_to_record, record_to_hit
from workbench.pipeline.prompt_rendering import format_passages
from workbench.pipeline.types import Chunk, Hit, searched_text
from workbench.scoring.grounding import score_grounding

PARTS = "| Part | Number | Price |\n|---|---|---|\n" + "\n".join(
    f"| Part {n} of the pump | TD-{n:03} | {n * 3} euros |" for n in range(20)
)
RULELESS = "| Step | Warranty | Paid repair |\n" + "\n".join(
    f"| Step number {n} of the repair | {n} days | {n + 3} days |" for n in range(20)
)
LOOSE = "Sign | Meaning | What to do\n" + "\n".join(
    f"H{n} | the sensor {n} is hot | let it cool" for n in range(20)
)


def document(text: str) -> Document:
    return Document("d.md", "Guide", f"Words before.\n\n{text}\n\nWords behind.\n", "markdown")


def chunks_of(text: str, size: int = 64, splitter: str = "sentence", overlap: int = 0) -> list[Chunk]:
    return chunk_document(document(text), splitter, size, overlap)


@pytest.mark.parametrize("splitter", ["sentence", "token", "markdown"])
@pytest.mark.parametrize(
    ("table", "header"),
    [
        (PARTS, "| Part | Number | Price |\n|---|---|---|"),
        (RULELESS, "| Step | Warranty | Paid repair |"),
        (LOOSE, "Sign | Meaning | What to do"),
    ],
    ids=["Markdown", "HTML and DOCX", "PDF"],
)
def test_a_chunk_inside_a_table_has_the_header_rows(table: str, header: str, splitter: str) -> None:
    first, *rest = [c for c in chunks_of(table, splitter=splitter) if "|" in c.text]
    assert first.header == "" and len(rest) > 2
    assert {c.header for c in rest} == {header}


def test_the_text_of_a_chunk_stays_its_span_and_its_size() -> None:
    text = document(PARTS).text
    for chunk in chunks_of(PARTS):
        assert chunk.text == text[chunk.start : chunk.end] and chunk.tokens <= 64


@pytest.mark.parametrize(
    "text",
    [
        "```\n" + PARTS + "\n```",
        "| 1 | 2 | 3 |\n" * 30,
        "| Power | 750 W |\n| Weight | 3 kg |",
        "cat a | grep b | sort\n\n" * 20,
        "| Only | a header |\n|---|---|",
        "|---|---|\n" * 20,
        "| |\n" * 20,
        "|\n" * 20,
        "a; b: 1",
        "",
    ],
    ids=[
        "code",
        "numbers",
        "two rows",
        "commands",
        "header alone",
        "rules",
        "empty",
        "bars",
        "csv",
        "nothing",
    ],
)
def test_other_lines_have_no_header(text: str) -> None:
    assert find_tables(text) == []


def test_a_header_of_years_is_one_and_one_of_prices_is_none() -> None:
    rows = "\n| Ember | 3 | 4 |\n| Tide | 5 | 6 |"
    assert len(find_tables(f"| Sold | 2023 | 2024 |{rows}")) == 1
    assert find_tables(f"| Cup | £4 | £5 |{rows}") == []


def test_a_huge_header_is_not_repeated() -> None:
    header = "| " + " | ".join(f"A long name of column number {n}" for n in range(12)) + " |"
    table = header + "\n" + "\n".join("| " + " | ".join(["x"] * 12) + " |" for _ in range(40))
    assert all(c.header == "" for c in chunks_of(table, size=64))
    assert any(c.header == header for c in chunks_of(table, size=512, splitter="token"))


def test_a_header_that_is_cut_is_repeated_up_to_the_cut() -> None:
    chunks = [c for c in chunks_of(PARTS, size=16, splitter="token") if c.header]
    cut = "| Part | Number | Price |\n|---|---|---|"
    for chunk in chunks:
        begun = document(PARTS).text[: chunk.start].rstrip()
        assert cut.startswith(chunk.header) and (chunk.header == cut or begun.endswith(chunk.header))


names = st.lists(
    st.text("abcdefgh XYZ", min_size=1, max_size=12).map(str.strip).filter(bool), min_size=2, max_size=5
)


@settings(max_examples=120)
@given(
    names,
    st.integers(1, 40),
    st.sampled_from(["sentence", "token", "markdown"]),
    st.integers(16, 96),
    st.integers(0, 15),
    st.booleans(),
    st.sampled_from(["", "Before.\n\n", "# Heading\n\nBefore it.\n"]),
    st.sampled_from(["", "\n\nAfter.", "\n\n| x | y |\n|---|---|\n| 1 | 2 |"]),
)
def test_every_chunk_that_begins_inside_a_table_has_its_header_once(
    columns: Sequence[str],
    rows: int,
    splitter: str,
    size: int,
    overlap: int,
    rule: bool,
    before: str,
    after: str,
) -> None:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    head = line([f"{name} head" for name in columns])
    body = [line([f"cell {n}x{m}" for m in range(len(columns))]) for n in range(rows)]
    rules = [line(["---"] * len(columns))] if rule else []
    text = before + "\n".join([head, *rules, *body]) + after
    for chunk in chunk_document(Document("d.md", "D", text, "markdown"), splitter, size, overlap):
        assert chunk.text == text[chunk.start : chunk.end] and chunk.tokens <= size
        start = text.index(head)
        end = start + len("\n".join([head, *rules, *body]))
        inside = start < chunk.start < end and (rule or rows > 1)
        fits = chunk_tokens(head) <= LONGEST_HEADER * size
        if inside and fits:
            read = chunk.header + chunk.text if chunk.start < start + len(head) else chunk.shown
            assert "".join(read.split()).count("".join(head.split())) == 1
        elif chunk.start <= start or chunk.start >= end and "| x |" not in after:
            assert chunk.header == ""


def chunk_tokens(text: str) -> int:
    from workbench.pipeline.token_offsets import TokenOffsets

    return len(TokenOffsets.of(text).starts)


def test_the_header_is_embedded_and_found_by_keyword() -> None:
    chunks = chunks_of(PARTS)
    later = next(n for n, c in enumerate(chunks) if c.header)
    assert searched_text(chunks[later]) == f"{chunks[later].header}\n{chunks[later].text}"
    assert later in [position for position, _ in KeywordIndex(chunks).query("Price", 50)]


def test_the_model_is_shown_title_then_header_then_text() -> None:
    chunk = next(c for c in chunks_of(PARTS) if c.header)
    assert format_passages([Hit(chunk, 1.0)]) == f"[1] Guide\n{chunk.header}\n{chunk.text}"


def test_the_header_comes_back_from_the_store_and_reaches_programs() -> None:
    chunk = next(c for c in chunks_of(PARTS) if c.header)
    assert record_to_hit(chunk_to_record(chunk), 0.5).chunk == chunk
    assert Passage.of(Hit(chunk, 1.0)).header == chunk.header
    assert chunk_to_record(chunk).key != chunk_to_record(chunks_of(RULELESS)[0]).key


def test_only_documents_with_tables_have_new_keys() -> None:
    plain = Document("d.md", "D", "Words | with a bar.\nAnd | more.", "markdown")
    # The key that version 3 of the chunks has without a version of tables in it.
    assert document_chunks(plain, "sentence", 64, 0) == KEY_WITHOUT_TABLES
    assert document(PARTS).tables


KEY_WITHOUT_TABLES = "d15e48dcac7ff6c7929186166c289c81"


def test_grounding_reads_the_header_as_rows_and_as_words_of_the_passage() -> None:
    rows = "| Cup | TD-101 | 12 euros |\n| Lid | TD-102 | 4 euros |"
    header = "| Part | Number | Price |\n|---|---|---|"
    copied = "| Part | Number | Price |\n|---|---|---|\n| Cup | TD-101 | 12 euros |"
    without = score_grounding(copied, [rows], "What does the cup cost?", ["Parts"])
    with_header = score_grounding(copied, [rows], "What does the cup cost?", ["Parts"], [header])
    assert with_header.value is not None and without.value is not None
    assert with_header.value >= without.value and with_header.value > 0.9
    wrong = score_grounding("| Cup | TD-101 | 15 euros |", [rows], "", ["Parts"], [header])
    assert wrong.value is not None and wrong.value < 0.5
    said = "The price of the cup is 12 euros."
    assert (
        score_grounding(said, [rows], None, ["Parts"], [header]).claims[0].support
        > score_grounding(said, [rows], None, ["Parts"]).claims[0].support
    )
