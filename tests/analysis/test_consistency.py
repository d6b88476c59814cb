"""How repeats of a question agree.
Knows nothing about the store."""

from __future__ import annotations

import pytest

from workbench.analysis.consistency import find_consistency
from workbench.store.figures import RepeatedAnswer


def answers(*groups: list[tuple[str, bool, float | None]]) -> list[RepeatedAnswer]:
    return [
        RepeatedAnswer(f"q{i}", "search", text, refused, correctness)
        for i, group in enumerate(groups)
        for text, refused, correctness in group
    ]


def test_flips_are_counted_by_question_at_a_correctness_of_a_half() -> None:
    found = find_consistency(
        answers(
            [("a", False, 0.5), ("b", False, 0.49)],
            [("a", False, 0.1), ("a", False, 0.2)],
            [("a", False, 0.9), ("I cannot say", True, 0.0)],
            [("a", False, 0.9), ("a", False, 1.0)],
        ),
        repeats=2,
    )
    assert found.questions == 4
    assert found.correctness_flips is not None and found.correctness_flips.mean == 0.5
    assert found.refusal_flips is not None and found.refusal_flips.mean == 0.25
    assert found.refusal_flips.low is not None and found.refusal_flips.low > 0  # Wilson


def test_agreement_is_the_mean_likeness_of_pairs_within_a_question() -> None:
    found = find_consistency(
        answers([("abcd", False, None)] * 2, [("abcd", False, None), ("abxy", False, None)]), 2
    )
    assert found.agreement is not None and found.agreement.mean == pytest.approx((1 + 0.5) / 2)
    assert found.correctness_flips is None
    assert found.note == "no question has two answers scored on correctness"


def test_white_space_is_no_difference() -> None:
    found = find_consistency(answers([("a  b\n", False, 1.0), ("a b", False, 1.0)]), 2)
    assert found.agreement is not None and found.agreement.mean == 1.0


def test_a_question_with_one_sound_answer_has_no_say() -> None:
    found = find_consistency(answers([("a", False, 1.0)]), 3)
    assert (found.questions, found.agreement) == (0, None)
    assert found.note == "no question has two successful answers yet"


def test_long_and_empty_answers_are_compared_in_time() -> None:
    long = [("x" * 50_000 + str(i), False, 1.0) for i in range(6)]
    found = find_consistency(answers(long, [("", False, 0.0), ("", False, 0.0)]), 6)
    assert found.agreement is not None and found.agreement.mean == 1.0  # their beginnings are equal
