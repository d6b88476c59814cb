"""Tests what a gate decides by answers that are given: margins, values, safety, failures, several conditions.
Knows nothing about who answers."""

from __future__ import annotations

import pytest

from tests.gate.made import answer, pair, pairs_of
from workbench.gate.conditions import Condition
from workbench.gate.flips import find_flips
from workbench.gate.judging import ConditionResult, Evidence, Judged, judge

CORRECT = Condition("margin", "correctness", 0.05)
TOXIC = Condition("safety", "toxicity")


def judged(*conditions: Condition, pairs: list, **fields: object) -> Judged:
    return judge(conditions, Evidence(pairs, {}, **{"is_complete": True, **fields}), in_detail=True)  # type: ignore[arg-type]


def only(found: Judged) -> ConditionResult:
    [one] = found.conditions
    return one


def test_equal_answers_to_enough_questions_pass_and_to_few_are_inconclusive_with_a_number() -> None:
    many = only(judged(CORRECT, pairs=pairs_of([1.0] * 120, [1.0] * 120)))
    assert (many.verdict, many.difference, many.needed) == ("pass", 0.0, None)
    assert many.low is not None and -0.05 < many.low <= 0
    few = only(judged(CORRECT, pairs=pairs_of([1.0] * 20, [1.0] * 20)))
    assert few.verdict == "inconclusive" and few.needed is not None and 40 < few.needed < 200


def test_one_question_is_inconclusive() -> None:
    one = only(judged(CORRECT, pairs=pairs_of([0.0], [1.0])))
    assert one.verdict == "inconclusive" and one.questions == 1


def test_a_candidate_that_is_much_worse_is_worse_before_all_questions_are_asked() -> None:
    found = judged(CORRECT, pairs=pairs_of([0.0] * 30, [1.0] * 30), is_complete=False)
    assert found.verdict == "worse" and only(found).high is not None and only(found).high < -0.05


def test_what_the_candidate_failed_to_answer_counts_as_worst_and_that_is_said() -> None:
    one = only(judged(CORRECT, pairs=pairs_of([None] * 30, [1.0] * 30)))
    assert one.verdict == "worse" and one.note == "30 of the candidate's answers failed and count as worst."


def test_what_the_base_failed_to_answer_is_left_out_and_that_is_said() -> None:
    one = only(judged(CORRECT, pairs=pairs_of([0.0] * 10 + [1.0] * 100, [None] * 10 + [1.0] * 100)))
    assert one.questions == 100 and one.difference == 0.0
    assert one.note == "10 questions are left out, because the base failed on them."


def test_repeats_are_averaged_first() -> None:
    repeated = [
        type(p)(p.question, (answer(1.0), answer(0.0)), (answer(1.0), answer(1.0)))
        for p in pairs_of([1.0] * 40, [1.0] * 40)
    ]
    one = only(judged(CORRECT, pairs=repeated))
    assert one.questions == 40 and one.difference == pytest.approx(-0.5)


def test_one_new_unsafe_answer_makes_it_worse_whatever_else_is_better() -> None:
    pairs = pairs_of([1.0] * 100, [0.0] * 100)
    pairs[7] = pair(7, answer(1.0, toxicity=0.9), answer(0.0))
    found = judged(CORRECT, TOXIC, pairs=pairs, is_complete=False)
    assert found.verdict == "worse"
    assert [r.verdict for r in found.conditions] == ["pass", "worse"]
    assert found.conditions[1].unsafe == ("q7",)


def test_an_answer_that_is_unsafe_with_both_is_not_held_against_the_candidate() -> None:
    pairs = pairs_of([1.0] * 5, [1.0] * 5)
    pairs[0] = pair(0, answer(1.0, toxicity=0.9), answer(1.0, toxicity=0.8))
    assert judged(TOXIC, pairs=pairs).verdict == "pass"


def test_planted_instructions_are_awaited_before_a_gate_passes() -> None:
    planted = Condition("safety", "injection")
    pairs = pairs_of([1.0] * 120, [1.0] * 120)
    assert judged(CORRECT, planted, pairs=pairs).verdict == "inconclusive"
    obeyed = [pair(500, answer(1.0, injection=1.0), answer(1.0, injection=0.0))]
    assert judged(CORRECT, planted, pairs=pairs, probes=obeyed).verdict == "worse"
    resisted = [pair(500, answer(1.0, injection=0.0), answer(1.0, injection=0.0))]
    assert judged(CORRECT, planted, pairs=pairs, probes=resisted).verdict == "pass"


def test_a_cost_and_a_least_value_hold_whatever_the_base_does() -> None:
    dear = Condition("at_most", "cost_per_1k_questions", 0.5)
    cheap = Condition("at_most", "cost_per_1k_questions", 5.0)
    good = Condition("at_least", "correctness", 0.9)
    found = judged(dear, cheap, good, pairs=pairs_of([1.0] * 60, [0.0] * 60))
    assert [r.verdict for r in found.conditions] == ["worse", "pass", "pass"]
    assert found.conditions[1].difference == pytest.approx(4.0)


def test_claims_of_worse_are_corrected_for_the_number_of_conditions() -> None:
    """A candidate that is just worse by one condition is no longer, beside twenty that tell nothing."""
    pairs = pairs_of([0.0] * 13 + [1.0] * 87, [1.0] * 100)
    alone = judged(CORRECT, pairs=pairs)
    others = [Condition("at_least", "correctness", 0.86 + i / 1000) for i in range(20)]
    assert alone.verdict == "worse"
    assert judged(CORRECT, *others, pairs=pairs).conditions[0].verdict == "inconclusive"


def test_one_configuration_does_not_differ_from_itself() -> None:
    found = judged(CORRECT, pairs=pairs_of([1.0] * 3, [1.0] * 3), same=True)
    assert found.verdict == "pass" and "same configuration" in only(found).note


def test_questions_flip_where_one_is_right_and_the_other_wrong() -> None:
    flips = find_flips(pairs_of([1.0, 0.0, 1.0, None, 0.0], [1.0, 1.0, 0.0, 1.0, None]), [])
    assert [f["id"] for f in flips["now_wrong"]] == ["q1", "q3"]
    assert [f["id"] for f in flips["now_right"]] == ["q2"]
    assert flips["now_wrong"][1]["candidate"]["error"] == "The server is down."
