"""The share of liked answers is estimated from what is stored, kept, and made anew when ratings change.
Knows nothing about the statistics, which tests/analysis/liked tests."""

from __future__ import annotations

import pytest

from tests.tiny_experiment import Runner, experiment
from workbench.analysis.liked.types import LikedEstimates
from workbench.feedback.ratings import rate_answer
from workbench.feedback.review_queue import prefer
from workbench.results import liked as results
from workbench.results.liked import read_liked
from workbench.results.next_ratings import read_next_ratings
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.learning.liked import find_liked
from workbench.store.learning.raters import leave_out
from workbench.store.trials import get_trials

RETRIEVAL = {
    "splitter": ["markdown"],
    "chunk_tokens": [64],
    "retriever": ["keyword", "dense"],
    "top_k": [1, 3],
}


@pytest.fixture
def swept(runner: Runner) -> tuple[Runner, str]:
    return runner, runner.run(experiment(retrieval=RETRIEVAL)).id


def _rate(runner: Runner, id_: str, count: int, rater: str = "Ada", thumb: str = "up") -> list[str]:
    different = {a.seen: a for a in find_answers(runner.store, id_, AnswerFilter()) if a.state == "ok"}
    for answer in list(different.values())[:count]:
        rate_answer(runner.store, answer.id, thumb, rater=rater)
    return list(different)[:count]


def _read(runner: Runner, id_: str) -> LikedEstimates:
    found = read_liked(runner.store, id_)
    assert found is not None
    return found


def test_without_ratings_there_are_no_estimates(swept: tuple[Runner, str]) -> None:
    runner, id_ = swept
    assert read_liked(runner.store, id_) is None
    assert find_liked(runner.store, id_) is None


def test_thumbs_and_choices_give_every_trial_a_share_on_each_part_that_it_answered(
    swept: tuple[Runner, str],
) -> None:
    runner, id_ = swept
    _rate(runner, id_, 3)
    answers = find_answers(runner.store, id_, AnswerFilter())
    left, right = next(
        (a, b) for a in answers for b in answers if a.question == b.question and a.seen != b.seen
    )
    prefer(runner.store, left, right, "left", rater="Tove")
    found = _read(runner, id_)
    assert (found.thumbs, found.choices, found.raters, found.ratings) == (3, 1, 2, 4)
    trials = {trial.id for trial in get_trials(runner.store, id_)}
    assert set(found.parts["search"].trial_ids) == trials
    for trial in trials:
        liked = found.of(trial)
        assert liked is not None and 0 < liked.low < liked.mean < liked.high < 1
        values = found.per_answer(trial)
        assert len(values) == 5  # selection questions
        assert sum(values.values()) / 5 == pytest.approx(liked.mean, abs=1e-3)
    assert found.parts["holdout"].trial_ids


def test_estimates_are_kept_until_a_rating_changes(
    swept: tuple[Runner, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, id_ = swept
    seen = _rate(runner, id_, 4)
    first = _read(runner, id_)
    assert read_liked(runner.store, id_) is first
    results._kept.clear()  # as in another process
    again = _read(runner, id_)
    assert again is not first and again.parts["search"].liked == first.parts["search"].liked
    row = find_liked(runner.store, id_)
    assert row is not None
    _rate(runner, id_, 1, thumb="down")
    changed = _read(runner, id_)
    found = find_liked(runner.store, id_)
    assert found is not None and found.basis != row.basis
    assert changed.parts["search"].liked[0].mean < first.parts["search"].liked[0].mean
    assert len(seen) == 4


def test_raters_who_are_left_out_do_not_count(swept: tuple[Runner, str]) -> None:
    runner, id_ = swept
    _rate(runner, id_, 4)
    alone = _read(runner, id_)
    _rate(runner, id_, 4, rater="Troll", thumb="down")
    assert _read(runner, id_).raters == 2
    assert _read(runner, id_).disagreement.share == 1.0
    leave_out(runner.store, "Troll")
    assert _read(runner, id_).parts["search"].liked == alone.parts["search"].liked


def test_a_large_experiment_is_estimated_on_a_sample_of_its_questions(
    swept: tuple[Runner, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, id_ = swept
    _rate(runner, id_, 2)
    whole = _read(runner, id_)
    monkeypatch.setattr(results, "MOST_ANSWERS", 10)
    monkeypatch.setattr(results, "FEWEST_QUESTIONS", 2)
    results._kept.clear()
    _rate(runner, id_, 3)
    sampled = _read(runner, id_)
    assert sampled.thumbs == 3
    assert len(sampled.parts["search"].question_ids) == 2 < len(whole.parts["search"].question_ids)


def test_what_to_rate_next_leaves_out_what_the_rater_has_rated(swept: tuple[Runner, str]) -> None:
    runner, id_ = swept
    assert read_next_ratings(runner.store, id_, "Ada") is None
    rated = _rate(runner, id_, 4)
    found = read_next_ratings(runner.store, id_, "Ada", kinds=("thumb",), count=50)
    other = read_next_ratings(runner.store, id_, "Tove", kinds=("thumb",), count=50)
    assert found is not None and other is not None and found.outlook.words
    assert not {candidate.seen[0] for candidate in found.candidates} & set(rated)
    assert {candidate.seen[0] for candidate in other.candidates} & set(rated)
