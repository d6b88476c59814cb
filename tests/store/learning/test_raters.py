"""A rater who is left out: stored, shown in exports, counted nowhere.
Knows nothing about pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, runner, take_over, tiny  # noqa: F401
from workbench.errors import InputError
from workbench.feedback.ratings import get_answer, rate_seen
from workbench.feedback.review_queue import find_agreement, next_pairs, next_thumbs, prefer
from workbench.scoring.labelled_answers import labels_from_ratings
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.learning.raters import leave_out, left_out_raters, take_back
from workbench.store.preferences import count_preferences, list_preferences
from workbench.store.ratings import list_ratings
from workbench.store.summaries import count_ratings
from workbench.tuning.fine_tuning import find_thumbs


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("raters"), experiment(prompts=["concise", "short"]))


@pytest.fixture
def rated(runner: Runner, ran: tuple[str, Path]) -> tuple[Runner, str]:  # noqa: F811
    """Ann and bob have given one thumb and one choice each, on the same."""
    id_, database = ran
    take_over(runner, database)
    thumb, pair = next_thumbs(runner.store, id_, "ann")[0][0], next_pairs(runner.store, id_, "ann")[0][0]
    left, right = get_answer(runner.store, pair.left_id), get_answer(runner.store, pair.right_id)
    for rater, value, choice in (("ann", 1, "left"), ("bob", -1, "right")):
        rate_seen(runner.store, get_answer(runner.store, thumb.answer_id), value, rater=rater)
        prefer(runner.store, left, right, choice, rater=rater)
    return runner, id_


def test_the_thumbs_and_choices_of_a_left_out_rater_count_nowhere(rated: tuple[Runner, str]) -> None:
    runner, id_ = rated  # noqa: F811
    store = runner.store
    with pytest.raises(InputError):
        labels_from_ratings(store)  # one up, one down: a tie
    assert find_agreement(store)
    leave_out(store, "bob")
    leave_out(store, "bob")
    assert left_out_raters(store) == {"bob"}
    assert set(count_ratings(store, id_).values()) == {(1, 0)}
    assert sum(p.total for p in count_preferences(store, id_).values()) == 2
    assert [label.label for label in labels_from_ratings(store)] == [True]
    assert all(thumb.up for thumb in find_thumbs(store))
    assert not find_agreement(store)
    assert not find_answers(store, id_, AnswerFilter(liked=-1))
    assert find_answers(store, id_, AnswerFilter(liked=-1, rater="bob"))  # asked for by name


def test_a_rater_who_is_taken_back_counts_as_before(rated: tuple[Runner, str]) -> None:
    runner, id_ = rated  # noqa: F811
    store = runner.store
    before = count_ratings(store, id_), count_preferences(store, id_)
    leave_out(store, "bob")
    assert len(list_ratings(store)) == 2 and len(list_ratings(store, counted=True)) == 1
    assert len(list_preferences(store)) == 2 and len(list_preferences(store, counted=True)) == 1
    take_back(store, "bob")
    take_back(store, "nobody")
    assert not left_out_raters(store)
    assert (count_ratings(store, id_), count_preferences(store, id_)) == before
