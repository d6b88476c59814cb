"""Answers a second that four processes store at once, on SQLite and on PostgreSQL, and seconds of a commit.
Knows nothing about how answers are made.

    python -m benchmarks.writers [--quick] [--url postgresql://...]

Without --url it starts a PostgreSQL of its own, whose commits reach the disk, as those of SQLite do.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sqlmodel import Session

from benchmarks.figures import Figure, run_alone, say
from workbench.space.experiment import Experiment
from workbench.space.search_space import expand
from workbench.store.answers import add_answers, add_rankings
from workbench.store.database import Store, open_store
from workbench.store.experiments import create_experiment
from workbench.store.leases import claim, renew_lease
from workbench.store.ledger import add_calls
from workbench.store.records import CallRecord, NewAnswer, PassageRecord, RankingRecord, ScoreRecord
from workbench.store.trials import get_trials

WRITERS = 4
ANSWERS = 32
"""Answers in a commit."""
LEAST_A_SECOND = 500.0
MOST_SECONDS = 0.5
SCORES = ("grounding", "correctness", "recall")
TEXT = "Goods can be returned within thirty days of delivery, and the label costs five euros. " * 8


def _make_experiment(store: Store, name: str) -> str:
    experiment = Experiment.model_validate(
        {
            "name": name,
            "corpus": "c",
            "prompts": [{"name": "p", "template": "{question}"}],
            "retrieval": {
                "retriever": ["keyword"],
                "embedding": [{"name": "embedded/minilm", "kind": "embedding"}],
            },
            "models": [{"name": "embedded/extractive"}],
        }
    )
    return create_experiment(
        store, experiment, configs=expand(experiment).configs, questions=[], corpus_path="c",
        corpus_version="1", today="2026-01-01", prices={}, owner=f"elsewhere:1:{name}",
    )  # fmt: skip


Made = tuple[list[CallRecord], list[RankingRecord], list[PassageRecord], list[NewAnswer]]


def _batch(name: str, trial: str, numbers: range) -> Made:
    """What one commit stores: answers with three passages and three scores each."""
    calls, rankings, passages, answers = [], [], [], []
    for n in numbers:
        keys = [f"passage-{n * 3 + i}" for i in range(3)]
        calls.append(
            CallRecord(
                key=f"{name}-{n}", kind="generate", model_name="m", model_key="k", outcome="ok",
                text=TEXT[:300], price=None, cost_usd=0.001,
            )
        )  # fmt: skip
        passages += [
            PassageRecord(key=k, document="d", title="", start=0, end=9, page=None, tokens=9, text=TEXT)
            for k in keys
        ]  # fmt: skip
        rankings.append(RankingRecord(f"ranking-{n}", tuple((k, 0.5) for k in keys), 0.01, None, ()))
        scores = tuple(ScoreRecord(s, f"{name}{n}{s}", 0.5, "ok") for s in SCORES)
        answers.append(
            NewAnswer(
                trial_id=trial, question_id=f"q{n}", repeat=0, part="search", state="ok",
                ranking_key=f"ranking-{n}", call_key=f"{name}-{n}", passages=3, reused=False,
                seen=f"{name}{n}", refused=False, cost_usd=0.001, seconds=0.5, tokens=400, scores=scores,
            )
        )  # fmt: skip
    return calls, rankings, passages, answers


def _write(address: Path | str, name: str, commits: int, all_ready: Any, out: Any) -> None:
    """Store answers of one experiment; the passages are those of all of them, as over one corpus."""
    store = open_store(address)
    experiment_id = _make_experiment(store, name)
    lease = claim(store, f"elsewhere:1:{name}", experiment_id=experiment_id)
    assert lease is not None
    trial = get_trials(store, experiment_id)[0].id
    all_ready.wait(600)
    began, times = time.perf_counter(), []
    for commit in range(commits):
        made = _batch(name, trial, range(commit * ANSWERS, (commit + 1) * ANSWERS))

        def work(session: Session, made: Made = made) -> None:
            renew_lease(session, lease)
            calls, rankings, passages, answers = made
            add_calls(session, calls)
            add_rankings(session, rankings, passages)
            add_answers(session, answers)

        started = time.perf_counter()
        store.transact(work, shared=True)
        times.append(time.perf_counter() - started)
    out.put((time.perf_counter() - began, times))
    store.dispose()


def _measure_one(label: str, address: Path | str, commits: int) -> tuple[float, float]:
    """(answers a second of all writers together, 99th percentile of the seconds of a commit)."""
    open_store(address).dispose()
    context = multiprocessing.get_context("spawn")
    out: Any = context.Queue()
    all_ready = context.Barrier(WRITERS)
    processes = [
        context.Process(target=_write, args=(address, f"w{n}", commits, all_ready, out))
        for n in range(WRITERS)
    ]
    for process in processes:
        process.start()
    found = [out.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    times = sorted(t for _, writer in found for t in writer)
    rate = WRITERS * commits * ANSWERS / max(seconds for seconds, _ in found)
    worst = times[min(len(times) - 1, int(len(times) * 0.99))]
    say(f"{label}: {rate:,.0f} answers/s, commit median {statistics.median(times):.3f} s, p99 {worst:.3f} s")
    return rate, worst


def measure(options: argparse.Namespace) -> Sequence[Figure]:
    from tests.postgresql_server import running_server

    # So many that the first commit of each writer, which makes its statements, is less than a hundredth.
    commits = 5 if options.quick else 150
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        rate, worst = _measure_one("SQLite", Path(folder) / "workbench.db", commits)
        figures += [
            Figure("SQLite, answers/s", rate, digits=0),
            Figure("SQLite, p99 of a commit, s", worst, digits=3),
        ]
    with nullcontext() if options.url else running_server(safe=True) as server:
        rate, worst = _measure_one("PostgreSQL", options.url or server.make_database(), commits)
    figures += [
        Figure("PostgreSQL, answers/s", rate, bar=LEAST_A_SECOND, digits=0),
        Figure("PostgreSQL, p99 of a commit, s", worst, bar=MOST_SECONDS, at_most=True, digits=3),
    ]
    return figures


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="an empty database of a server that is there")


if __name__ == "__main__":
    sys.exit(run_alone("writers", measure, __doc__, _add_options))
