"""Tests the terms by which keyword search compares texts.
Knows nothing about ranking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ExperimentError
from workbench.parts.choice import check_package, choose
from workbench.parts.part import Retriever
from workbench.pipeline.search_terms import search_terms
from workbench.text import content_tokens
from workbench.text import words as words_of
from workbench.typography import normalise


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
        ("AB-1234", "Spare part AB1234 is sold out."),
        ("AB1234", "Spare part AB-1234 is sold out."),
        ("email", "Send us an e-mail."),
        ("e-mails", "Send us an email."),
        ("wifi", "The Wi-Fi is free."),
        ("cooperate", "They co-operate."),
        ("COVID19", "after COVID-19"),
        ("10000", "It costs 10 000 euros."),
        ("10\u202f000", "It costs 10000 euros."),
        ("1'000'000", "It costs 1000000 francs."),
        ("USA", "made in the U.S.A."),
        ("U.S.", "a US visa"),
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


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("30-40 days", "3040"),
        ("an up-to-date list", "upto"),
        ("built-in lamps", "builtin"),
        ("in 2024 100 people", "2024100"),
        ("1 234.5 metres", "1234"),
        ("AB-12", "ab-12"),
    ],
)
def test_what_is_no_name_and_no_number_in_groups_is_not_joined(text: str, absent: str) -> None:
    assert absent not in search_terms(text)


def test_a_lone_character_stands_for_itself() -> None:
    assert search_terms("水") == ["水"]
    assert search_terms("tank 水箱 full") == ["tank", "full", "水箱"]


@given(st.lists(st.sampled_from("the Bread costs 1,200 euros in e.g. Bern's non-stop shop 3.5".split())))
def test_plain_english_has_its_content_words(words: list[str]) -> None:
    text = " ".join(words)
    assert search_terms(text) == content_tokens(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("भारत की राजधानी", ["भारत", "राजधानी"]),
        ("தமிழ்நாடு தலைநகர்", ["தமிழ்நாடு"]),
        ("বাংলাদেশের রাজধানী", ["বাংলাদেশের", "রাজধানী"]),
        ("e\u0301le\u0300ve", ["élève"]),
    ],
)
def test_a_word_keeps_its_vowel_signs_and_accents(text: str, words: list[str]) -> None:
    assert set(words) <= set(words_of(normalise(text)))


@pytest.mark.parametrize(
    ("query", "text"),
    [("मकान", "मकानों में लोग रहते हैं"), ("книга", "все книги"), ("كتاب", "الكتاب"), ("Αθήνα", "της Αθήνας")],
)
def test_forms_of_a_word_are_one_term_in_other_scripts_too(query: str, text: str) -> None:
    assert set(search_terms(query)) & set(search_terms(text))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("北京是中国的首都", ["北京", "中国", "首都"]),
        ("ค่าธรรมเนียมการโอน 25 บาท", ["25", "ค่า", "ธรรมเนียม", "การ", "โอน", "บาท"]),
        ("東京は日本の首都です。", ["東京", "日本", "首都"]),
        ("the tank is full", ["tank", "full"]),
    ],
)
def test_icu_finds_the_words_of_scripts_without_spaces(text: str, terms: list[str]) -> None:
    assert set(terms) <= set(search_terms(text, "icu"))
    assert "。" not in search_terms(text, "icu")


def test_icu_that_is_not_installed_is_said_before_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.parts.choice.find_spec", lambda name: None)
    with pytest.raises(ExperimentError, match="needs the package icu4py, which is not installed") as raised:
        check_package(choose(Retriever, 'keyword(segmenter="icu")'))
    assert raised.value.hint == "pip install icu4py"
    check_package(choose(Retriever, "keyword"))
