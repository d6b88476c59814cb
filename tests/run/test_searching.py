"""A search through the engine: what is dropped, what is replayed, what several aims and written lists give.
Knows nothing about how a strategy decides."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import delete

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.calls.stop_signal import StopSignal
from workbench.run import search_loop
from workbench.search.strategies import start_search
from workbench.search.types import Field, Steps
from workbench.space.experiment import Objective, Search
from workbench.store.answers import find_answers
from workbench.store.search_steps import get_search_steps
from workbench.store.tables import SearchStepRow
from workbench.store.trials import get_trials

RETRIEVAL = {
    "splitter": ["markdown"], "chunk_tokens": [32, 64, 96], "chunk_overlap": [0],
    "retriever": ["keyword", "dense"], "top_k": [1, 2],
}  # fmt: skip
SEARCHES: list[dict[str, Any]] = [
    {"strategy": "grid"},
    {"strategy": "random", "trials": 5},
    {"strategy": "tpe", "trials": 6},
    {"strategy": "halving", "first": 1, "keep": 0.5},
    {"strategy": "race", "block": 1},
    {"strategy": "model", "answers": 0.8},
]


def searched(search: dict[str, Any], **fields: Any) -> Any:
    return experiment(prompts=["concise", "short"], retrieval=RETRIEVAL, search=search, **fields)


@pytest.mark.parametrize("search", SEARCHES, ids=lambda s: s["strategy"])
def test_what_is_ranked_was_asked_everything_and_what_was_dropped_says_why(
    runner: Runner, search: dict[str, Any]
) -> None:
    result = runner.run(searched(search))
    assert result.state == "done"
    trials = result.leaderboard["trials"]
    ranked = [t for t in trials if t["rank"]]
    assert ranked and all(t["answers"] == 5 and t["state"] == "done" for t in ranked)
    for trial in trials:
        if trial["rank"] is None:
            assert trial["state"] == "dropped" and trial["note"]
    assert sum(t["holdout"] is not None for t in trials) == min(5, len(ranked))


def test_a_search_that_proposes_has_the_trials_it_proposed(runner: Runner) -> None:
    result = runner.run(searched({"strategy": "tpe", "trials": 6}))
    assert [t.number for t in get_trials(runner.store, result.id)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("search", SEARCHES[2:], ids=lambda s: s["strategy"])
def test_a_search_that_was_stopped_goes_on_where_it_was(runner: Runner, search: dict[str, Any]) -> None:
    fields = {"scores": ["correctness", "refusal"], "holdout": 0.0}
    with ProtocolServer() as server:
        undisturbed = runner.run(searched(search, models=[local_model(server, name="whole")], **fields))
        alone = len(server.posts)
    with ProtocolServer() as server:
        stop_signals: list[StopSignal] = []

        def stop_soon() -> StopSignal:
            stop_signals.append(StopSignal())
            return stop_signals[-1]

        def plan(number: int, path: str, body: dict[str, Any]) -> None:
            if number in (9, 17):
                stop_signals[-1].set("stopped", "Stopped by you.")

        server.plan = plan
        written = searched(search, models=[local_model(server, revision="2", name="whole")], **fields)
        result = runner.run(written, make_stop_signal=stop_soon)
        while result.state == "stopped":
            result = runner.run(result.id, make_stop_signal=stop_soon)
        bodies = [json.dumps(body) for body in server.posts]
    assert len(stop_signals) > 1 and result.state == "done"
    assert len(bodies) == len(set(bodies)) == alone
    # By name: the order of equal trials is decided by the seconds that their answers took.
    boards = [sorted(run.leaderboard["trials"], key=lambda t: t["name"]) for run in (undisturbed, result)]
    for one, other in zip(*boards, strict=True):
        assert (one["name"], one["answers"]) == (other["name"], other["answers"])
        assert (one["rank"] is None) == (other["rank"] is None)
        assert one["scores"] == other["scores"]


def stop_in_step(runner: Runner, written: Any, server: ProtocolServer, number: int) -> str:
    """Run the experiment until calls of this step of its search are under way; its id."""
    experiment_id, stop_signal = runner.create(written), StopSignal()
    stored: list[int] = []

    def plan(call: int, path: str, body: dict[str, Any]) -> None:
        stored.append(len(get_search_steps(runner.store, experiment_id)))
        if stored[-1] == number:
            stop_signal.set("stopped", "Stopped by you.")

    server.plan = plan
    assert runner.run(experiment_id, make_stop_signal=lambda: stop_signal).state == "stopped"
    assert stored[0] == 1, "a step is stored before its answers are asked"
    server.plan = lambda call, path, body: None
    return experiment_id


@pytest.mark.parametrize(
    ("search", "taken"), [(SEARCHES[5], 1), ({"strategy": "tpe", "trials": 12}, 2)], ids=["model", "tpe"]
)
def test_steps_that_are_stored_stand_though_the_strategy_would_decide_otherwise(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, search: dict[str, Any], taken: int
) -> None:
    def decide_otherwise(search: Search, objective: Objective, field: Field) -> Steps:
        return start_search(search, objective, replace(field, seed=field.seed + 1))

    with ProtocolServer() as server:
        written = searched(search, models=[local_model(server)], holdout=0.0)
        experiment_id = stop_in_step(runner, written, server, taken)
        before = get_search_steps(runner.store, experiment_id)
        monkeypatch.setattr(search_loop, "start_search", decide_otherwise)
        result = runner.run(experiment_id)
        bodies = [json.dumps(body) for body in server.posts]
    after = get_search_steps(runner.store, experiment_id)
    assert result.state == "done" and result.leaderboard["trials"][0]["rank"] == 1
    assert len(bodies) == len(set(bodies))
    assert len(after) > len(before) == taken and after[:taken] == before
    answered = {(a.trial_id, a.question.id) for a in find_answers(runner.store, experiment_id, limit=None)}
    ids = {a.question.id for a in find_answers(runner.store, experiment_id, limit=None)}
    trials = {trial.number: trial.id for trial in get_trials(runner.store, experiment_id)}
    asked = [(trials[n], id_) for step in after for n, named in step.asks for id_ in named or ids]
    assert set(asked) == answered


def test_a_search_of_before_steps_were_stored_goes_on_over_its_answers(runner: Runner) -> None:
    fields = {"scores": ["correctness", "refusal"], "holdout": 0.0}
    with ProtocolServer() as server:
        runner.run(searched(SEARCHES[4], models=[local_model(server, revision="2")], **fields))
        alone = len(server.posts)
    with ProtocolServer() as server:
        written = searched(SEARCHES[4], models=[local_model(server)], **fields)
        experiment_id = stop_in_step(runner, written, server, 2)
        with runner.store.write() as session:
            session.execute(delete(SearchStepRow))
        assert runner.run(experiment_id).state == "done"
        assert len({json.dumps(body) for body in server.posts}) == len(server.posts) == alone


def test_a_race_sees_the_search_questions_only(runner: Runner) -> None:
    result = runner.run(searched({"strategy": "race", "block": 1}))
    parts = {(a.part, a.question.id) for a in find_answers(runner.store, result.id, limit=None)}
    assert len({q for part, q in parts if part == "search"}) == 5


def test_several_aims_mark_a_front_and_the_first_ranks(runner: Runner) -> None:
    aims = {"maximize": "correctness", "minimize": ["tokens_per_answer"]}
    result = runner.run(searched({"strategy": "tpe", "trials": 8}, objective=aims))
    trials = [t for t in result.leaderboard["trials"] if t["rank"]]
    best = max(t["scores"]["correctness"]["mean"] for t in trials)
    assert trials[0]["scores"]["correctness"]["mean"] == best
    front = [t for t in trials if t["front"]]
    assert front and min(trials, key=lambda t: t["tokens_per_answer"]) in front
    for one in front:
        for other in trials:
            better = other["scores"]["correctness"]["mean"] > one["scores"]["correctness"]["mean"]
            assert not (better and other["tokens_per_answer"] <= one["tokens_per_answer"])


def test_a_constraint_on_seconds_and_money_is_followed_in_a_search(runner: Runner) -> None:
    objective = {"maximize": "correctness", "at_most": {"seconds_p95": 30.0, "cost_per_1k_questions": 5.0}}
    result = runner.run(searched({"strategy": "race", "block": 1}, objective=objective))
    assert result.state == "done" and result.leaderboard["trials"][0]["feasible"]
