"""How well workers of a Dask cluster share the work of one experiment, and the limits of its provider.
Knows nothing about how orders are made: it runs experiments through workbench.api.

    python -m benchmarks.cluster      about nine minutes; --quick one
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from benchmarks.latency_server import LatencyServer, Request
from benchmarks.runs import Workplace, experiment, prompts, retrieval, served_model, workplace
from workbench.api import prepare_experiment, resume_experiment
from workbench.cluster.local_cluster import StartedCluster, start_cluster
from workbench.run.background_process import BackgroundProcess
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import load_settings
from workbench.space.files import load_experiment_file

CONCURRENCY = 4  # of each worker
LATENCY_SECONDS = 2.0
WORKERS = (1, 2, 4)
QUESTIONS = 25
PROMPTS = 16
RATE, RATE_WORKERS, RATE_LATENCY = 25, 4, 0.1  # requests a second


@dataclass(frozen=True)
class Measured:
    """One run. Times in seconds."""

    answers: int
    requests: tuple[Request, ...]
    coordinator_seconds: float
    """Processor time of the coordinator."""

    @property
    def seconds(self) -> float:
        """From the first request to the last."""
        return self.requests[-1].seconds - self.requests[0].seconds + LATENCY_SECONDS


@contextmanager
def cluster_of(place: Workplace, workers: int) -> Iterator[StartedCluster]:
    """A cluster for this home."""
    started = start_cluster(place.home, workers, environment=place.variables)
    try:
        yield started
    finally:
        started.end()


def run_on(place: Workplace, address: str, content: dict[str, Any], server: LatencyServer) -> Measured:
    """Run an experiment whose corpus the workers have opened before."""
    os.environ["WORKBENCH_COMPUTE_USD_PER_HOUR"] = "0"
    settings = replace(load_settings(place.home), cluster=address)
    store = open_workbench(settings)
    statistics = BackgroundProcess()
    before = len(server.log())
    prepared = prepare_experiment(load_experiment_file(place.write(content)), settings, store)
    experiment_id, _ = find_or_create(store, prepared)
    began = _processor_seconds()
    result = resume_experiment(store, settings, experiment_id, run_statistics=statistics)
    used = _processor_seconds() - began
    statistics.close()
    if result.state != "done":
        raise RuntimeError(f"The experiment ended as {result.state}: {result.status['message']}")
    return Measured(int(result.status["answers"]), tuple(server.log()[before:]), used)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _experiment(server: LatencyServer, tag: str, questions: int, count: int, **limits: Any) -> dict[str, Any]:
    return experiment(
        name=f"cluster-{tag}", prompts=prompts(count, tag), retrieval=retrieval(),
        models=[served_model(server.base_url, limits=limits)], questions={"limit": questions},
    )  # fmt: skip


def twice_asked(requests: Sequence[Request]) -> int:
    """How many of these requests had been asked before."""
    bodies = [request.body for request in requests]
    return len(bodies) - len(set(bodies))


def measure_scaling(quick: bool) -> tuple[dict[int, Measured], int]:
    """(a run for each number of workers, how many requests came twice)."""
    runs, twice = {}, 0
    questions, count = (10, 4) if quick else (QUESTIONS, PROMPTS)
    with LatencyServer(latency_seconds=0.0) as server:
        for workers in WORKERS:
            with workplace() as place, cluster_of(place, workers) as cluster:
                server.behave(latency_seconds=0.0)
                concurrency = CONCURRENCY * workers
                warm = _experiment(server, f"w{workers}", 8, 2, concurrency=concurrency)
                run_on(place, cluster.address, warm, server)
                server.behave(latency_seconds=LATENCY_SECONDS)
                content = _experiment(server, f"n{workers}", questions, count, concurrency=concurrency)
                runs[workers] = run = run_on(place, cluster.address, content, server)
                twice += twice_asked(run.requests)
                say(
                    f"{workers} workers: {len(run.requests)} calls in {run.seconds:.1f} s; the coordinator: "
                    f"{1000 * run.coordinator_seconds / run.answers:.1f} ms an answer"
                )
    return runs, twice


def measure_rate(quick: bool) -> float:
    """Requests a second that the server saw of workers that share a limit per minute, without the first and
    the last tenth."""
    questions, count = (20, 6) if quick else (QUESTIONS, 30)
    with (
        LatencyServer(latency_seconds=RATE_LATENCY) as server,
        workplace() as place,
        cluster_of(place, RATE_WORKERS) as cluster,
    ):
        run_on(place, cluster.address, _experiment(server, "r", 8, 2, concurrency=64), server)
        limits = {"concurrency": 64, "requests_per_minute": 60 * RATE}
        content = _experiment(server, "rate", questions, count, **limits)
        times = sorted(
            request.seconds for request in run_on(place, cluster.address, content, server).requests
        )
    middle = times[len(times) // 10 : -len(times) // 10]
    return (len(middle) - 1) / (middle[-1] - middle[0])


def measure(options: argparse.Namespace) -> list[Figure]:
    runs, twice = measure_scaling(options.quick)
    alone = runs[1].seconds / len(runs[1].requests)
    efficiency = {n: alone / (run.seconds / len(run.requests) * n) for n, run in runs.items()}
    coordinator = 1000 * runs[4].coordinator_seconds / runs[4].answers
    rate = measure_rate(options.quick)
    note = json.dumps({n: round(run.seconds, 1) for n, run in runs.items()})
    return [
        Figure("efficiency of 2 workers", efficiency[2], bar=0.95, note=f"seconds by workers: {note}"),
        Figure("efficiency of 4 workers", efficiency[4], bar=0.80),
        Figure("calls that were made twice", twice, bar=0, at_most=True, digits=0),
        Figure(
            "coordinator's processor time, ms an answer", coordinator, bar=5.0, at_most=True, digits=1,
            note="with 4 workers",
        ),
        Figure(
            "a shared limit, as the server saw it, off by", abs(rate / RATE - 1), bar=0.05, at_most=True,
            note=f"{rate:.2f} of {RATE} requests a second, {RATE_WORKERS} workers",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run_alone(Path(__file__).stem, measure, __doc__))
