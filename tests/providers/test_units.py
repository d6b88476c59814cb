"""Tests splitting passages into sentences, list items and table rows.
Knows nothing about questions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.providers.embedded.units import NumberedPassage, Unit, split_units

MARKDOWN = """## Fees

Prices are **per month**, see [the list](http://x.example/a).

| Plan | Price |
|---|---|
| Basic | $5 |
| Pro | $12 |

To return an item you need:

- the receipt
- the box

and so on"""


def units(text: str) -> list[Unit]:
    return split_units([NumberedPassage(1, "T", text)])


def test_reads_markdown() -> None:
    found = [(unit.kind, unit.text) for unit in units(MARKDOWN)]
    assert found == [
        ("heading", "Fees"),
        ("sentence", "Prices are per month, see the list."),
        ("row", "Plan: Basic; Price: $5"),
        ("row", "Plan: Pro; Price: $12"),
        ("sentence", "To return an item you need: the receipt; the box."),
        ("item", "the receipt"),
        ("item", "the box"),
        ("sentence", "and so on"),
    ]


def test_units_know_heading_lead_and_span() -> None:
    row = units(MARKDOWN)[3]
    assert row.heading == "Fees" and MARKDOWN[row.start : row.end] == "| Pro | $12 |"
    item = units(MARKDOWN)[5]
    assert item.lead == "To return an item you need:"


def test_a_table_without_a_separator_has_no_header() -> None:
    assert [unit.text for unit in units("| Basic | $5 |\n| Pro | $12 |")] == ["Basic; $5", "Pro; $12"]


def test_cut_sentences_are_fragments() -> None:
    first, second, third = units("of the parcel. It is free. It starts on")
    assert (first.fragment, second.fragment, third.fragment) == (True, False, True)


@given(st.text(alphabet="aB1|-#*.: \n", max_size=150))
def test_spans_lie_inside_the_text_in_order(text: str) -> None:
    found = units(text)
    assert all(0 <= unit.start < unit.end <= len(text) for unit in found)
    assert [unit.order for unit in found] == list(range(len(found)))
    assert [unit.start for unit in found] == sorted(unit.start for unit in found)
