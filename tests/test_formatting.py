"""Numbers, lists and destinations are written as people write them.
Knows nothing about where they are shown."""

from __future__ import annotations

import pytest

from workbench.formatting import (
    byte_size,
    counted,
    destination_line,
    dollars_per_thousand,
    listed,
    p_text,
    p_value,
    signed,
    spent_dollars,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.0 MB"), (300_000, "0.3 MB"), (999_000_000, "999.0 MB"), (64_069_300_000, "64.1 GB")],
)
def test_sizes_are_megabytes_and_above_a_thousand_gigabytes(count: int, text: str) -> None:
    assert byte_size(count) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0 per 1,000"),
        (0.00000000002, "under $0.0001 per 1,000"),
        (0.0000002, "$0.00020 per 1,000"),
        (0.0012, "$1.20 per 1,000"),
    ],
)
def test_what_one_answer_costs_is_said_for_a_thousand(amount: float, text: str) -> None:
    assert dollars_per_thousand(amount) == text


def test_one_thing_is_no_plural() -> None:
    assert [counted(n, "file") for n in (0, 1, 2, 2000)] == ["0 files", "1 file", "2 files", "2,000 files"]


def test_a_list_of_words_ends_with_and() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip


def test_a_destination_is_a_sentence_that_says_whether_it_is_confirmed() -> None:
    destination = {
        "host": "https://a.example", "this_machine": False, "api_key_env": "A_KEY", "models": ["m", "n"],
        "sends": ["questions", "passages"], "confirmed": True,
    }  # fmt: skip
    said = "questions and passages for the models m and n, with the key in A_KEY."
    assert destination_line(destination) == f"https://a.example gets {said}"
    refused = destination_line(destination | {"confirmed": False})
    assert refused.startswith(f"https://a.example would get {said} You have not confirmed this")


@pytest.mark.parametrize(
    ("p", "written"),
    [(0.0, "< 0.001"), (0.0009, "< 0.001"), (0.0012, "0.001"), (0.0123, "0.012"), (0.0496, "0.0496"),
     (0.0504, "0.0504"), (0.312, "0.31"), (1.0, "1.00")],
)  # fmt: skip
def test_p_values_are_short_and_never_hide_their_side_of_five_percent(p: float, written: str) -> None:
    assert (p_value(p), p_text(p)) == (written, f"p {written}" if p < 0.001 else f"p = {written}")


def test_amounts_and_differences_too_small_for_the_usual_digits_are_not_zero() -> None:
    assert [spent_dollars(a) for a in (0, 0.0000004, 0.034)] == ["$0", "under $0.0001", "$0.034"]
    differences = [signed(d) for d in (0.0, -0.0, 0.0000098, -0.0000098, 0.25, -0.0007)]
    assert differences == ["+0.000", "+0.000", "+9.8e-06", "-9.8e-06", "+0.250", "-0.001"]


def test_what_rounding_leaves_of_no_difference_is_zero() -> None:
    assert [signed(d) for d in (4.8e-18, -5.6e-17)] == ["+0.000", "+0.000"]
