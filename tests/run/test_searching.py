"""A search through the engine: what is dropped, what is replayed, what several aims and written lists give.
Knows nothing about how a strategy decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.calls.stop_signal import Halt
from workbench.store.answers import find_answers
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
        halts: list[Halt] = []

        def stop_soon() -> Halt:
            halts.append(Halt())
            return halts[-1]

        def plan(number: int, path: str, body: dict[str, Any]) -> None:
            if number in (9, 17):
                halts[-1].set("stopped", "Stopped by you.")

        server.plan = plan
        written = searched(search, models=[local_model(server, revision="2", name="whole")], **fields)
        result = runner.run(written, make_halt=stop_soon)
        while result.state == "stopped":
            result = runner.run(result.id, make_halt=stop_soon)
        bodies = [json.dumps(body) for body in server.posts]
    assert len(halts) > 1 and result.state == "done"
    assert len(bodies) == len(set(bodies)) == alone
    for one, other in zip(undisturbed.leaderboard["trials"], result.leaderboard["trials"], strict=True):
        assert (one["name"], one["rank"], one["answers"]) == (other["name"], other["rank"], other["answers"])
        assert one["scores"] == other["scores"]


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
