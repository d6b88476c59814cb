"""Another cap while an experiment runs: raised, it goes on; lowered, it stops; nothing is asked twice.
Knows nothing about pages."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer, Stall
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.errors import InputError
from workbench.run.budget_change import change_budget
from workbench.store.experiments import get_experiment
from workbench.store.leases import queue
from workbench.store.ledger import get_spend

DEAR = {"input_per_million": 1000.0, "output_per_million": 1000.0}


def asked(server: ProtocolServer, **fields: Any) -> Any:
    model = local_model(server, price=DEAR, limits={"concurrency": 1, "timeout_seconds": 5})
    return experiment(models=[model], holdout=0.0, **fields)


def test_a_cap_that_is_raised_while_it_runs_lets_it_go_on(runner: Runner) -> None:
    """Its first cap is for about two calls; the third is made under the new one."""
    ids: list[str] = []

    def act(number: int) -> None:
        if number == 1:
            threading.Thread(target=change_budget, args=(runner.store, ids[0], 100.0)).start()

    def plan(number: int, path: str, body: dict[str, Any]) -> Stall:
        act(number)
        return Stall(1.5 if number <= 2 else 0.0)

    with ProtocolServer(plan=plan) as server:
        retrieval = {"retriever": ["keyword"], "top_k": [1]}
        ids.append(runner.create(asked(server, retrieval=retrieval, repeats=2, budget_usd=0.4)))
        result = runner.run(ids[0])
        bodies = [str(body) for body in server.posts]
    assert result.state == "done" and result.status["spent_usd"] > 0.4
    assert len(bodies) == 2 * len(set(bodies)) == 14


def test_a_cap_that_is_lowered_while_it_runs_stops_it_within_seconds_and_nothing_is_asked_twice(
    runner: Runner,
) -> None:
    ids: list[str] = []
    lowered: list[float] = []

    def act(number: int) -> None:
        if number == 3:
            lowered.append(time.monotonic())
            threading.Thread(target=change_budget, args=(runner.store, ids[0], 0.001)).start()

    def plan(number: int, path: str, body: dict[str, Any]) -> Stall:
        act(number)
        return Stall(0.3)

    with ProtocolServer(plan=plan) as server:
        ids.append(runner.create(asked(server, repeats=3)))
        stopped = runner.run(ids[0])
        took = time.monotonic() - lowered[0]
        posts = len(server.posts)
        assert stopped.state == "stopped: budget" and took < 10
        assert 3 <= posts < 30 and stopped.status["answers"] > 0
        change_budget(runner.store, ids[0], None)
        queue(runner.store, ids[0])
        done = runner.run(ids[0])
        bodies = [str(body) for body in server.posts]
    assert done.state == "done" and len(bodies) == 3 * len(set(bodies))


def test_a_new_cap_counts_what_was_spent_before(runner: Runner) -> None:
    with ProtocolServer() as server:
        first = runner.run(asked(server, budget_usd=0.4))
        assert first.state == "stopped: budget"
        spent = get_spend(runner.store, first.id).spent_usd
        change_budget(runner.store, first.id, spent + 0.01)
        queue(runner.store, first.id)
        again = runner.run(first.id)
    assert again.state == "stopped: budget" and again.status["spent_usd"] <= spent + 0.01


def test_a_cap_that_could_not_be_held_is_refused(runner: Runner) -> None:
    with ProtocolServer() as server:
        endless = runner.create(experiment(models=[local_model(server, max_tokens=None)]))
        with pytest.raises(InputError, match="max_tokens"):
            change_budget(runner.store, endless, 1.0)
        assert get_experiment(runner.store, endless).budget_usd is None
        done = runner.run(experiment())
    with pytest.raises(InputError, match="is done"):
        change_budget(runner.store, done.id, 1.0)
