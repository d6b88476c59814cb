"""Tuned models beside their parents: differences by question and by tag, and who is asked in the final."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.families import compare_with_parent
from workbench.analysis.significance import ScoreTable, make_score_table

QUESTIONS = [f"q{i}" for i in range(40)]
TAGS = {q: ["returns"] if i < 20 else ["billing"] for i, q in enumerate(QUESTIONS)}


def table(**of_trial: list[float | None]) -> ScoreTable:
    cells = [
        (trial, question, value)
        for trial, values in of_trial.items()
        for question, value in zip(QUESTIONS, values, strict=False)
        if value is not None
    ]
    return make_score_table("correctness", cells)


def test_tuning_is_said_to_help_on_one_tag_and_hurt_on_another() -> None:
    found = compare_with_parent(
        "smol", "tuned", "holdout",
        table(child=[1.0] * 20 + [0.0] * 20, parent=[0.0] * 20 + [1.0] * 20), [("child", "parent")], TAGS,
    )  # fmt: skip
    assert found.overall.mean == 0 and found.overall.verdict == "not told apart"
    assert {tag: d.verdict for tag, d in found.by_tag.items()} == {"returns": "helped", "billing": "hurt"}
    assert "Helped on returns +1.000. Hurt on billing -1.000." in found.in_words


def test_a_question_that_one_of_both_was_not_scored_on_counts_for_neither() -> None:
    found = compare_with_parent(
        "smol", "tuned", "holdout",
        table(child=[None] * 10 + [1.0] * 30, parent=[0.0] * 40), [("child", "parent")], TAGS,
    )  # fmt: skip
    assert (found.overall.questions, found.by_tag["returns"].questions) == (30, 10)


def test_several_configurations_are_averaged_by_question() -> None:
    both = table(a=[1.0] * 40, b=[0.0] * 40, c=[0.5] * 40, d=[0.5] * 40)
    found = compare_with_parent("smol", "tuned", "search", both, [("a", "b"), ("c", "d")], TAGS)
    assert (found.overall.mean, found.configurations) == (0.5, 2)


def test_where_less_is_better_a_fall_helped() -> None:
    from dataclasses import replace

    costs = replace(table(a=[0.2] * 40, b=[0.6] * 40), maximize=False)
    assert compare_with_parent("p", "v", "search", costs, [("a", "b")], {}).overall.verdict == "helped"


def test_without_a_common_configuration_it_says_so() -> None:
    found = compare_with_parent("smol", "tuned", None, table(), [], {})
    assert found.in_words == "tuned and smol have no configuration in common yet."


def test_one_question_is_too_few_for_a_verdict() -> None:
    found = compare_with_parent("p", "v", "holdout", table(a=[1.0], b=[0.0]), [("a", "b")], TAGS)
    assert (found.overall.verdict, found.overall.low) == ("too few", None)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40))
def test_the_interval_holds_the_mean_and_the_opposite_comparison_is_its_mirror(
    values: list[tuple[float, float]],
) -> None:
    both = table(a=[one for one, _ in values], b=[other for _, other in values])
    ahead = compare_with_parent("p", "v", "search", both, [("a", "b")], {}).overall
    behind = compare_with_parent("p", "v", "search", both, [("b", "a")], {}).overall
    assert ahead.mean is not None and behind.mean is not None
    assert abs(ahead.mean + behind.mean) < 1e-9
    if ahead.low is not None and ahead.high is not None:
        assert ahead.low - 1e-9 <= ahead.mean <= ahead.high + 1e-9
