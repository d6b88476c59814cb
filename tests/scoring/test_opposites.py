"""Tests of words that turn a statement round, of rows of tables, and of answers of 50,000 marks.
Knows nothing about how these are found."""

from __future__ import annotations

import time

import pytest

from workbench.scoring.agreement import compare
from workbench.scoring.correctness import score_correctness, score_reference_recall
from workbench.scoring.grounding import score, score_grounding
from workbench.scoring.opposites import OPPOSITES
from workbench.scoring.refusal import score_refusal
from workbench.scoring.toxicity import score as score_toxicity
from workbench.scoring.types import AnswerContext, ScoredPassage

RULES = (
    "Keep the milk below 5 °C. The sauna closes 30 minutes before the pool. Turn on the pump first. "
    "The desk opens at 8:30 and closes at 17:00. The library is on the second floor, by the front door. "
    "Our oldest nurse is Ms Okafor. First press A, then turn the third knob."
)
TABLE = "| Room | Price | Seats |\n|---|---|---|\n| Oak | €40 | 12 |\n| Elm | €55 | 30 |"


def support(answer: str, passage: str) -> float:
    value = score_grounding(answer, [passage]).value
    assert value is not None
    return value


@pytest.mark.parametrize(
    "claim",
    ["Keep the milk above 5 °C.", "The sauna closes 30 minutes after the pool.", "Turn off the pump first."],
)
def test_a_small_word_that_says_the_opposite_is_not_supported(claim: str) -> None:
    assert support(claim, RULES) < 0.5


@pytest.mark.parametrize(
    "claim",
    [
        "The library is on the third floor.",
        "The library is on the 3rd floor.",
        "The library is on the second floor, by the back door.",
        "Our youngest nurse is Ms Okafor.",
        "Press A, then turn the second knob.",
    ],
)
def test_another_ordinal_or_an_opposite_adjective_is_not_supported(claim: str) -> None:
    assert support(claim, RULES) < 0.5


@pytest.mark.parametrize(
    "claim",
    ["The library is on the 2nd floor.", "First press A.", "Press A first.", "Second, turn the third knob."],
)
def test_the_same_ordinal_and_one_that_only_counts_the_steps_are_supported(claim: str) -> None:
    assert support(claim, RULES) > 0.5


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Rooms on the second floor have a balcony.", "Rooms on the second and third floor have a balcony."),
        ("Rooms on the 3rd floor have a view.", "Rooms on the 2nd, 3rd and 4th floor have a view."),
        ("The first dose is free.", "The first and second dose are free."),
        ("It is taught in second grade.", "It is taught from first to fourth grade."),
        ("The employer pays half of the ticket.", "The employer pays half of the employee's ticket."),
        ("The seller sends the parcel.", "The seller sends the parcel to the buyer."),
        ("Once a form is signed, we pay within 3 days.", "When a form is signed, we pay within 3 days."),
    ],
)
def test_one_of_several_and_words_that_go_together_are_supported(claim: str, passage: str) -> None:
    assert support(claim, passage) > 0.6


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Rooms on the fifth floor have a balcony.", "Rooms on the second and third floor have a balcony."),
        ("It is taught in sixth grade.", "It is taught from first to fourth grade."),
        ("Water it once a week.", "Water it twice a week."),
    ],
)
def test_none_of_several_is_not_supported(claim: str, passage: str) -> None:
    assert support(claim, passage) < 0.5


def test_no_word_is_its_own_opposite() -> None:
    assert not [word for word, opposites in OPPOSITES.items() if word in opposites]


def test_a_relation_told_from_its_other_end_is_no_opposite() -> None:
    assert support("The pool closes 30 minutes after the sauna.", RULES) > 0.5


def test_an_answer_with_the_opposite_of_a_small_word_disagrees_and_it_is_said() -> None:
    assert compare("after noon", "before noon").value <= 0.5
    assert compare("Call before 9:00.", "Call before 9 am.").value >= 0.99
    context = AnswerContext(question="When?", answer="after noon", references=("before noon",))
    assert "It says 'after' where the reference says 'before'." in score_correctness(context).reason


@pytest.mark.parametrize(
    "claim", ["Oak costs €55.", "The Elm room has 12 seats.", "The price of Elm is €40."]
)
def test_a_number_of_another_row_is_not_supported(claim: str) -> None:
    assert support(claim, TABLE) < 0.5


@pytest.mark.parametrize("claim", ["Oak costs €40.", "The Elm room has 30 seats."])
def test_a_number_of_the_row_that_is_named_is_supported(claim: str) -> None:
    assert support(claim, TABLE) > 0.5


@pytest.mark.parametrize(
    ("passage", "reversed_claim"),
    [
        ("Hunde sind im Garten nicht erlaubt.", "Hunde sind im Garten erlaubt."),
        ("Honden zijn niet toegestaan in de tuin.", "Honden zijn toegestaan in de tuin."),
        ("Les chiens ne sont pas admis dans le jardin.", "Les chiens sont admis dans le jardin."),
        ("Собаки в саду не разрешены.", "Собаки в саду разрешены."),
    ],
)
def test_a_negation_in_another_language_is_seen(passage: str, reversed_claim: str) -> None:
    assert support(passage, passage) > 0.9
    assert support(reversed_claim, passage) < 0.5


def test_a_bare_hour_may_be_a_time_of_day_and_a_number_with_a_unit_is_none() -> None:
    assert support("The desk closes at 17.", RULES) > 0.5
    assert support("The desk closes at 18.", RULES) < 0.5
    assert support("The desk closes at 17 °C.", RULES) < 0.5


@pytest.mark.parametrize("answer", ["Members pay €9.¹", "Members pay €9 ²", "Members pay €9.[^1]"])
def test_a_raised_footnote_mark_is_no_number(answer: str) -> None:
    assert support(answer, "Members pay €9 a month.") > 0.9


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("email", "e-mail"), ("by e-mail", "by email"), ("a nonslip mat", "a non-slip mat"), ("3x4", "3 × 4"),
        ("48小时", "48 小时"), ("5th", "fifth"), ("fifth", "5th"), ("C++", "C++"),
        ("博物馆每天上午九点开门。", "上午九点"), ("図書館は火曜日に休みます。", "火曜日"),
    ],
)  # fmt: skip
def test_another_spelling_is_the_same_answer(answer: str, reference: str) -> None:
    assert compare(answer, reference).value >= 0.9


@pytest.mark.parametrize(
    ("answer", "reference"), [("C", "C++"), ("4th", "fifth"), ("星期二", "星期一"), ("3x5", "3x4")]
)
def test_another_sign_place_or_day_is_another_answer(answer: str, reference: str) -> None:
    assert compare(answer, reference).value < 0.9


LONG = {
    "empty lines": "\n" * 50_000 + "It costs 20 euros.", "spaces": "It costs" + " " * 50_000 + "20 euros.",
    "spaced lines": " \n" * 25_000 + "20", "bars": "| " * 25_000, "stars": "*" * 50_000, "one word": "a" * 50_000,
    "digits": "1" * 50_000, "digits and commas": "1," * 25_000, "fractions": "1/" * 25_000, "halves": "1½" * 25_000,
    "months": "May, " * 10_000, "joined months": "May–" * 12_500, "days": "Mon–" * 12_500, "letters": "A–C " * 12_500,
    "number words": "hundred " * 6_000, "brackets": "[" * 10_000, "half a character": "\ud800 euros",
}  # fmt: skip


@pytest.mark.parametrize("answer", LONG.values(), ids=LONG)
def test_long_and_broken_texts_are_scored_within_seconds(answer: str) -> None:
    text = "It costs 20 euros."
    context = AnswerContext(
        question="What does it cost?",
        answer=answer,
        references=(text, answer),
        passages=(ScoredPassage("d", 0, len(text), text), ScoredPassage("e", 0, len(answer), answer)),
    )
    started = time.process_time()
    for scorer in (score, score_correctness, score_reference_recall, score_refusal, score_toxicity):
        value = scorer(context)
        assert value.value is None or 0 <= value.value <= 1
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("passage", "same", "other"),
    [
        (
            "The canteen is not open on Sundays.",
            "The canteen is closed on Sundays.",
            "The canteen is open on Sundays.",
        ),
        (
            "The canteen is closed on Sundays.",
            "The canteen is not open on Sundays.",
            "The canteen is not closed on Sundays.",
        ),
        (
            "Dogs are not allowed in the hall.",
            "Dogs are prohibited in the hall.",
            "Dogs are allowed in the hall.",
        ),
        ("The soup is not hot at noon.", "The soup is not hot at noon.", "The soup is cold at noon."),
    ],
)
def test_a_word_and_the_denial_of_its_opposite_are_one(passage: str, same: str, other: str) -> None:
    assert score_grounding(same, [passage]).value >= 0.5 > score_grounding(other, [passage]).value


@pytest.mark.parametrize(
    ("said", "opposite"),
    [("rose", "fell"), ("fell", "increased"), ("increased", "fell"), ("rose", "dropped")],
)
def test_what_rose_did_not_fall(said: str, opposite: str) -> None:
    passage = f"The fee {said} by 15% in 2019."
    assert score_grounding(passage, [passage]).value >= 0.9
    assert score_grounding(f"The fee {opposite} by 15% in 2019.", [passage]).value < 0.5
