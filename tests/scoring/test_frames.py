"""Tests of frames: what surrounds an answer goes, what it says stays.
Knows nothing about scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.scoring.frames import strip_citations, strip_frames, strip_markup

FRAMED = [
    "The answer is: 80 kg",
    "The answer is 80 kg",
    "**Answer:** 80 kg",
    "# Answer\n\n80 kg",
    "Answer: 80 kg\n\nSources: [1], [2]",
    "According to the documents, 80 kg [1]",
    "Based on the passages provided, the answer is **80 kg**【1】",
    "Sure! Here is the answer: 80 kg",
    "80 kg [1, 2]",
    "80 kg【4†source】",
    "80 kg (source: handbook.pdf)",
    "80 kg [benefit_options.pdf#page=7]",
    "80 kg[^1]\n\n[^1]: Manual, p. 3",
    "80 kg¹",
    "80 kg (see [1])",
    "80 kg (Document 2)",
    "[80 kg](https://example.org/a_(b))",
    "80 kg, according to the provided documents",
    "80 kg, as stated in passage 2",
    "How heavy is it? 80 kg",
    "Question: How heavy is it?\nAnswer: 80 kg",
    "I think that 80 kg",
    "In the document, it says 80 kg",
    "According to [1], 80 kg",
    "- `80 kg`",
    "> 80 kg",
]
KEPT = [
    "In 2019, it weighed 80 kg",
    "From the top, press 5",
    "2*3 = 6 and snake_case_name",
    "Sure.",
    "5 m² of room",
    "10² metres",
    "Information about dogs is at the desk",
    "If you want to return it, contact the shop.",
    "If you need any more information, feel free to ask.",
    "Contents: 5 apples",
]


@pytest.mark.parametrize("answer", FRAMED)
def test_a_frame_is_removed(answer: str) -> None:
    assert strip_frames(answer, "How heavy is it?") == "80 kg"


@pytest.mark.parametrize("closing", ["I hope this helps!", "Let me know if you have any other questions."])
def test_a_closing_courtesy_is_removed(closing: str) -> None:
    assert strip_frames(f"It weighs 80 kg. {closing}") == "It weighs 80 kg."


@pytest.mark.parametrize("answer", KEPT)
def test_what_an_answer_says_is_kept(answer: str) -> None:
    assert strip_frames(answer) == answer


def test_list_marks_and_table_borders_are_markup() -> None:
    assert strip_markup("1. Theft\n2. Fire").split() == ["Theft", "Fire"]
    assert strip_markup("| a | 80 kg |\n|---|---|\n| b | 9 |").split() == ["a", "80", "kg", "b", "9"]


def test_numbers_in_brackets_that_cite_nothing_stay() -> None:
    assert strip_citations("It costs 5 (of 10) euros") == "It costs 5 (of 10) euros"


@given(st.text(max_size=300))
def test_any_text_can_be_stripped(text: str) -> None:
    assert len(strip_frames(text, "What is it?")) <= 2 * len(text) + 2
