"""Tests sentences, words and stems.
Knows nothing about the modules that use them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text import content_tokens, normalize_squad, split_sentences, stem, word_spans, words

PROSE = st.text(alphabet=st.sampled_from('aBc .!?\n|-#"1é。[]()'), max_size=200)


def sentences(text: str) -> list[str]:
    return [span.text for span in split_sentences(text)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Dr. Smith came. He left.", ["Dr. Smith came.", "He left."]),
        ("It cost $3.50 in the U.S. in 1999. Yes.", ["It cost $3.50 in the U.S. in 1999.", "Yes."]),
        ("He lives in the U.S. The rest do not.", ["He lives in the U.S.", "The rest do not."]),
        ("J. K. Rowling wrote it. See No. 5.", ["J. K. Rowling wrote it.", "See No. 5."]),
        ("He said no. Then he left.", ["He said no.", "Then he left."]),
        ('"Really?" he asked. Yes.[5] Next.', ['"Really?" he asked.', "Yes.[5]", "Next."]),
        ("It is so. [1] It is not. [2, 3]", ["It is so. [1]", "It is not. [2, 3]"]),
        ("First came Foo Inc. of Ohio. Then e.g. Bar.", ["First came Foo Inc. of Ohio.", "Then e.g. Bar."]),
        ("你好。再见。", ["你好。", "再见。"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_splits_prose(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_wrapped_prose_is_one_sentence() -> None:
    text = "You may return an item within thirty days of the\ndelivery date. Shipping is free."
    assert sentences(text) == [
        "You may return an item within thirty days of the\ndelivery date.",
        "Shipping is free.",
    ]


def test_headings_items_and_table_rows_stand_alone() -> None:
    text = "# Returns\nHow it works.\n\n- keep the box\n- call us\n1. First. Then wait\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |"
    assert sentences(text) == [
        "# Returns", "How it works.", "- keep the box", "- call us", "1. First.", "Then wait",
        "| a | b |", "|---|---|", "| 1 | 2 |",
    ]  # fmt: skip


@given(PROSE)
def test_spans_are_ordered_disjoint_and_hold_every_visible_character(text: str) -> None:
    spans = split_sentences(text)
    assert all(span.text == text[span.start : span.end] and span.text.strip() == span.text for span in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
    assert "".join("".join(s.text.split()) for s in spans) == "".join(text.split())


def test_words_normalise_numbers_possessives_and_initials() -> None:
    assert words("The dog’s 1,200 bones cost 3.5 U.S. dollars") == [
        "the", "dog", "1200", "bones", "cost", "3.5", "u.s", "dollars",
    ]  # fmt: skip


@given(PROSE)
def test_word_spans_agree_with_words(text: str) -> None:
    assert len(word_spans(text)) == len(words(text))


def test_content_tokens_drop_stop_words_and_inflection() -> None:
    assert (
        content_tokens("How many running dogs were there?")
        == content_tokens("many runs, dog")
        == ["mani", "run", "dog"]
    )


def test_stem_leaves_numbers_alone() -> None:
    assert stem("1999") == "1999"


def test_normalize_squad_follows_the_official_script() -> None:
    assert normalize_squad("The  Eiffel-Tower, a U.S. landmark!") == "eiffeltower us landmark"


@pytest.mark.parametrize(
    "sentences",
    [
        ("भारत की राजधानी नई दिल्ली है।", "यह बड़ी है।"),
        ("ما هذا؟", "هذا كتاب."),
        ("یہ کتاب ہے۔", "وہ قلم ہے۔"),
        ("ភ្នំពេញជារាជធានី។", "វាធំ។"),
    ],
)
def test_sentences_end_at_the_full_stops_of_other_scripts(sentences: tuple[str, str]) -> None:
    assert [s.text for s in split_sentences(" ".join(sentences))] == list(sentences)
