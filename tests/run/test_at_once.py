"""One experiment file, run by several programs at the same moment.
Knows nothing about what the experiment asks."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

from tests.tiny_experiment import Runner, experiment
from workbench.run.creation import find_or_create
from workbench.settings import Settings
from workbench.store.experiments import list_experiments
from workbench.store.processes import owner_name
from workbench.worker.requests import HANDLERS

SPAWN = multiprocessing.get_context("spawn")


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
    barrier, ids = SPAWN.Barrier(4), SPAWN.Queue()
    programs = [SPAWN.Process(target=_create, args=(tiny, barrier, ids, number == 3)) for number in range(4)]
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
