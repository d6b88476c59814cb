"""Stored scores are held to people's thumbs; thresholds follow from them.
Knows nothing about pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401
from workbench.analysis.threshold import find_threshold
from workbench.feedback.ratings import rate_seen
from workbench.results.judge_agreement import find_judge_agreement
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.learning.raters import leave_out


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("agreement"), experiment(prompts=["concise", "short"]))


def test_a_score_that_people_follow_has_an_auroc_of_one(runner: Runner, ran: tuple[str, Path]) -> None:  # noqa: F811
    take_over(runner, ran[1])
    store = runner.store
    assert find_judge_agreement(store) == []
    answers = find_answers(store, ran[0], AnswerFilter(state="ok"))
    scored = {a.seen: (a, {s.name: s.value for s in a.scores}) for a in answers}
    known = [
        (a, values["correctness"]) for a, values in scored.values() if values.get("correctness") is not None
    ]
    for answer, value in known:
        rate_seen(store, answer, 1 if value > 0.5 else -1, rater="ann")
        rate_seen(store, answer, -1, rater="mallory")
    assert find_judge_agreement(store) and all(a.problem for a in find_judge_agreement(store)), (
        "only ties and dislikes"
    )
    leave_out(store, "mallory")
    [found] = [a for a in find_judge_agreement(store) if a.score == "correctness"]
    assert (found.judge, found.detection.count) == ("", len(known))
    assert found.detection.right == sum(value > 0.5 for _, value in known)
    assert found.detection.auroc == 1.0 and not found.problem


def test_the_threshold_lies_where_the_labels_change_and_its_interval_shrinks() -> None:
    random = np.random.default_rng(3)
    widths = []
    for count in (60, 2_000):
        values = random.random(count)
        labels = (values + random.normal(0, 0.1, count) > 0.4).tolist()
        found = find_threshold(values.tolist(), labels, [str(i) for i in range(count)])
        assert found is not None and found.low <= 0.42 and found.high >= 0.38
        assert found.low <= found.value <= found.high and found.balanced_accuracy > 0.8
        widths.append(found.high - found.low)
    assert widths[1] < widths[0]


def test_there_is_no_threshold_from_a_few_rows_or_one_value() -> None:
    few = [True] * 20 + [False] * 4
    assert find_threshold(list(np.linspace(0, 1, 24)), few, list(map(str, range(24)))) is None
    assert find_threshold([0.5] * 20, [True, False] * 10, list(map(str, range(20)))) is None
