"""A run that follows what people like: it waits for ratings, then goes on where it was.
Knows nothing about how the share of liked answers is estimated."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np
import pytest

from tests.tiny_experiment import Runner, experiment
from workbench.feedback.ratings import rate_seen
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.status import get_status
from workbench.run.search_evidence import EvidenceTable
from workbench.space.experiment import LIKED, Objective
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers
from workbench.store.questions import get_questions
from workbench.store.trials import get_trials

RETRIEVAL = {
    "splitter": ["markdown"], "chunk_tokens": [32, 96], "chunk_overlap": [0], "retriever": ["keyword"],
    "top_k": [1, 2],
}  # fmt: skip
ADAPTIVE: list[dict[str, Any]] = [
    {"strategy": "tpe", "trials": 6},
    {"strategy": "halving", "first": 3, "keep": 0.5},
    {"strategy": "race", "block": 3},
    {"strategy": "model", "answers": 0.8},
]


def by_liked(search: dict[str, Any], **fields: Any) -> Any:
    given = {"objective": {"maximize": LIKED}, "prompts": ["concise", "short"], "retrieval": RETRIEVAL}
    return experiment(search=search, **(given | fields))


def rate(runner: Runner, experiment_id: str) -> None:
    """Like what the prompt `short` makes, and nothing else."""
    for answer in find_answers(runner.store, experiment_id, AnswerFilter()):
        rate_seen(runner.store, answer, 1 if answer.trial_name.startswith("short") else -1, rater="ann")


@pytest.mark.parametrize("search", ADAPTIVE, ids=lambda s: s["strategy"])
def test_a_search_waits_for_ratings_after_its_first_answers_and_then_follows_them(
    runner: Runner, search: dict[str, Any]
) -> None:
    wider = {"chunk_tokens": [32, 64, 96], "retriever": ["keyword", "dense"]}  # it asks all of a small grid
    retrieval = RETRIEVAL | (wider if search["strategy"] == "model" else {})
    result = runner.run(by_liked(search, holdout=0.0, retrieval=retrieval))
    assert result.state == "paused"
    assert "Rate some answers" in get_status(runner.store, result.id)["message"]
    answers = len(find_answers(runner.store, result.id, AnswerFilter()))
    trials = leaderboard_to_json(runner.store, result.id)["trials"]
    assert answers and not any(t["state"] == "dropped" for t in trials)
    again = runner.run(result.id)  # nobody has rated anything yet
    assert again.state == "paused"
    assert len(find_answers(runner.store, result.id, AnswerFilter())) == answers
    rate(runner, result.id)
    assert runner.run(result.id).state == "done"
    board = leaderboard_to_json(runner.store, result.id)
    assert board["trials"][0]["rank"] == 1 and board["trials"][0]["name"].startswith("short")


def test_the_held_out_questions_wait_for_ratings_and_finalists_stay_those_chosen(runner: Runner) -> None:
    result = runner.run(by_liked({"strategy": "grid"}))
    assert result.state == "paused"
    assert "held-out" in get_status(runner.store, result.id)["message"]
    assert all(t["holdout"] is None for t in leaderboard_to_json(runner.store, result.id)["trials"])
    rate(runner, result.id)
    assert runner.run(result.id).state == "done"
    finalists = [t for t in get_trials(runner.store, result.id) if t.in_final]
    assert len(finalists) == 5 and sum(t.name.startswith("short") for t in finalists) == 4
    for answer in find_answers(runner.store, result.id, AnswerFilter()):
        rate_seen(runner.store, answer, -1 if answer.trial_name.startswith("short") else 1, rater="ann")
    board = leaderboard_to_json(runner.store, result.id)
    assert board["trials"][0]["name"].startswith("concise")
    assert [t.id for t in get_trials(runner.store, result.id) if t.in_final] == [t.id for t in finalists]


def test_a_grid_without_held_out_questions_needs_no_ratings_to_end(runner: Runner) -> None:
    assert runner.run(by_liked({"strategy": "grid"}, holdout=0.0)).state == "done"


def test_a_constraint_on_liked_is_waited_for_and_a_further_aim_is_not(runner: Runner) -> None:
    bounded = {"maximize": "correctness", "at_least": {LIKED: 0.1}}
    assert runner.run(by_liked({"strategy": "grid"}, objective=bounded)).state == "paused"
    several = {"maximize": ["correctness", LIKED]}
    assert runner.run(by_liked({"strategy": "grid"}, objective=several)).state == "done"


def test_ratings_of_the_same_answers_in_another_experiment_count_from_the_start(runner: Runner) -> None:
    first = runner.run(by_liked({"strategy": "grid"}, objective={"maximize": "correctness"}, holdout=0.0))
    rate(runner, first.id)
    second = runner.run(by_liked({"strategy": "halving", "first": 2, "keep": 0.5}))
    assert second.state == "done"
    assert leaderboard_to_json(runner.store, second.id)["trials"][0]["name"].startswith("short")


def test_evidence_holds_what_is_expected_of_every_answer_that_was_asked(runner: Runner) -> None:
    result = runner.run(by_liked({"strategy": "grid"}, holdout=0.0))
    trials = {at: trial.id for at, trial in enumerate(get_trials(runner.store, result.id))}
    ids = [q.question.id for q in get_questions(runner.store, result.id) if q.part == "search"]
    table = EvidenceTable(Objective(maximize=LIKED, at_least={LIKED: 0.2}), len(trials), ids)
    table.asked[:, :3] = True
    table.read(runner.store, result.id, trials)
    assert table.lacks_ratings and np.isnan(table.evidence().worth).all()
    rate(runner, result.id)
    table.read(runner.store, result.id, trials)
    evidence = table.evidence()
    assert not table.lacks_ratings and evidence.unit
    assert np.isfinite(evidence.worth[:, :3]).all() and np.isnan(evidence.worth[:, 3:]).all()
    assert ((evidence.worth[:, :3] >= 0) & (evidence.worth[:, :3] <= 1)).all()
    [bound] = [c for c in evidence.constraints if c.name == LIKED]
    assert bound.bound == 0.2 and np.isfinite(bound.values[:, :3]).all()


@pytest.mark.parametrize("search", ADAPTIVE[:3], ids=lambda s: s["strategy"])
def test_a_search_ends_well_while_people_change_their_minds(runner: Runner, search: dict[str, Any]) -> None:
    result = runner.run(by_liked(search, holdout=0.0))
    assert result.state == "paused"
    rate(runner, result.id)
    seen = {a.seen: a for a in find_answers(runner.store, result.id, AnswerFilter())}
    ended = threading.Event()

    def change_minds() -> None:
        for turn in itertools.count():
            for answer in seen.values():
                if ended.is_set():
                    return
                rate_seen(
                    runner.store, answer, 1 if (turn + answer.id) % 2 else -1, rater=f"rater {turn % 3}"
                )

    rating = threading.Thread(target=change_minds)
    rating.start()
    try:
        assert runner.run(result.id).state == "done"
    finally:
        ended.set()
        rating.join()
    answers = find_answers(runner.store, result.id, AnswerFilter())
    assert len({(a.trial_id, a.question.id) for a in answers}) == len(answers)
    before = len(answers)
    rate(runner, result.id)  # once more, after the end: the figures move, nothing is asked
    shown = leaderboard_to_json(runner.store, result.id)["trials"]
    # While minds changed, a search may have dropped every trial of `short`: those that ended stand by ratings.
    ended_liked = [t["name"].startswith("short") for t in shown if t["state"] == "done"]
    assert ended_liked and ended_liked == sorted(ended_liked, reverse=True)
    assert len(find_answers(runner.store, result.id, AnswerFilter())) == before
