"""Tests that grounding sees the question and the titles, and what is no claim.
Knows nothing about how good it is."""

from __future__ import annotations

import pytest

from workbench.scoring.claims import split_claims
from workbench.scoring.grounding import GroundingScore, score, score_grounding
from workbench.scoring.support import SUPPORTED, UNSUPPORTED, support_state
from workbench.scoring.types import AnswerContext, ScoredPassage

PRICES = "The helmet costs €20. The lock costs €35 and the lights €15. The load limit of the bike is 80 kg."
TRAM = "Dogs are not allowed on the tram. Bikes may be taken on trains."


def support(answer: str, passage: str, question: str | None = None) -> float:
    value = score_grounding(answer, [passage], question).value
    assert value is not None
    return value


# --- the question ---------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["€35", "35 euros", "It costs €35.", "The answer is: €35", "**€35** [1]"])
def test_a_short_answer_where_the_question_stands_is_supported(answer: str) -> None:
    assert support(answer, PRICES, "How much does the lock cost?") >= SUPPORTED


@pytest.mark.parametrize("answer", ["€20", "20 euros", "It costs €20.", "€99"])
def test_a_short_answer_to_another_question_is_not_supported(answer: str) -> None:
    assert support(answer, PRICES, "How much does the lock cost?") < SUPPORTED


@pytest.mark.parametrize(
    ("answer", "question", "right"),
    [
        ("Yes.", "May bikes be taken on trains?", True),
        ("No.", "May bikes be taken on trains?", False),
        ("Yes.", "Are dogs allowed on the tram?", False),
        ("No.", "Are dogs allowed on the tram?", True),
    ],
)
def test_yes_and_no_are_scored_as_what_they_say_of_the_question(
    answer: str, question: str, right: bool
) -> None:
    assert (support(answer, TRAM, question) >= SUPPORTED) == right


def test_without_a_question_yes_and_no_claim_nothing() -> None:
    assert score_grounding("Yes.", [TRAM]).value is None and score_grounding("No.", [TRAM]).value is None


def test_what_only_repeats_an_open_question_is_no_claim() -> None:
    claims = split_claims(
        "The load limit of the bike is the load limit. It is 80 kg.", "What is the load limit of the bike?"
    )
    assert [claim.text for claim in claims] == ["It is 80 kg."]


def test_what_repeats_a_question_of_yes_or_no_answers_it() -> None:
    assert split_claims("Dogs are allowed on the tram.", "Are dogs allowed on the tram?")


# --- titles ---------------------------------------------------------------------------------------


def test_a_product_that_only_the_title_names_is_not_missing() -> None:
    passage = "The built-in heater may stay on for 40 days. It weighs 10 kg."
    claim = "The heater of the Ember 15 may stay on for 40 days."
    without = score_grounding(claim, [passage]).claims[0]
    with_title = score_grounding(claim, [passage], titles=["Ember 15 manual › Care"]).claims[0]
    assert without.support < SUPPORTED <= with_title.support and not with_title.reasons


def test_the_scorer_reads_the_titles_of_the_passages() -> None:
    passage = ScoredPassage("a.md", 0, 20, "It may stay on for 40 days.", "Ember 15 manual")
    context = AnswerContext("How long?", "The Ember 15 may stay on for 40 days.", (passage,))
    value = score(context).value
    assert value is not None and value >= SUPPORTED


# --- what is no claim -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "1.", "## Coverage", "**Coverage**", "The following is not covered:", "Is that all you need?", "Sure!",
        "I hope this helps!", "Let me know if you have any other questions.", "Based on the documents:",
        "This information can be found in the documents.", "This answer is based on the provided passages.",
        "Source: passage 2", "See passage 3 for more details.", "---", "```", "[^1]: https://example.com/a",
        "There is no mention of the colour in the documents.", "| Part | Term |\n|---|---|", "If you need more information, just ask.",
    ],
)  # fmt: skip
def test_what_says_nothing_that_could_be_looked_up_is_no_claim(line: str) -> None:
    claims = [claim.text for claim in split_claims(f"{line}\n\nThe load limit is 80 kg.")]
    assert claims == ["The load limit is 80 kg."]


@pytest.mark.parametrize(
    "framed",
    [
        "The answer is: 80 kg", "Based on the provided documents, 80 kg", "According to the handbook, 80 kg.",
        "Sure! 80 kg", "1. 80 kg", "**80 kg** [1]", "80 kg (source: handbook.pdf)",
    ],
)  # fmt: skip
def test_what_stands_around_a_claim_changes_nothing(framed: str) -> None:
    assert support(framed, PRICES) == support("80 kg", PRICES)


def test_what_is_said_twice_counts_once() -> None:
    once = support("The lock costs €35. The moon is made of cheese.", PRICES)
    assert (
        support("The lock costs €35. The moon is made of cheese. " + "The lock costs €35. " * 20, PRICES)
        == once
    )


# --- what is said of a support --------------------------------------------------------------------


def test_a_support_is_supported_unclear_or_unsupported() -> None:
    assert support_state(SUPPORTED) == "supported"
    assert support_state(SUPPORTED - 0.01) == support_state(UNSUPPORTED) == "unclear"
    assert support_state(UNSUPPORTED - 0.01) == "unsupported"


# --- bad input ------------------------------------------------------------------------------------

BAD = {
    "one word": "Bicycle",
    "emoji": "🔥🔥 hot 🔥",
    "code": "```python\ndef f(x):\n    return x + 1\n```\nThe function adds 1.",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |",
    "only lists": "- helmet\n- lock\n  - lights\n1. one\n2. two",
    "another language": "Das Schloss kostet 35 Euro, und der Helm kostet 20 Euro.",
    "only numbers": "1 2 3 4,5 6.7 -8",
    "quotes the question": "How much does the lock cost? The lock costs €35.",
    "repeats itself": "The lock costs €35. " * 200,
    "links and footnotes": "See [the lock](https://example.com/x(1)).[^1]\n\n[^1]: It costs **€35**.",
    "think unclosed": "<think>The lock is dear. Hmm, 35 or 20?",
    "nulls": "\x00\x00 lock \x00",
}


def in_range(grounding: GroundingScore) -> bool:
    return grounding.value is None or 0 <= grounding.value <= 1


@pytest.mark.parametrize("answer", list(BAD.values()), ids=list(BAD))
def test_an_unusual_answer_is_scored_or_claims_nothing(answer: str) -> None:
    assert in_range(score_grounding(answer, [PRICES, TRAM], "How much does the lock cost?"))
    assert in_range(score_grounding(answer, [answer], answer))


def test_of_contradictory_passages_each_supports_its_copy() -> None:
    passages = ["The lock costs €35.", "The lock costs €45."]
    for passage in passages:
        value = score_grounding(passage, passages).value
        assert value is not None and value > 0.95


def test_a_passage_that_quotes_the_question_does_not_answer_it() -> None:
    passage = "How much does the lock cost? Ask at the desk. The helmet costs €20."
    assert support("The lock costs €20.", passage, "How much does the lock cost?") < 0.9
