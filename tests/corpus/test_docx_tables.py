"""The rows of a table make sense one by one, whatever is merged, missing or nested."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus.docx_files import cell, control, paragraph, row, run, styled, table, word_file
from workbench.corpus.readers import read_docx

FIRST, MORE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
SPAN = '<w:gridSpan w:val="{}"/>'.format


def text_of(body: str) -> str:
    return read_docx(word_file(body)).text


@pytest.mark.parametrize(
    ("what", "body", "text"),
    [
        ("plain", table(row("a", "b"), row("c", "d")), "| a | b |\n| c | d |"),
        ("over columns", table(row("a", cell("bc", SPAN(2))), row("d", "e", "f")), "| a | bc |  |\n| d | e | f |"),
        ("over rows", table(row(cell("a", FIRST), "b"), row(cell("", MORE), "c"), row(cell("", MORE), "d")), "| a | b |\n| a | c |\n| a | d |"),
        ("over rows and columns", table(row(cell("a", SPAN(2) + FIRST), "b"), row(cell("", SPAN(2) + MORE), "c"), row("d", "e", "f")), "| a |  | b |\n| a |  | c |\n| d | e | f |"),
        ("two, one below the other", table(row(cell("a", FIRST), "b"), row(cell("", MORE), "c"), row(cell("x", FIRST), "d"), row(cell("", MORE), "e")), "| a | b |\n| a | c |\n| x | d |\n| x | e |"),
        ("a continuation with text", table(row(cell("a", FIRST), "b"), row(cell("z", MORE), "c")), "| a | b |\n| z | c |"),
        ("a continuation of nothing", table(row("a", "b"), row("c", "d", cell("", MORE))), "| a | b |\n| c | d |"),
        ("a row that is one cell", table(row(cell("Prices", SPAN(3))), row("a", "b", "c")), "| Prices |\n| a | b | c |"),
        ("an empty column", table(row("a", "", "b"), row("c", "", "d")), "| a | b |\n| c | d |"),
        ("columns that no row has", table(row(cell("a", SPAN(5)), cell("b", SPAN(9))), row(cell("c", SPAN(5)), "d")), "| a | b |\n| c | d |"),
        ("a row that begins later", table(row("a", "b", "c"), row("d", "e", properties='<w:gridBefore w:val="1"/>')), "| a | b | c |\n|  | d | e |"),
        ("a row that ends sooner", table(row("a", "b", "c"), row("d", properties='<w:gridAfter w:val="2"/>')), "| a | b | c |\n| d |  |  |"),
        ("a missing cell", table(row("a", "b"), row("c")), "| a | b |\n| c |  |"),
        ("an empty row", table(row("a", "b"), row("", ""), row("c", "d")), "| a | b |\n| c | d |"),
        ("an empty table", table() + paragraph("x"), "x"),
        ("a row in a control", table(control(row("a", "b")), row("c", "d")), "| a | b |\n| c | d |"),
        ("a cell in a control", table(row(control(cell("a")), "b"), row("c", "d")), "| a | b |\n| c | d |"),
        ("rows in one control", table(control(control(row("a", "b") + row("c", "d")))), "| a | b |\n| c | d |"),
        ("a deleted cell", table(row("a", cell("x", "<w:cellDel/>"), "b"), row("c", "d")), "| a | b |\n| c | d |"),
        ("paragraphs in a cell", table(row(cell(paragraph("a") + paragraph("b")), "c"), row("d", "e")), "| a b | c |\n| d | e |"),
        ("a frame of one cell", table(row(cell(styled("Head", "Heading1") + paragraph("Text.")))), "# Head\n\nText."),
        ("one column", table(row("a"), row("b")), "a\n\nb"),
        ("a table in a cell", table(row("Engine", cell(table(row("Oil", "3.5 litres"), row("Water", "2 litres")) + paragraph("Weekly.")))), "| Engine | Oil: 3.5 litres; Water: 2 litres; Weekly. |"),
        ("a table in a table in a cell", table(row("a", cell(table(row("b", cell(table(row("c", "d")))), row("e", "f")))), row("g", "h")), "| a | b: c: d; e: f |\n| g | h |"),
        ("a table only to place things", table(row(cell(styled("Left", "Heading2") + paragraph("One.")), cell(styled("Right", "Heading2") + paragraph("Two.")))), "## Left\n\nOne.\n\n## Right\n\nTwo."),
        ("a break in a cell", table(row(cell(paragraph("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>")), "c"), row("d", "e")), "| a b | c |\n| d | e |"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 and "|" not in value else "-",
)  # fmt: skip
def test_a_row_is_a_line_with_each_value_in_its_column(what: str, body: str, text: str) -> None:
    assert text_of(body) == text, what


def test_a_large_table_in_a_cell_stays_a_table() -> None:
    inner = table(*(row(f"k{n}", f"v{n}") for n in range(8)))
    text = text_of(table(row("Settings", cell(inner)), row("a", "b")))
    assert "| k3 | v3 |\n" in text and text.startswith("Settings\n\n") and text.endswith("| a | b |")


def test_a_long_text_over_many_rows_is_said_once() -> None:
    rules = "The driver checks the tyres, the lights and the brakes before each journey. " * 3
    body = table(row(cell(rules, FIRST), "b"), *(row(cell("", MORE), f"c{n}") for n in range(9)))
    assert text_of(body).count("tyres") == rules.count("tyres")


@pytest.mark.parametrize(
    "body",
    [
        table(row(cell("a", SPAN(1000000)), "b"), row("c", cell("d", SPAN(999999999)))),
        table(row(cell("a", SPAN("9" * 4000)), cell("b", SPAN(-5)), cell("c", SPAN("x")))),
        table(
            *(
                row("a", "b", properties=f'<w:gridBefore w:val="{n * 1000003 % 999983}"/>')
                for n in range(1500)
            )
        ),
        table(row(cell("a" * 90, FIRST), "b"), *(row(cell("", MORE), "c") for _ in range(3000))),
    ],
    ids=["spans", "senseless spans", "ragged rows", "rows"],
)
def test_spans_do_not_multiply_the_text(body: str) -> None:
    started = time.process_time()
    assert len(text_of(body)) < 350_000 and time.process_time() - started < 10


@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=5), min_size=1, max_size=6
    )
)
def test_every_cell_is_in_the_line_of_its_row(shape: list[list[tuple[int, bool]]]) -> None:
    rows = []
    for y, cells in enumerate(shape):
        rows.append(
            row(
                *(
                    cell(paragraph(run(f"r{y}c{x}")), SPAN(span) + (FIRST if merged else ""))
                    for x, (span, merged) in enumerate(cells)
                )
            )
        )
    text = text_of(table(*rows, row("last", "row")))
    lines = [line for line in text.split("\n") if line]
    for y, cells in enumerate(shape):
        for x in range(len(cells)):
            assert f"r{y}c{x}" in lines[y].split() and text.split().count(f"r{y}c{x}") == 1
    assert len({line.count("|") for line, cells in zip(lines, shape, strict=False) if len(cells) > 1}) <= 1
