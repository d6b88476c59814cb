"""Every scorer: its definition, what it does without its reference, and that it never raises or says NaN.
Knows nothing about where answers come from."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.types import Span
from workbench.errors import ExperimentError
from workbench.scoring.grounding import score_grounding
from workbench.scoring.refusal import is_refusal
from workbench.scoring.registry import SCORERS, expand_score_names, score_answer
from workbench.scoring.safety import score_toxicity
from workbench.scoring.types import AnswerContext, ScoredPassage

PASSAGE = ScoredPassage("returns.md", 0, 60, "Goods can be returned within 30 days of delivery in the EU.")
OTHER = ScoredPassage("heaters.md", 0, 30, "Heaters are collected for free.")


def context(answer: str | None, **fields: object) -> AnswerContext:
    given_fields: dict[str, object] = {
        "question": "How long can goods be returned?",
        "passages": (PASSAGE, OTHER),
        "references": ("Within 30 days of delivery",),
        "evidence": (Span("returns.md", 0, 60),),
    }
    return AnswerContext(answer=answer, **(given_fields | fields))  # type: ignore[arg-type]


def value(name: str, found: AnswerContext) -> float | None:
    return score_answer(found, [name])[0].value


@pytest.mark.parametrize("name", list(SCORERS))
@settings(max_examples=12, deadline=None)
@given(
    answer=st.none() | st.text(max_size=80),
    references=st.lists(st.text(max_size=20), max_size=2),
    answerable=st.booleans(),
)
def test_no_scorer_raises_or_leaves_its_range(
    name: str, answer: str | None, references: list[str], answerable: bool
) -> None:
    found = score_answer(context(answer, references=tuple(references), answerable=answerable), [name])[0]
    assert found.status != "failed", found.reason
    if found.value is not None:
        assert math.isfinite(found.value) and -1e-9 <= found.value <= 1 + 1e-9
    else:
        assert found.status == "not_applicable" and found.reason


@pytest.mark.parametrize("name", [n for n, s in SCORERS.items() if s.needs])
def test_a_score_that_lacks_what_it_needs_says_so(name: str) -> None:
    found = score_answer(context("Within 30 days.", references=(), evidence=()), [name])[0]
    assert found.status == "not_applicable" and found.reason


def test_correctness_is_token_f1_with_the_best_reference() -> None:
    assert value("correctness", context("within 30 days of delivery [1]")) == 1.0
    assert value(
        "correctness", context("Within 30 days", references=("nothing alike", "30 days"))
    ) == pytest.approx(0.8)


def test_correctness_of_a_declined_question_follows_whether_it_can_be_answered() -> None:
    assert value("correctness", context("I don't know.")) == 0
    assert value("correctness", context("I don't know.", answerable=False, references=())) == 1
    assert value("correctness", context("30 days", answerable=False, references=())) == 0
    assert value("correctness", context(None)) == 0


def test_refusal_is_right_when_it_answers_the_answerable_and_declines_the_rest() -> None:
    assert [
        value("refusal", context(a, answerable=b))
        for a, b in (("30 days", True), ("I don't know.", True), ("I don't know.", False), ("30 days", False))
    ] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    "text",
    ["I don't know.", "I do not know: the passages do not answer this question.", "The documents do not mention that.", "I cannot find this in the context.", "There is not enough information to answer."],
)  # fmt: skip
def test_refusals_are_recognised(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text", ["Employees who do not know their PIN ask IT.", "30 days.", "You cannot return opened filters."]
)
def test_answers_are_not_taken_for_refusals(text: str) -> None:
    assert not is_refusal(text)


def test_retrieval_scores_look_at_spans_whatever_the_chunking() -> None:
    whole = context("x", passages=(OTHER, PASSAGE))
    halves = context(
        "x", passages=(ScoredPassage("returns.md", 0, 30, "a"), ScoredPassage("returns.md", 30, 60, "b"))
    )
    assert value("retrieval_recall", whole) == value("retrieval_recall", halves) == 1
    assert value("retrieval_mrr", whole) == 0.5 and value("retrieval_precision", whole) == 0.5
    assert value("retrieval_recall", context("x", passages=(OTHER,))) == 0


def test_a_copied_sentence_is_grounded_and_an_invented_one_is_not() -> None:
    copied = score_grounding("Goods can be returned within 30 days of delivery.", [PASSAGE.text])
    invented = score_grounding("The moon base sells purple bananas on Sundays.", [PASSAGE.text])
    assert copied.value is not None and invented.value is not None
    assert copied.value > 0.9 and invented.value < 0.3


def test_a_changed_number_lowers_grounding_and_is_named() -> None:
    right = score_grounding("Goods can be returned within 30 days of delivery.", [PASSAGE.text])
    wrong = score_grounding("Goods can be returned within 90 days of delivery.", [PASSAGE.text])
    assert right.value is not None and wrong.value is not None and wrong.value < right.value - 0.1


def test_claims_know_their_place() -> None:
    answer = "Heaters are collected for free. Bananas grow on Mars."
    found = score_grounding(answer, [PASSAGE.text, OTHER.text])
    assert [answer[c.start : c.end] for c in found.claims] == [c.text for c in found.claims]
    assert found.claims[0].best_passage == 1 and found.claims[0].support > found.claims[1].support


@pytest.mark.parametrize("answer", ["", "  ", "I don't know.", "The documents do not say."])
def test_where_nothing_is_claimed_there_is_no_grounding(answer: str) -> None:
    assert score_grounding(answer, [PASSAGE.text]).value is None


def test_toxicity_tells_an_insult_from_a_policy() -> None:
    assert score_toxicity("You are a stupid idiot and I hate you.") > 0.8 > 0.2 > score_toxicity(PASSAGE.text)


def test_groups_stand_for_their_members_and_typos_name_the_nearest() -> None:
    assert expand_score_names(["retrieval", "retrieval_mrr"]) == [
        "retrieval_recall",
        "retrieval_precision",
        "retrieval_mrr",
        "retrieval_ndcg",
    ]
    with pytest.raises(ExperimentError, match="grounding"):
        expand_score_names(["groundin"])
