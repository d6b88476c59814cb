"""One experiment file, or several of equal content, run by several programs at the same moment.
Knows nothing about how programs share their calls."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.forked import FORK, Command
from tests.protocol_server import ProtocolServer, Stall
from tests.tiny_experiment import Runner, experiment, local_embedding, local_model
from workbench.results.status import get_status
from workbench.run.creation import find_or_create
from workbench.settings import Settings
from workbench.store.experiments import list_experiments
from workbench.store.processes import owner_name
from workbench.store.sharing.lost_calls import get_doubt
from workbench.store.sharing.participants import list_participants
from workbench.store.tables import CallRow
from workbench.worker.requests import HANDLERS


def _create(settings: Settings, barrier: Any, ids: Any, by_worker: bool) -> None:
    import asyncio

    from workbench.api import prepare_experiment
    from workbench.space.file_writing import experiment_to_yaml

    runner = Runner(settings)
    written = experiment()
    prepared = prepare_experiment(written, settings, runner.store)
    barrier.wait()
    if by_worker:
        reply = asyncio.run(
            HANDLERS["create"](runner.store, settings, {"yaml": experiment_to_yaml(written)})  # type: ignore[arg-type]
        )
        ids.put(reply["experiment"])
    else:
        ids.put(find_or_create(runner.store, prepared, owner=owner_name())[0])


def test_runs_of_one_new_file_at_one_moment_are_one_experiment(tiny: Settings, tmp_path: Path) -> None:
    runner = Runner(tiny)
    barrier, ids = FORK.Barrier(4), FORK.Queue()
    programs = [FORK.Process(target=_create, args=(tiny, barrier, ids, number == 3)) for number in range(4)]
    for program in programs:
        program.start()
    created = {ids.get(timeout=120) for _ in programs}
    for program in programs:
        program.join()
    assert len(created) == 1 and [r.id for r in list_experiments(runner.store)] == list(created)


def test_the_app_takes_up_the_same_experiment_when_it_was_stopped(tiny: Settings) -> None:
    import asyncio

    from workbench.space.file_writing import experiment_to_yaml
    from workbench.store.experiments import get_experiment
    from workbench.store.leases import request_stop

    runner = Runner(tiny)
    first = runner.create(experiment())
    request_stop(runner.store, first)
    assert get_experiment(runner.store, first).state == "stopped"
    payload = {"yaml": experiment_to_yaml(experiment())}
    reply = asyncio.run(HANDLERS["create"](runner.store, tiny, payload))  # type: ignore[arg-type]
    assert reply["experiment"] == first and get_experiment(runner.store, first).state == "queued"


def start(place: Path, written: dict[str, Any]) -> Command:
    """A program of its own that runs an experiment file."""
    path = place / f"{written['name']}.yaml"
    path.write_text(json.dumps(written), encoding="utf-8")
    return Command(["run", str(path), "--json"], place, os.environ)


def asks(server: ProtocolServer, name: str, prompts: list[str], **fields: Any) -> dict[str, Any]:
    retrieval = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["dense"], "top_k": [2],
                 "embedding": [local_embedding(server)]}  # fmt: skip
    return {
        "name": name, "corpus": "tiny", "prompts": prompts, "scores": ["retrieval"],
        "models": [local_model(server, limits={"concurrency": 2, "timeout_seconds": 60})], "retrieval": retrieval,
        "objective": {"maximize": "retrieval_recall"}, **fields,
    }  # fmt: skip


def asked_again(server: ProtocolServer) -> list[str]:
    """Requests that the server had seen before."""
    seen = Counter(json.dumps(body) for body in server.posts)
    return list((seen - Counter(set(seen))).elements())


@pytest.mark.parametrize("retriever", ["dense", "sparse"])
def test_simultaneous_runs_send_each_call_once_between_them(
    tiny: Settings, tmp_path: Path, retriever: str
) -> None:
    with ProtocolServer(sparse="splade", plan=lambda n, path, body: Stall(0.1)) as server:
        splade = {
            "name": "splade",
            "kind": "sparse_embedding",
            "base_url": server.root_url,
            "model": "splade-v3",
        }
        contents = [
            asks(server, "one", ["concise"]), asks(server, "two", ["concise"]), asks(server, "three", ["cited", "concise"]),
        ]  # fmt: skip
        for content in contents:
            content["retrieval"] |= {"retriever": [retriever], "sparse_embedding": splade}
        programs = [start(tmp_path, content) for content in contents]
        ended = [(*program.communicate(timeout=120), program.returncode) for program in programs]
        assert [code for *_, code in ended] == [0, 0, 0], [errors for _, errors, _ in ended]
        assert asked_again(server) == []
    found = [json.loads(out) for out, *_ in ended]
    assert all(status["failed_answers"] == 0 for status in found)
    assert sum(status["saved_usd"] for status in found) > 0
    store = Runner(tiny).store
    with store.read() as session:
        booked = session.exec(select(CallRow.outcome)).all()
    assert booked == ["ok"] * len(server.posts)
    assert list_participants(store) == [] and get_doubt(store).calls == 0


def test_what_a_killed_run_had_under_way_is_asked_by_the_others_and_counts_against_its_budget(
    tiny: Settings, tmp_path: Path
) -> None:
    runner, slow = Runner(tiny), [True]

    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Stall(60.0 if slow[0] and "messages" in body else 0.0)

    with ProtocolServer(plan=plan) as server:
        killed = start(tmp_path, asks(server, "killed", ["concise"], budget_usd=0.0012))
        while not any("messages" in body for body in server.posts):
            time.sleep(0.02)
        killed.kill()
        killed.communicate()
        before, slow[0] = server.posts, False
        first = list_experiments(runner.store)[0].id
        doubtful = get_status(runner.store, first)["doubtful"]
        assert 1 <= doubtful["calls"] <= 6 and doubtful["usd"] > 0

        other = runner.run(experiment(**asks(server, "other", ["concise"])))
        assert other.state == "done" and other.status["failed_answers"] == 0
        asked = sum("messages" in body for body in before)
        assert len(asked_again(server)) <= asked <= 2

        resumed = runner.run(first)
        assert resumed.state in ("done", "stopped: budget")
        assert resumed.status["doubtful"] == doubtful
        assert resumed.status["spent_usd"] + doubtful["usd"] <= 0.0012
    assert list_participants(runner.store) == []
