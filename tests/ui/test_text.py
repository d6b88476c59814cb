"""Text from outside, as it is shown: escaped, marked, in boxes, and its tables as tables.
Knows nothing about pages."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.widgets.document_text import document_html
from workbench.ui.widgets.text import Mark, marked_html, needs_box, variables_of

TABLE = "Rates\n\n| Model | Price |\n|---|--:|\n| A1 | 10 |\n| B<2> | 20 |\n\nEnd"
ROWS = st.lists(st.text("|-: \n\\ab<&", max_size=12), max_size=6).map("\n".join)


def shown(page: str) -> str:
    """What a person reads, blanks and bars aside."""
    return re.sub(r"[\s|]", "", html.unescape(re.sub(r"<[^>]*>", "", page)))


def test_the_variables_of_a_prompt_are_marked_and_doubled_braces_are_not() -> None:
    template = "Use {passages}. {{question}} {other}\n{question}"
    assert [template[m.start : m.end] for m in variables_of(template)] == ["{passages}", "{question}"]


def test_only_a_long_text_gets_a_box_that_scrolls() -> None:
    assert not needs_box("short", 4) and not needs_box("word " * 1_000, None)
    assert needs_box("word " * 100, 4) and needs_box("a\n" * 5, 4)


def test_rows_of_a_markdown_table_become_cells_with_a_head() -> None:
    page = document_html(TABLE)
    assert page.count("<tr>") == 3 and '<th scope="col">Model</th><th scope="col">Price</th>' in page
    assert "<td>B&lt;2&gt;</td><td>20</td>" in page and "|" not in page and "---" not in page


def test_a_dash_in_the_body_of_a_table_is_a_value() -> None:
    assert document_html("| A | B |\n|---|---|\n| - | - |").count("<td>-</td>") == 2
    assert document_html("| A |\n|---|\n| 1 |").count("<td>") == 1


def test_rows_as_the_pdf_reader_writes_them_become_cells_and_a_single_bar_does_not() -> None:
    assert document_html("Step | Days\nRepair | 5").count("<td>") == 4
    for text in ("Home | About", "a|b\nc|d", "either || or\nor || and"):
        assert "<table" not in document_html(text)


def test_a_row_that_a_chunk_begins_in_the_middle_of_is_a_row_too() -> None:
    assert "<td>leads only</td>" in document_html("a conversation | leads only |\n| T-17 | a review |")


def test_the_last_row_of_a_chunk_may_be_cut_and_a_first_cell_may_be_empty() -> None:
    assert "<tr><td>T-21</td><td>parcel sea</td></tr>" in document_html(
        "| T-17 | a review |\n| T-21 | parcel sea"
    )
    assert "<tr><td></td><td>Ember 15</td></tr>" in document_html("| Ember 15\nPower | 750 W")


def test_marks_reach_into_the_cells_they_touch() -> None:
    start, end = TABLE.index("A1"), TABLE.index("20") + 1
    page = document_html(TABLE, [Mark(start, end, "evidence", "Evidence")])
    marked = re.findall(r'<mark class="evidence" title="Evidence">(.*?)</mark>', page)
    assert marked == ["A1", "10", "B&lt;2&gt;", "2"]


@given(ROWS)
def test_nothing_but_bars_and_rules_is_lost_and_nothing_is_live(text: str) -> None:
    page = document_html(text)
    assert set(re.findall(r"</?(\w+)", page)) <= {"div", "table", "tbody", "tr", "td", "th"}
    plain = shown(marked_html(text))
    if "-" not in text:
        assert shown(page) == plain
    assert shown(page).replace("-", "").replace(":", "") == plain.replace("-", "").replace(":", "")
