"""What claims cost a run that is alone, and what they save where runs of equal content are simultaneous.
Knows nothing about how calls are shared: it counts what the server saw.

    python -m benchmarks.at_once      about three minutes
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer
from benchmarks.runs import experiment, prompts, served_model, workplace
from workbench.calls.claims import NoClaims, SharedClaims
from workbench.calls.open_caller import open_unattended_caller
from workbench.pipeline.chat_request import build_request
from workbench.providers.trust import Trust
from workbench.providers.types import Message
from workbench.run.provider_queue import JOBS_A_PLACE, SPARE
from workbench.settings import load_settings
from workbench.space.model import Model
from workbench.store.database import open_store

ROUNDS = 5
AT_ONCE = 3
CONCURRENCY = 32
LATENCIES_SECONDS = (0.2, 0.002)


@contextmanager
def without_claims() -> Iterator[None]:
    """Runs of this process claim nothing, as a Caller does that shares its calls with nobody."""
    claiming = SharedClaims.hold
    SharedClaims.hold = NoClaims.hold  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        SharedClaims.hold = claiming  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Lone:
    """The calls of one Caller that is alone, without anything around them."""

    seconds: float
    """Wall time."""
    processor_ms: float
    """Processor time per call."""


async def _ask_all(home: Path, model: Model, calls: int) -> None:
    store = open_store(home / "workbench.db")
    jobs = iter(range(calls))
    async with open_unattended_caller(store, [model], load_settings(), Trust.of([model])) as caller:

        async def work() -> None:
            for number in jobs:
                request = build_request(model, (Message("user", f"[1] What is {number} and {number + 1}?"),))
                await caller.ask(model, request, kind="generate")

        # As many as an experiment has under way, beyond those that have their place.
        await asyncio.gather(*(work() for _ in range(JOBS_A_PLACE * CONCURRENCY + SPARE)))
    store.dispose()


def run_lone(server: LatencyServer, latency: float, calls: int) -> Lone:
    server.behave(latency_seconds=latency)
    model = Model.model_validate(served_model(server.base_url, limits={"concurrency": CONCURRENCY}))
    with workplace() as place:
        open_store(place.home / "workbench.db")
        started, processor = time.perf_counter(), time.process_time()
        asyncio.run(_ask_all(place.home, model, calls))
        seconds, processor = time.perf_counter() - started, time.process_time() - processor
    return Lone(seconds, processor / calls * 1000)


def measure_lone(server: LatencyServer, latency: float, rounds: int, calls: int) -> list[Figure]:
    """Both kinds in turn, since other work on the machine comes and goes."""
    walls, processors = [], []
    run_lone(server, 0.002, 200)  # whatever is slow at first
    for number in range(rounds):
        kinds: dict[bool, Lone] = {}
        for claims in (True, False) if number % 2 else (False, True):
            if claims:
                kinds[claims] = run_lone(server, latency, calls)
            else:
                with without_claims():
                    kinds[claims] = run_lone(server, latency, calls)
        walls.append(kinds[True].seconds / kinds[False].seconds)
        processors.append(kinds[True].processor_ms - kinds[False].processor_ms)
        say(
            f"{latency * 1000:.0f} ms a call: {kinds[True].seconds:.2f} s with claims and "
            f"{kinds[False].seconds:.2f} s without; processor {kinds[True].processor_ms:.2f} and "
            f"{kinds[False].processor_ms:.2f} ms per call"
        )
    name, note = f"at {latency * 1000:.0f} ms a call", f"median of {rounds} pairs of runs, {calls} calls each"
    return [
        Figure(f"seconds with claims, as a share of those without, {name}", median(walls), note=note),
        Figure(f"milliseconds of processor time that claims add to a call, {name}", median(processors)),
    ]


def content(server: LatencyServer, name: str, calls: int) -> dict[str, Any]:
    """So many prompts that there are about as many calls."""
    count = max(1, round(calls / 200))
    return experiment(name=name, prompts=prompts(count), models=[served_model(server.base_url)])


def measure_at_once(server: LatencyServer, calls: int) -> list[Figure]:
    server.behave(latency_seconds=0.2, keep_bodies=True)
    with workplace() as place:
        place.command("list")  # the home is there
        paths = [place.write(content(server, f"run-{n}", calls)) for n in range(AT_ONCE)]
        outcomes = [place.finish(p) for p in [place.start("run", str(path), "--json") for path in paths]]
    if any(outcome.exit_code for outcome in outcomes):
        raise RuntimeError("\n".join(outcome.errors[-1000:] for outcome in outcomes))
    distinct = len({repr(body) for body in server.bodies()})
    spent = sum(outcome.status["spent_usd"] for outcome in outcomes)
    saved = sum(outcome.status["saved_usd"] for outcome in outcomes)
    note = f"{AT_ONCE} runs of {distinct} calls each; ${spent:.4f} spent, ${saved:.4f} saved"
    return [
        Figure("calls that the server saw beyond the distinct ones", server.count() - distinct, bar=0,
               at_most=True, digits=0, note=note),
    ]  # fmt: skip


def measure(options: argparse.Namespace) -> list[Figure]:
    rounds, calls = (1, 200) if options.quick else (ROUNDS, 1_000)
    with LatencyServer() as server:
        figures = [
            figure for latency in LATENCIES_SECONDS for figure in measure_lone(server, latency, rounds, calls)
        ]
        return [*figures, *measure_at_once(server, calls)]


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
