"""The strategies on other processors: the same asks, whatever kernel and threads the matrix library takes.
Knows nothing about what they find."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from tests.search.test_model import field, grid, table
from workbench.search.bayesian_optimisation import model
from workbench.search.near_ties import first_best, levels
from workbench.search.race import race
from workbench.search.simulation import play
from workbench.search.successive_halving import halving
from workbench.search.tpe import tpe
from workbench.search.types import Step, Steps

# OpenBLAS's kernels by the processors that they are for, those that any present x86 can run, and threads.
MACHINES = [("Nehalem", "1"), ("Haswell", "2"), ("", "1")]


def searches() -> Iterator[tuple[str, list[Any]]]:
    """(name, asks, drops and pick) of searches on several tables."""
    right = (table(grid(), 80, 11) > 0.5).astype(float)
    yield "right or wrong", said(model(field(80)), right)
    yield "shades", said(model(field(30)), table(grid(), 30, 1))
    worth = table(grid(), 30, 6)
    limit = ("grounding", np.round(1.0 - worth), 0.4)
    yield "a constraint", said(model(field(30)), worth, constraints=(limit,))
    worth = table(grid(), 30, 8)
    worth[:, ::3] = np.nan
    yield "not applicable", said(model(field(30)), worth)
    yield "all the same", said(model(field(20)), np.full((54, 20), 0.4))
    for name, steps in (
        ("tpe", tpe(field(80), trials=16)), ("race", race(field(80))), ("halving", halving(field(80))),
    ):  # fmt: skip
        yield name, said(steps, right)


def said(steps: Steps, worth: Any, **play_with: Any) -> list[Any]:
    """What a search said, step by step, and its pick."""
    heard: list[Any] = []
    outcome = play(overheard(steps, heard), worth, **play_with)
    return [*heard, outcome.pick]


def overheard(steps: Steps, heard: list[Any]) -> Steps:
    step: Step | None = next(steps)
    while step is not None:
        asks = [[ask.config, list(ask.questions)] for ask in step.asks]
        heard.append([sha256(repr(asks).encode()).hexdigest()[:12], sorted(step.drops)])
        evidence = yield step
        try:
            step = steps.send(evidence)
        except StopIteration:
            step = None


def kernels() -> list[str]:
    from threadpoolctl import threadpool_info

    return sorted(
        f"{pool['architecture']}, {pool['num_threads']}"
        for pool in threadpool_info()
        if pool["internal_api"] == "openblas"
    )


def test_searches_are_the_same_with_every_kernel_and_number_of_threads() -> None:
    started = []
    for kernel, threads in MACHINES:
        machine = {"OPENBLAS_NUM_THREADS": threads} | ({"OPENBLAS_CORETYPE": kernel} if kernel else {})
        command = [sys.executable, "-W", "ignore", "-m", "tests.search.test_machines"]
        started.append(subprocess.Popen(command, env=os.environ | machine, stdout=subprocess.PIPE, text=True))
    answers = [json.loads(process.communicate()[0]) for process in started]
    if len({str(answer["kernels"]) for answer in answers}) == 1:
        pytest.skip(f"numpy's matrix library has one kernel here: {answers[0]['kernels']}")
    for answer in answers[1:]:
        for name, search in answers[0]["searches"].items():
            assert answer["searches"][name] == search, (name, answers[0]["kernels"], answer["kernels"])


def test_of_nearly_equal_numbers_the_first_is_the_best() -> None:
    rounded = np.array([[0.1, 0.3, 0.1 + 0.2], [-np.inf, -1.0, -1.0 + 1e-16], [0.3, 0.301, 0.2]])
    assert first_best(rounded).tolist() == [1, 1, 1]


def test_nearly_equal_numbers_share_a_level() -> None:
    values = np.array([0.1 + 0.2, -np.inf, 0.3, 0.1, -np.inf, 0.3001])
    assert levels(values).tolist() == [2, 0, 2, 1, 0, 3]
    assert levels(np.zeros(3)).tolist() == [0, 0, 0] and levels(np.array([])).tolist() == []


if __name__ == "__main__":
    print(json.dumps({"kernels": kernels(), "searches": dict(searches())}))
