"""What it takes to embed one corpus with two workers of a Dask cluster, beside one process: time and memory.
Knows nothing about how texts are shared out: it runs an experiment through workbench.api.

    python -m benchmarks.cluster_indexing [--passages N] [--quick]

Made-up documents of passages of 64 tokens, the embedded encoder, one dense setting, few questions. Both have
run a small experiment before, so that all code is loaded. Processor time and memory are those of all
processes: the coordinator, the scheduler, the workers and what watches them.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from sqlmodel import select

from benchmarks.cluster import cluster_of
from benchmarks.figures import Figure, run_alone, say
from benchmarks.large_corpus import write_corpus
from benchmarks.memory import most_memory
from benchmarks.runs import Workplace, experiment, retrieval, workplace
from workbench.api import prepare_experiment, resume_experiment
from workbench.cluster import indexing
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import load_settings
from workbench.space.files import load_experiment_file
from workbench.store.tables import RankingRow

WORKERS = 2
PASSAGES, QUICK, WARM = 10_000, 600, 60
LEAST_TEXTS = indexing.LEAST_TEXTS
MOST_RATIO, MOST_GIGABYTES = 1.05, 4.0


@dataclass(frozen=True)
class Measured:
    """One run."""

    processor_seconds: float
    megabytes: float
    """The resident memory of the largest process at its highest."""
    vectors: dict[bytes, bytes]
    """By their keys."""
    rankings: dict[str, Any]
    """By their keys."""


def _processes() -> list[psutil.Process]:
    return [psutil.Process(), *psutil.Process().children(recursive=True)]


def _processor_seconds() -> float:
    times = [process.cpu_times() for process in _processes()]
    return sum(used.user + used.system for used in times)


def _highest_megabytes() -> float:
    return max(most_memory(process.pid) for process in _processes()) / 2**20


@contextmanager
def _cluster(place: Workplace, workers: int | None) -> Iterator[str | None]:
    """The address of a cluster of so many workers; None for none."""
    with nullcontext() if workers is None else cluster_of(place, workers) as cluster:
        yield cluster and cluster.address


def run_with(workers: int | None, passages: int) -> Measured:
    """Run the experiment. workers: how many a cluster has; None for one process."""
    with workplace() as place, _cluster(place, workers) as address:
        settings = replace(load_settings(place.home), cluster=address, compute_usd_per_hour=0.0)
        store = open_workbench(settings)
        for count, least in ((WARM, WARM // 4), (passages, LEAST_TEXTS)):
            indexing.LEAST_TEXTS = least  # so that both workers load the encoder
            folder = place.folder / f"corpus-{count}"
            lines = [json.dumps({"question": text}) for text in write_corpus(folder, count)[:10]]
            (folder / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
            content = experiment(
                name=f"indexing-{count}", corpus=str(folder), models=["embedded/extractive"],
                prompts=["concise"], scores=["refusal"], objective={"maximize": "refusal"},
                retrieval=retrieval(splitter=["sentence"], chunk_tokens=[64], retriever=["dense"]),
            )  # fmt: skip
            prepared = prepare_experiment(
                load_experiment_file(place.write(content)), settings, store, corpus=str(folder)
            )
            before = _processor_seconds()
            result = resume_experiment(store, settings, find_or_create(store, prepared)[0])
            used = _processor_seconds() - before
            if result.state != "done":
                raise RuntimeError(f"The experiment ended as {result.state}: {result.status['message']}")
        with closing(sqlite3.connect(settings.cache / "vectors.db")) as file:
            vectors = dict(file.execute("SELECT key, vector FROM vector"))
        with store.read() as session:
            rankings = {row.key: row.items for row in session.exec(select(RankingRow))}
        say(f"{workers or 'no'} workers: {used:.1f} s of processor time for {len(vectors):,} vectors")
        measured = Measured(used, _highest_megabytes(), vectors, rankings)
        store.dispose()
    return measured


def measure(options: argparse.Namespace) -> list[Figure]:
    passages = options.passages or (QUICK if options.quick else PASSAGES)
    together, alone = run_with(WORKERS, passages), run_with(None, passages)
    used = together.processor_seconds, alone.processor_seconds
    count = len(alone.vectors)
    different = sum(together.vectors.get(key) != vector for key, vector in alone.vectors.items())
    ranked = sum(together.rankings.get(key) != items for key, items in alone.rankings.items())
    return [
        Figure(
            "processor time, 2 workers to one process", used[0] / used[1], bar=MOST_RATIO, at_most=True,
            note=f"{used[0]:.1f} s and {used[1]:.1f} s for {count:,} vectors",
        ),
        Figure(
            "largest process, GB", together.megabytes / 1024, bar=MOST_GIGABYTES, at_most=True,
            note=f"one process alone: {alone.megabytes / 1024:.2f}",
        ),
        Figure("vectors that differ", different, bar=0, at_most=True, digits=0, note=f"of {count:,}"),
        Figure(
            "rankings that differ", ranked, bar=0, at_most=True, digits=0, note=f"of {len(alone.rankings)}"
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(
        run_alone(
            Path(__file__).stem,
            measure,
            __doc__,
            lambda parser: parser.add_argument("--passages", type=int, help="of the corpus"),
        )
    )
