"""How long `plan` takes for 10,000 configurations over the sample corpus, and preparing them before it.
Knows nothing about running them.

    python -m benchmarks.planning [--quick] [--postgresql]

With --postgresql the store is a database of a server that is started for it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, run_alone, say
from tests.postgresql_server import running_server
from workbench.api import prepare_experiment
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.planning.plan import make_plan
from workbench.run.open_home import open_workbench
from workbench.settings import load_settings
from workbench.space.experiment import ExperimentFile

ROUNDS = 5
MOST_SECONDS = 2.0


def _models() -> list[str | dict[str, Any]]:
    served = [
        {
            "name": f"local-{number}",
            "base_url": "http://127.0.0.1:9/v1",
            "model": f"m{number}",
            "price": {"input_per_million": 0.1, "output_per_million": 0.4},
        }
        for number in range(3)
    ]
    return ["embedded/extractive", "embedded/extractive-tuned", *served]


def make_experiment(prompts: int, models: int, **retrieval: list[Any]) -> ExperimentFile:
    return ExperimentFile.model_validate(
        {
            "name": "planning",
            "corpus": "harbor-support",
            "prompts": [
                {"name": f"p{n}", "template": f"{n}. {{passages}}\n{{question}}"} for n in range(prompts)
            ],
            "models": _models()[:models],
            "retrieval": retrieval,
        }
    )


# All three axes long; retrieval alone, where nearly every configuration searches in its own way; and what is
# done with chunks, rankings and passages.
SHAPES = {
    "10 prompts × 200 retrievals × 5 models": make_experiment(
        10, 5, splitter=["sentence", "markdown"], chunk_tokens=[64, 128, 192, 256, 320], chunk_overlap=[16],
        retriever=["dense", "hybrid"], top_k=[1, 2, 4, 6, 8], rerank=["none", "mmr"],
    ),
    "5 prompts × 2,000 retrievals × 1 model": make_experiment(
        5, 1, splitter=["sentence", "markdown"], chunk_tokens=list(range(64, 314, 10)), chunk_overlap=[8, 16],
        retriever=["dense", "hybrid"], top_k=[1, 2, 4, 6, 8], rerank=["none", "mmr"],
    ),
    "2 prompts × 5,184 retrievals × 1 model": make_experiment(
        2, 1, splitter=["markdown"], chunk_tokens=[64, 128, 192], chunk_overlap=[16],
        context=["none", "headings"], retriever=["hybrid"], fusion=["rrf", "weighted:0.3", "weighted:0.7"],
        rerank=["none", "mmr"], candidates=[20, 50],
        returns=["chunk", "window:1", "window:2", "parent:512", "section", "merged"],
        near_duplicates=["keep", "drop"], passage_tokens=[None, 512, 1024, 2048], top_k=[4, 8],
    ),
}  # fmt: skip


def measure_shape(name: str, experiment: ExperimentFile, rounds: int, database: str | None) -> list[Figure]:
    """database: a PostgreSQL database's address; None for a file in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        settings = replace(load_settings(home), home=Path(home), database_url=database)
        store = open_workbench(settings)
        prepared = prepare_experiment(experiment, settings, store)
        retrievals = [config.retrieval for config in prepared.space.configs]
        for setting in {(r.splitter, r.chunk_tokens, r.chunk_overlap) for r in retrievals}:
            chunk_documents(prepared.corpus.documents, *setting, settings.cache / "chunks")
        preparing, planning = [], []
        for number in range(rounds):
            started = time.perf_counter()
            prepared = prepare_experiment(experiment, settings, store)
            preparing.append(time.perf_counter() - started)
            started = time.perf_counter()
            plan = make_plan(prepared, settings, store)
            planning.append(time.perf_counter() - started)
            say(f"round {number + 1}: prepared in {preparing[-1]:.2f} s, planned in {planning[-1]:.2f} s")
        store.dispose()
    note = f"{plan.configs:,} configurations, {plan.stages['chunk'].distinct:,} chunkings of a document"
    return [
        Figure(f"plan, s: {name}", statistics.median(planning), bar=MOST_SECONDS, at_most=True, digits=2,
               note=note),
        Figure(f"prepare, s: {name}", statistics.median(preparing), digits=2),
    ]  # fmt: skip


def measure(options: argparse.Namespace) -> list[Figure]:
    rounds = 2 if options.quick else ROUNDS
    with running_server(safe=True) if options.postgresql else nullcontext() as server:
        return [
            figure
            for name, experiment in SHAPES.items()
            for figure in measure_shape(name, experiment, rounds, server and server.make_database())
        ]


if __name__ == "__main__":
    sys.exit(
        run_alone(
            "planning",
            measure,
            __doc__,
            lambda parser: parser.add_argument("--postgresql", action="store_true"),
        )
    )
