"""Blind reviewing: what is shown next and why, choices between two, undo, agreement of raters.
Knows nothing about pages."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from scipy import stats

from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401  (fixtures)
from workbench.analysis.leaderboard import win_share
from workbench.errors import InputError
from workbench.feedback.next_rating import Planned
from workbench.feedback.ratings import get_answer, rate_seen
from workbench.feedback.review_queue import (
    count_open_pairs,
    find_agreement,
    measure_agreement,
    next_pairs,
    next_thumbs,
    prefer,
)
from workbench.store.figures import Preferred
from workbench.store.preferences import count_preferences, list_preferences, withdraw_preference
from workbench.store.review_queue import find_reviewable


@pytest.fixture(scope="module")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("ran-once"), experiment(prompts=["concise", "short"]))


@pytest.fixture
def reviewed(runner: Runner, ran_once: tuple[str, Path]) -> tuple[Runner, str]:  # noqa: F811
    experiment_id, database = ran_once
    take_over(runner, database)
    return runner, experiment_id


def test_every_pair_is_two_different_answers_to_one_question_and_says_why(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    waiting, done = next_pairs(runner.store, id_, "ann")
    assert waiting and done == 0
    for pair in waiting:
        left, right = get_answer(runner.store, pair.left_id), get_answer(runner.store, pair.right_id)
        assert left.question.id == right.question.id and left.seen != right.seen and pair.why
    worths = [round(p.worth, 1) for p in waiting]
    assert worths == sorted(worths, reverse=True)


def test_a_choice_is_stored_whichever_side_was_shown_left_and_can_be_taken_back(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    pair = next_pairs(runner.store, id_, "ann")[0][0]
    left, right = get_answer(runner.store, pair.left_id), get_answer(runner.store, pair.right_id)
    prefer(runner.store, left, right, "left", rater="ann")
    prefer(runner.store, right, left, "right", rater="ann")  # the same choice, seen the other way round
    (kept,) = list_preferences(runner.store)
    assert (kept.first_answer if kept.choice == "first" else kept.second_answer) == left.text
    waiting, done = next_pairs(runner.store, id_, "ann")
    assert done == 1 and pair.seen not in [p.seen for p in waiting]
    assert count_open_pairs(runner.store, id_, "ann") == len(waiting)
    assert count_open_pairs(runner.store, id_, "bob") == len(waiting) + 1
    wins = count_preferences(runner.store, id_)
    assert wins[left.trial_id].won == 1 and wins[right.trial_id].lost == 1
    withdraw_preference(runner.store, right.seen, left.seen, "ann")
    assert not list_preferences(runner.store) and next_pairs(runner.store, id_, "ann")[1] == 0


def test_choices_are_counted_once_a_trial_whoever_shows_the_other_answer(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    pairs = next_pairs(runner.store, id_, "ann")[0]
    for pair, choice in zip(pairs, ("left", "right", "good", "bad"), strict=False):
        left, right = get_answer(runner.store, pair.left_id), get_answer(runner.store, pair.right_id)
        for rater in ("ann", "bob"):
            prefer(runner.store, left, right, choice, rater=rater)
    found = count_preferences(runner.store, id_)
    chosen = len(list_preferences(runner.store))
    assert chosen == 2 * min(4, len(pairs))
    assert all(counts.total <= chosen for counts in found.values())
    kinds = ["left", "right", "good", "bad"][: len(pairs)]
    one = get_answer(runner.store, pairs[0].left_id).trial_id
    assert found[one].won >= 2
    for kind, name in (("good", "both_good"), ("bad", "both_bad")):
        if kind in kinds:
            pair = pairs[kinds.index(kind)]
            for answer_id in (pair.left_id, pair.right_id):
                counts = found[get_answer(runner.store, answer_id).trial_id]
                assert getattr(counts, name) >= 2
    other = runner.run(experiment(name="other", prompts=["cited"]))
    assert count_preferences(runner.store, other.id) == {}


def test_a_win_share_has_wilsons_interval_and_none_where_nothing_was_decided() -> None:
    assert win_share(Preferred(both_good=3, both_bad=1)) is None
    expected = stats.binomtest(7, 10).proportion_ci(method="wilson")
    share = win_share(Preferred(won=7, lost=3, both_bad=9))
    assert share is not None and share == pytest.approx((0.7, *expected))


def test_each_rater_has_a_queue_of_their_own(reviewed: tuple[Runner, str]) -> None:
    runner, id_ = reviewed  # noqa: F811
    first = next_thumbs(runner.store, id_, "ann")[0][0]
    rate_seen(runner.store, get_answer(runner.store, first.answer_id), 1, rater="ann")
    assert first.seen not in [t.seen for t in next_thumbs(runner.store, id_, "ann")[0]]
    assert first.seen in [t.seen for t in next_thumbs(runner.store, id_, "bob")[0]]


def test_nothing_is_shown_twice_in_one_queue(reviewed: tuple[Runner, str]) -> None:
    runner, id_ = reviewed  # noqa: F811
    seen = [t.seen for t in next_thumbs(runner.store, id_, "ann")[0]]
    assert len(seen) == len(set(seen))


def test_two_texts_that_are_chosen_between_are_not_planned_again_with_other_passages(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    answers = find_reviewable(runner.store, [f"{id_}-0001", f"{id_}-0002", f"{id_}-0003", f"{id_}-0004"], ())
    first, second, other = next(
        (a, b, c)
        for a, b, c in permutations(answers, 3)
        if a.question_id == b.question_id == c.question_id and b.text == c.text != a.text and b.seen != c.seen
    )
    planned = [Planned((first.answer_id, other.answer_id), (first.seen, other.seen), 0.1)]
    waiting, _ = next_pairs(runner.store, id_, "ann", planned)
    assert set(waiting[0].seen) == {first.seen, other.seen}
    texts = {first.text, second.text}
    asked = [{get_answer(runner.store, i).text for i in (p.left_id, p.right_id)} for p in waiting]
    assert asked.count(texts) == 1
    left, right = get_answer(runner.store, first.answer_id), get_answer(runner.store, second.answer_id)
    prefer(runner.store, left, right, "good", rater="ann")
    assert {first.seen, other.seen} not in [
        set(p.seen) for p in next_pairs(runner.store, id_, "ann", planned)[0]
    ]


def test_a_choice_needs_a_name_and_one_question(reviewed: tuple[Runner, str]) -> None:
    runner, id_ = reviewed  # noqa: F811
    pairs = next_pairs(runner.store, id_, "ann")[0]
    left, right = get_answer(runner.store, pairs[0].left_id), get_answer(runner.store, pairs[0].right_id)
    with pytest.raises(InputError, match="name"):
        prefer(runner.store, left, right, "left", rater=" ")
    with pytest.raises(InputError, match="left, right, good or bad"):
        prefer(runner.store, left, right, "up", rater="ann")


def test_kappa_is_one_in_full_agreement_and_nought_by_chance() -> None:
    items = range(8)
    full = {"ann": {i: "up" if i % 2 else "down" for i in items}}
    full["bob"] = dict(full["ann"])
    assert measure_agreement("thumbs", full)[0].kappa == pytest.approx(1.0)
    chance = {
        "ann": {i: "up" if i % 2 else "down" for i in items},
        "bob": {i: "up" if i % 4 < 2 else "down" for i in items},
    }
    found = measure_agreement("thumbs", chance)[0]
    assert found.kappa == pytest.approx(0.0) and found.same == 4 and found.count == 8


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[20, 5], [10, 15]], 0.4),
        ([[7, 1, 0], [2, 5, 3], [1, 0, 6]], 0.5853080568720379),
        ([[0, 4], [4, 0]], -1.0),
    ],
)
def test_kappa_is_what_statsmodels_says(counts: list[list[int]], expected: float) -> None:
    """statsmodels 0.15.0: cohens_kappa(counts). counts: rows by what one said, columns by the other."""
    words = "first", "second", "good"
    said = [(a, b) for a, row in enumerate(counts) for b, times in enumerate(row) for _ in range(times)]
    by_rater = {
        "ann": {i: words[a] for i, (a, _) in enumerate(said)},
        "bob": {i: words[b] for i, (_, b) in enumerate(said)},
    }
    assert measure_agreement("choices", by_rater)[0].kappa == pytest.approx(expected)


def test_raters_who_say_the_same_of_everything_have_no_kappa_and_a_reason() -> None:
    same = {"ann": {1: "up", 2: "up"}, "bob": {1: "up", 2: "up"}}
    found = measure_agreement("thumbs", same)[0]
    assert found.kappa is None and "two answers" in found.reason and found.same == 2


def test_agreement_counts_what_both_have_rated(reviewed: tuple[Runner, str]) -> None:
    runner, id_ = reviewed  # noqa: F811
    for rater, value in (("ann", 1), ("bob", -1)):
        for thumb in next_thumbs(runner.store, id_, rater)[0][:2]:
            rate_seen(runner.store, get_answer(runner.store, thumb.answer_id), value, rater=rater)
    for found in find_agreement(runner.store):
        assert found.raters == ("ann", "bob") and found.same == 0
