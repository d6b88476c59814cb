"""Tests of every scorer: its definition, its result without a reference, and that it never raises or gives NaN.
Knows nothing about where answers come from."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.types import Evidence
from workbench.errors import ExperimentError
from workbench.parts.registry import free_scores
from workbench.scoring.grounding import score_grounding
from workbench.scoring.refusal import is_refusal
from workbench.scoring.safety import score_toxicity
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext, ScoredPassage
from workbench.space.scores import expand_score_names

PASSAGE = ScoredPassage("returns.md", 0, 60, "Goods can be returned within 30 days of delivery in the EU.")
OTHER = ScoredPassage("heaters.md", 0, 30, "Heaters are collected for free.")


def context(answer: str | None, **fields: object) -> AnswerContext:
    defaults: dict[str, object] = {
        "question": "How long can goods be returned?",
        "passages": (PASSAGE, OTHER),
        "references": ("Within 30 days of delivery",),
        "evidence": (Evidence("returns.md", 0, 60),),
    }
    return AnswerContext(answer=answer, **(defaults | fields))  # type: ignore[arg-type]


def value(name: str, answered: AnswerContext) -> float | None:
    return score_answer(answered, [name])[0].value


def test_every_score_that_asks_no_model_has_a_meaning_and_a_function() -> None:
    assert all(score.label and score.help and callable(score.load()) for score in free_scores().values())


@pytest.mark.parametrize("name", list(free_scores()))
@settings(max_examples=12, deadline=None)
@given(
    answer=st.none() | st.text(max_size=80),
    references=st.lists(st.text(max_size=20), max_size=2),
    answerable=st.none() | st.booleans(),
)
def test_no_scorer_raises_or_leaves_its_range(
    name: str, answer: str | None, references: list[str], answerable: bool | None
) -> None:
    score = score_answer(context(answer, references=tuple(references), answerable=answerable), [name])[0]
    assert score.status != "failed", score.reason
    if score.value is not None:
        assert math.isfinite(score.value) and -1e-9 <= score.value <= 1 + 1e-9
    else:
        assert score.status == "not_applicable" and score.reason


@pytest.mark.parametrize("name", [n for n, s in free_scores().items() if s.needs])
def test_a_score_that_lacks_what_it_needs_says_so(name: str) -> None:
    score = score_answer(context("Within 30 days.", references=(), evidence=(), answerable=None), [name])[0]
    assert score.status == "not_applicable" and score.reason


def test_correctness_and_token_f1_are_those_of_the_best_reference() -> None:
    assert value("correctness", context("within 30 days of delivery [1]")) == 1.0
    answer = context("Within 30 days", references=("nothing alike", "30 days"))
    assert value("token_f1", answer) == pytest.approx(0.8)
    assert value("correctness", answer) > 0.9 and value("reference_recall", answer) == 1.0


def test_correctness_of_a_declined_question_follows_whether_it_can_be_answered() -> None:
    assert value("correctness", context("I don't know.")) == 0
    assert value("correctness", context("I don't know.", answerable=False, references=())) == 1
    assert value("correctness", context("30 days", answerable=False, references=())) == 0
    assert value("correctness", context(None)) is None  # no answer


@pytest.mark.parametrize("answer", ["I don't know.", "", "30 days", None])
@pytest.mark.parametrize("name", ["refusal", "correctness", "token_f1", "reference_recall"])
def test_declining_what_nobody_knows_to_be_answered_is_neither_right_nor_wrong(
    name: str, answer: str | None
) -> None:
    score = score_answer(context(answer, answerable=None, references=(), evidence=()), [name])[0]
    assert score.value is None and score.status == "not_applicable"
    if name == "refusal" and answer is not None:
        assert score.reason == "It is not known whether the documents answer this question."


def test_refusal_is_right_when_it_answers_the_answerable_and_declines_the_rest() -> None:
    assert [
        value("refusal", context(a, answerable=b))
        for a, b in (("30 days", True), ("I don't know.", True), ("I don't know.", False), ("30 days", False))
    ] == [1, 0, 1, 0]


REFUSALS = """
I don't know.
I do not know the answer to this question.
I'm sorry, but I don't have information about that.
I am sorry, but I cannot answer this question based on the provided passages.
Sorry, I can't answer that.
The answer is not in the passages.
The provided text doesn't say.
There is no mention of a founder in the documents.
Not mentioned in the context.
Not in the documents.
No information about parking is provided.
It is unclear from the passages.
The passages don't give a price.
Unfortunately, the documents do not cover this.
I'm unable to answer this from the given context.
I am afraid I have no information on that.
Based on the provided passages, it is not possible to determine the founding year.
The context lacks information about salaries.
I couldn't find any information about this.
There's no information on this in the sources.
Unable to answer based on the documents.
None of the passages mention the CEO.
This does not appear in the documents.
The answer isn't given in the text.
I can't find that in the documents.
The documents don't answer this question.
This question cannot be answered from the passages.
It cannot be determined from the given context.
The information needed to answer is not available in the provided documents.
There is insufficient information to answer.
The passages provided do not contain the answer.
I have no idea.
We don't have that information.
The knowledge base does not include details on that.
Neither passage states who founded the company.
This information is not provided.
The question is not answered by the documents.
I could not determine the price from the passages.
N/A
Unknown.
Cannot answer.
No answer found.
I don't have enough information to answer that.
The document does not specify the colour [1].
That is not specified in the provided documents.
According to the passages, there is no information about the moon base.
None of the documents answer this.
Ich weiß es nicht.
Das geht aus den Dokumenten nicht hervor.
Je ne sais pas.
No lo sé.
I am not able to find this in the documents provided.
The retrieved passages contain no information about that.
No relevant information was found.
The passages say nothing about this.
"""
ANSWERS = """
The beetle described by Charles Darwin cannot be found in San Marino, but in Italy.
Employees who do not know their PIN ask IT.
30 days.
You cannot return opened filters.
No.
No, it does not.
The warranty does not cover batteries.
The contract does not include travel costs.
The tank is not included.
Orders that cannot be found in the system are refunded.
If the serial number cannot be determined, the claim is declined.
Customers who have no information about their order can call us.
The policy does not specify a limit for senior staff; it is set by the manager.
The document is not available in print.
We cannot deliver to islands.
It is not possible to pay by cheque.
You do not need to register.
There is no answer machine at the depot.
The film was not released in Germany.
The author is unknown to most readers, but he wrote 30 books.
Refunds are not provided for opened filters.
The text of the contract must include the date.
Details are not given to third parties.
We don't know of any recall for the A2, so use it as usual: replace the filter every 60 days.
Do not cover the heater.
The source of the river cannot be found on this map because it lies in Peru.
The information line is open from 9 to 5.
Contact support if you are unable to find your invoice.
"""


@pytest.mark.parametrize("text", REFUSALS.strip().splitlines())
def test_refusals_are_recognised(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ANSWERS.strip().splitlines())
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
    claims = score_grounding(answer, [PASSAGE.text, OTHER.text]).claims
    assert [answer[c.start : c.end] for c in claims] == [c.text for c in claims]
    assert claims[0].best_passage == 1 and claims[0].support > claims[1].support


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


def test_evidence_at_any_of_its_places_is_found() -> None:
    twice = Evidence("returns.md", 500, 560, ((0, 60), (900, 960)))
    for name in ("retrieval_recall", "retrieval_mrr", "retrieval_ndcg"):
        assert value(name, context("30 days", evidence=(twice,))) == 1
    assert value("retrieval_precision", context("30 days", evidence=(twice,))) == 0.5
    assert value("retrieval_recall", context("30 days", evidence=(twice, Evidence("x.md", 0, 60)))) == 0.5


RETURNS, HEATERS, ABSENT = (
    Evidence(name, 0, 10_000, whole=True) for name in ("returns.md", "heaters.md", "absent.md")
)
QUOTE, ABSENT_QUOTE = Evidence("returns.md", 0, 60), Evidence("absent.md", 0, 60)


@pytest.mark.parametrize(
    ("evidence", "recall", "precision", "mrr"),
    [
        ((RETURNS,), 1.0, 0.5, 1.0),
        ((HEATERS,), 1.0, 0.5, 0.5),
        ((ABSENT,), 0.0, 0.0, 0.0),
        ((RETURNS, ABSENT), 0.5, 0.5, 1.0),
        ((RETURNS, HEATERS), 1.0, 1.0, 1.0),
        ((QUOTE, ABSENT), 0.5, 0.5, 1.0),
        ((QUOTE, HEATERS), 1.0, 1.0, 1.0),
        ((ABSENT_QUOTE, HEATERS), 0.5, 0.5, 0.5),
    ],
)
def test_a_whole_document_is_found_with_any_of_its_passages(
    evidence: tuple[Evidence, ...], recall: float, precision: float, mrr: float
) -> None:
    answered = context("30 days", evidence=evidence)
    assert value("retrieval_recall", answered) == recall
    assert value("retrieval_precision", answered) == precision
    assert value("retrieval_mrr", answered) == mrr


@pytest.mark.parametrize(
    ("first", "others", "recall"),
    [
        (ABSENT, (RETURNS,), 1.0),
        (ABSENT_QUOTE, (QUOTE,), 1.0),
        (QUOTE, (ABSENT_QUOTE, ABSENT), 1.0),
        (ABSENT_QUOTE, (ABSENT,), 0.0),
        (Evidence("returns.md", 30, 90), (ABSENT,), 0.5),
    ],
)
def test_of_alternatives_one_is_enough(first: Evidence, others: tuple[Evidence, ...], recall: float) -> None:
    piece = dataclasses.replace(first, alternatives=others)
    assert value("retrieval_recall", context("30 days", evidence=(piece,))) == recall


def test_alternatives_count_as_one_piece_among_others() -> None:
    either = dataclasses.replace(ABSENT, alternatives=(RETURNS,))
    assert value("retrieval_recall", context("30 days", evidence=(either, ABSENT))) == 0.5
    score = score_answer(context("30 days", evidence=(either, ABSENT)), ["retrieval_recall"])[0]
    assert score.reason == "1 of 2 pieces of evidence touched; they are whole documents."
