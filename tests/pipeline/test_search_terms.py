"""Tests the terms by which keyword search compares texts.
Knows nothing about ranking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.pipeline.search_terms import search_terms
from workbench.text import content_tokens


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("博物馆几点开门", "博物馆每天上午九点开门，下午五点关门。"),
        ("図書館の休み", "図書館は月曜日が休みです。"),
        ("พิพิธภัณฑ์เปิดกี่โมง", "พิพิธภัณฑ์เปิดเวลาเก้าโมงเช้า"),
        ("박물관", "박물관은 아침 9시에 엽니다."),
        ("Welche Geb\u00fchr?", "Die Gebu\u0308hr betra\u0308gt fünf Euro."),
        ("2.1.0", "Upgrade to v2.1.0 before Monday."),
        ("v2.1.0", "Upgrade to 2.1.0 before Monday."),
        ("caretaker", "The key is with the care\u200btaker."),
        ("filter", "The \ufb01lter is flushed."),
        ("non-stop", "It runs non\u2011stop."),
        ("10,000", "10,000 euros"),
    ],
)
def test_a_query_shares_a_term_with_the_text_that_answers_it(query: str, text: str) -> None:
    assert set(search_terms(query)) & set(search_terms(text))


def test_a_capital_a_after_a_word_is_a_letter_and_no_article() -> None:
    assert search_terms("Which hepatitis A vaccine?") == ["hepat", "vaccin", "a"]
    assert "a" not in search_terms("A vaccine is a must. A second one, too. It's A's turn.")


def test_names_that_look_like_stop_words_are_terms() -> None:
    assert "a" in search_terms("who needs vitamin a?")
    assert "i" in search_terms("World War I") and "i" in search_terms("a type I error")
    assert "i" not in search_terms("When can I come? May I? They say I can.")
    assert "us" in search_terms("a US visa") and "us" not in search_terms("tell us")
    assert "it" in search_terms("the IT department")
    assert "who" not in search_terms("WHO CAN APPLY")
    assert "c++" in search_terms("Is C++ taught?") and "c#" in search_terms("in C#.")
    assert "2" in search_terms("since v2") and "v2" in search_terms("since v2")


def test_a_lone_character_stands_for_itself() -> None:
    assert search_terms("水") == ["水"]
    assert search_terms("tank 水箱 full") == ["tank", "full", "水箱"]


@given(st.lists(st.sampled_from("the Bread costs 1,200 euros in e.g. Bern's non-stop shop 3.5".split())))
def test_plain_english_has_its_content_words(words: list[str]) -> None:
    text = " ".join(words)
    assert search_terms(text) == content_tokens(text)
