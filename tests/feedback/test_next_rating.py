"""What Review asks next: a plan of what tells most, and whether more ratings would decide.
Knows nothing about pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401
from workbench.feedback.next_rating import RatingPlan, count_ratings_of, plan_ratings
from workbench.feedback.ratings import get_answer, rate_seen
from workbench.feedback.review_queue import count_open_pairs, next_pairs, next_thumbs, prefer


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("planned"), experiment(prompts=["concise", "short", "cited"]))


@pytest.fixture
def reviewed(runner: Runner, ran: tuple[str, Path]) -> tuple[Runner, str]:  # noqa: F811
    take_over(runner, ran[1])
    return runner, ran[0]


def test_there_is_a_plan_as_soon_as_something_is_rated_and_it_comes_first(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    store = runner.store
    assert plan_ratings(store, id_, "ann", "thumb") is None and count_ratings_of(store, id_) == 0
    for number, thumb in enumerate(next_thumbs(store, id_, "ann")[0][:4]):
        rate_seen(store, get_answer(store, thumb.answer_id), 1 if number % 2 else -1, rater="ann")
    plan = plan_ratings(store, id_, "ann", "thumb")
    assert plan is not None and plan.rests_on == count_ratings_of(store, id_) == 4
    assert RatingPlan.from_json(plan.to_json()) == plan and plan.words_after(4)
    waiting, done = next_thumbs(store, id_, "ann", plan.candidates)
    assert done == 4 and len(waiting) == len({t.seen for t in waiting})
    assert [t.seen for t in waiting[: len(plan.candidates)]] == [c.seen[0] for c in plan.candidates]
    assert all(get_answer(store, t.answer_id).seen == t.seen for t in waiting)
    assert waiting[0].why.startswith("This rating narrows the leader's interval most")
    rate_seen(store, get_answer(store, waiting[0].answer_id), 1, rater="ann")
    after, done = next_thumbs(store, id_, "ann", plan.candidates)
    assert done == 5 and [t.seen for t in after] == [t.seen for t in waiting[1:]]


def test_planned_pairs_are_two_texts_to_one_question_and_each_is_asked_once(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    store = runner.store
    pair = next_pairs(store, id_, "ann")[0][0]
    prefer(store, get_answer(store, pair.left_id), get_answer(store, pair.right_id), "left", rater="ann")
    plan = plan_ratings(store, id_, "ann", "choice")
    assert plan is not None and plan.candidates
    texts = []
    for candidate in plan.candidates:
        left, right = (get_answer(store, answer_id) for answer_id in candidate.answer_ids)
        assert left.question.id == right.question.id and left.text != right.text
        texts.append((left.question.id, frozenset((left.text, right.text))))
    assert len(texts) == len(set(texts))
    waiting, done = next_pairs(store, id_, "ann", plan.candidates)
    assert done == 1 and set(waiting[0].seen) == set(plan.candidates[0].seen)
    left, right = get_answer(store, waiting[0].left_id), get_answer(store, waiting[0].right_id)
    prefer(store, left, right, "good", rater="ann")
    after, done = next_pairs(store, id_, "ann", plan.candidates)
    assert done == 2 and set(waiting[0].seen) not in [set(p.seen) for p in after]
    assert count_open_pairs(store, id_, "ann") == len(next_pairs(store, id_, "ann")[0])


def test_how_many_more_would_decide_is_counted_down() -> None:
    plan = RatingPlan((), "some", 12, "", 40)
    assert plan.words_after(40).startswith("About 12 more ratings would decide")
    assert plan.words_after(43).startswith("About 9 more") and plan.words_after(60).startswith(
        "About 1 more rating "
    )
    assert (
        RatingPlan((), "never", None, "More ratings would not decide.", 40).words_after(50)
        == "More ratings would not decide."
    )


def test_a_planned_pair_whose_two_texts_were_chosen_between_meanwhile_is_not_asked(
    reviewed: tuple[Runner, str],
) -> None:
    runner, id_ = reviewed  # noqa: F811
    store = runner.store
    pairs = next_pairs(store, id_, "ann")[0]
    for pair in pairs[:2]:
        prefer(store, get_answer(store, pair.left_id), get_answer(store, pair.right_id), "left", rater="ann")
    plan = plan_ratings(store, id_, "ann", "choice")
    assert plan is not None
    for _ in range(len(pairs)):
        waiting, done = next_pairs(store, id_, "ann", plan.candidates)
        if not waiting:
            break
        left, right = (get_answer(store, i) for i in (waiting[0].left_id, waiting[0].right_id))
        prefer(store, left, right, "good", rater="ann")
        assert next_pairs(store, id_, "ann", plan.candidates)[1] == done + 1
