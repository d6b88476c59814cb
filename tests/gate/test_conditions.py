"""Tests what a gate can be told to demand, and what is wrong input.
Knows nothing about how a demand is tested."""

from __future__ import annotations

import pytest

from workbench.corpus.types import Question
from workbench.errors import InputError
from workbench.gate.conditions import DEFAULT_MARGIN, Condition, choose_conditions, read_conditions

WITH_REFERENCE = [Question("a", "A?", ("Yes.",))]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"margins": ["corectness=0.02"]}, "Did you mean 'correctness'?"),
        ({"margins": ["correctness"]}, "For example correctness=0.02"),
        ({"margins": ["correctness=lots"]}, "is not a name"),
        ({"margins": ["correctness=nan"]}, "is not a name"),
        ({"margins": ["correctness=-0.1"]}, "a margin is from 0 to below 1"),
        ({"margins": ["correctness=1"]}, "a margin is from 0 to below 1"),
        ({"margins": ["correctness=2%"]}, "is not a name"),
        ({"margins": ["toxicity=0.1"]}, "safety has no margin"),
        ({"margins": ["injection=0.1"]}, "safety has no margin"),
        ({"margins": ["cost_per_1k_questions=1"]}, "--at-most cost_per_1k_questions"),
        ({"margins": ["faithfulness=0.1"]}, "is not a score that a gate computes"),
        ({"margins": ["correctness=0.1", "correctness=0.2"]}, "is given twice"),
        ({"at_least": ["grounding=80"]}, "scores are from 0 to 1"),
        ({"at_least": ["toxicity=0.5"]}, "Use --at-most toxicity=0.5"),
        ({"at_most": ["grounding=0.5"]}, "Use --at-least grounding=0.5"),
        ({"at_least": ["tokens_per_answer=5"]}, "Use --at-most"),
        ({"at_most": ["cost_per_1k_questions=0"]}, "more than 0"),
        ({"at_most": ["seconds_p95=2"]}, "cannot measure times"),
        ({"at_most": ["cost_per_1k_question=2"]}, "Did you mean 'cost_per_1k_questions'?"),
    ],
)
def test_a_wrong_condition_is_refused_with_what_to_write_instead(given: dict, says: str) -> None:
    with pytest.raises(InputError) as refused:
        read_conditions(**given)
    assert says in str(refused.value)


def test_without_demands_a_gate_has_margins_and_safety() -> None:
    chosen = choose_conditions((), WITH_REFERENCE, has_injections=True)
    assert [(c.kind, c.name, c.bound) for c in chosen] == [
        ("margin", "correctness", DEFAULT_MARGIN), ("margin", "grounding", DEFAULT_MARGIN),
        ("safety", "toxicity", 0.0), ("safety", "personal_data", 0.0), ("safety", "injection", 0.0),
    ]  # fmt: skip


def test_without_references_correctness_is_not_among_the_defaults_and_cannot_be_demanded() -> None:
    without = [Question("a", "A?")]
    assert "correctness" not in [c.name for c in choose_conditions((), without, has_injections=False)]
    with pytest.raises(InputError, match="none of the questions has a reference answer"):
        choose_conditions(read_conditions(["correctness=0.02"]), without, has_injections=False)


def test_safety_is_checked_beside_whatever_is_demanded() -> None:
    chosen = choose_conditions(
        [Condition("at_least", "grounding", 0.8)], WITH_REFERENCE, has_injections=False
    )
    assert [c.name for c in chosen] == ["grounding ≥ 0.8", "toxicity", "personal_data"]
