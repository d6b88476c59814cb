"""Tests of correctness and its relatives: what must agree with the reference, and what changes nothing.
Knows nothing about how well it agrees with people: benchmarks/correctness.py measures that."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.scoring.agreement import compare
from workbench.scoring.correctness import score_correctness, score_reference_recall, score_token_f1
from workbench.scoring.types import AnswerContext

LONG = (
    "The fee for the spring course is 25 euros. It covers clay, two firings and the use of the wheel. Pieces must be "
    "collected by 5 March 2024, and the kiln must never be opened above 60 °C."
)


def agreement(answer: str, reference: str, question: str = "") -> float:
    context = AnswerContext(question=question, answer=answer, references=(reference,))
    value = score_correctness(context).value
    assert value is not None and 0 <= value <= 1
    return value


RIGHT = [
    ("The fuse is a 10A fuse.", "10 A", "Which fuse?"),
    ("9 euros", "€9", "What does it cost?"),
    ("30–40 days", "30-40 days", ""),
    ("“Never”", "Never", "When may the lock be opened?"),
    ("2", "Two", "How many filters?"),
    ("It costs 25 euros, which covers clay, two firings and the wheel.", "25 euros", "What does the course cost?"),
    ("The warehouse closes at 3 pm on weekdays.", "15:00", "When does the warehouse close?"),
    ("1.5 hours", "90 minutes", "How long does it take?"),
    ("Maria Jensen founded it in Aarhus in 1984.", "Maria Jensen", "Who founded it?"),
    ("Yes, dogs may come in.", "Yes", "May dogs come in?"),
    ("Dogs are not allowed.", "No", "Are dogs allowed?"),
    ("No, they have to stay outside.", "No, dogs must stay outside.", "Are dogs allowed?"),
    ("Café", "Cafe\u0301", ""),
    ("It was in 1952.", "1951–52", "When was it?"),
    ("The Ember 15", "Ember 15", "Which heater is it?"),
    ("B.J. Thomas", "B. J. Thomas", "Who sang it?"),
    ("It is Plan B.", "Plan B", ""),
    ("gate 'B'", "gate B", ""),
    ("Option (b)", "option b", ""),
    ("John B. Smith", "John Smith", "Who sang it?"),
    ("The hepatitis A vaccine", "hepatitis A", ""),
    ("U.S.", "US", ""),
    ("the U.K.", "UK", ""),
    ("≥ 5 kg", "at least 5 kg", ""),
    ("at most 5 kg", "≤5 kg", ""),
    ("<5 kg", "less than 5 kg", ""),
    ("it is > 5 kg", "it is more than 5 kg", ""),
    ("> 30 days", "30 days", ""),
]  # fmt: skip
# With the most that the wrong answer may have.
WRONG = [
    ("1.5 bar", "15 bar", "", 0.3),
    ("18 °C", "−18 °C", "", 0.3),
    ("93 °C", "92.5 °C", "At what temperature?", 0.3),
    ("5%", "5", "", 0.3),
    ("12:30", "1230", "", 0.3),
    ("10 V", "10 A", "Which fuse?", 0.3),
    ("The course costs 30 euros.", "The course costs 25 euros.", "What does the course cost?", 0.3),
    ("on 6 March 2024", "on 5 March 2024", "By when?", 0.5),
    ("the Ember 20", "the Ember 15", "Which heater?", 0.6),
    ("No", "Yes", "May dogs come in?", 0.2),
    ("Yes, dogs may come in.", "No, dogs may not come in.", "May dogs come in?", 0.2),
    ("Yes", "Dogs are not allowed in the garden.", "May dogs come in?", 0.2),
    ("Dogs are allowed in the garden.", "Dogs are not allowed in the garden.", "", 0.6),
    ("The lock is not a bike.", "The lock is a bike.", "", 0.6),
    ("Vitamin A", "Vitamin", "", 0.8),
    ("Vitamin A", "Vitamin B", "", 0.8),
    ("It is plan B.", "Plan A", "", 0.8),
    ("option b", "option a", "", 0.8),
    ("C#", "C", "", 0.0),
    ("U.S.", "UK", "", 0.0),
    ("≥ 5 kg", "≤ 5 kg", "", 0.85),
    ("it is < 5 kg", "it is > 5 kg", "", 0.85),
    ("C", "C#", "", 0.0),
    ("Penguins", "Maria Jensen", "Who founded it?", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reference", "question"), RIGHT)
def test_a_right_answer_in_other_words_is_right(answer: str, reference: str, question: str) -> None:
    if reference == "1951–52":
        assert agreement(answer, reference, question) >= 0.25  # one of two years
    else:
        assert agreement(answer, reference, question) >= 0.8


@pytest.mark.parametrize(("answer", "reference", "question", "most"), WRONG)
def test_a_wrong_number_unit_sign_or_word_is_wrong(
    answer: str, reference: str, question: str, most: float
) -> None:
    assert agreement(answer, reference, question) <= most


@pytest.mark.parametrize(
    "framed",
    [
        "The answer is: {}",
        "**{}**",
        "{} [1]",
        "Sure! {}",
        "According to the documents, {}",
        "> {}",
        "{}【1】",
        "“{}”",
    ],
)
@pytest.mark.parametrize("reference", ["80 kg", "Within 30 days of delivery", "Maria Jensen"])
def test_a_frame_around_an_answer_changes_nothing(framed: str, reference: str) -> None:
    assert agreement(framed.format(reference), reference, "What is it?") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("old", "new"), [("25", "26"), ("euros", "dollars"), ("60 °C", "-60 °C"), ("5 March", "6 March")]
)
def test_a_changed_quantity_in_a_long_answer_lowers_it(old: str, new: str) -> None:
    assert agreement(LONG, LONG) == pytest.approx(1.0)
    assert agreement(LONG.replace(old, new), LONG) < 0.95


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 10**5), st.sampled_from(["kg", "bar", "°C", "days", "euros", "%"]))
def test_a_changed_number_is_wrong(number: int, unit: str) -> None:
    reference = f"It is {number} {unit}."
    assert agreement(f"It is {number}{unit}", reference) == pytest.approx(1.0)
    assert agreement(f"It is {number + 1} {unit}.", reference) < 0.5
    assert agreement(f"It is -{number} {unit}.", reference) < 0.5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LONG.split()), min_size=1, max_size=12).map(" ".join))
def test_an_answer_agrees_wholly_with_itself_in_any_typography(text: str) -> None:
    assert agreement(text, text) == pytest.approx(1.0)
    assert agreement(text.replace(" ", "\u00a0"), text) == pytest.approx(1.0)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_the_agreement_of_any_texts_lies_between_0_and_1(answer: str, reference: str, question: str) -> None:
    assert 0 <= compare(answer, reference, question).value <= 1


def test_the_reason_names_what_is_missing_and_what_is_said_instead() -> None:
    context = AnswerContext(
        question="What is the fee?", answer="It is 30 euros.", references=("It is 25 euros.",)
    )
    reason = score_correctness(context).reason
    assert "It lacks '25 euros'." in reason and "It says '30 euros' instead." in reason


def test_reference_recall_is_blind_to_what_else_is_said_and_names_the_points_that_are_missing() -> None:
    answer = "The fee is 25 euros. " + "The weather was fine and the bus came late. " * 20
    score = score_reference_recall(AnswerContext(question="", answer=answer, references=(LONG,)))
    assert score.value is not None and 0.1 < score.value < 0.6
    assert (
        score.reason.startswith("It makes 1 of 3 points of the reference.") and "two firings" in score.reason
    )
    assert (
        score_reference_recall(AnswerContext(question="", answer=LONG + answer, references=(LONG,))).value
        == 1
    )


def test_token_f1_is_that_of_squad_and_sees_no_units() -> None:
    assert score_token_f1(AnswerContext(question="", answer="the 1.5 bar", references=("15 bar",))).value == 1


ODD_ANSWERS = {
    "empty": "", "emoji": "🙂", "one letter": "x", "many numbers": "80 " * 17_000, "code": "```\nx = 1\n```",
    "many words": "The pump hums and must not be opened, one of two says. " * 900,
    "table": "| a | b |\n|---|---|\n| 1 | 2 |", "open thinking": "<think>80 kg", "Japanese": "重さは80キロです。",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_any_answer_has_a_value(name: str) -> None:
    assert 0 <= agreement(ODD_ANSWERS[name], "80 kg", "How heavy is it?") <= 1
