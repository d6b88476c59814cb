"""Workers on other machines: with homes of their own, without the folder of the corpus, on one PostgreSQL store.
Knows nothing about Dask: orders are carried out in this process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.tiny_experiment import Runner, experiment, tiny  # noqa: F401  (a fixture)
from workbench.cluster import indexing
from workbench.cluster.coordinator import ClusterAnswering
from workbench.cluster.orders import Order, Outcome
from workbench.cluster.worker_process import carry_out_order, close_run, stop_run
from workbench.corpus.corpus import find_corpus_files, load_corpus
from workbench.garbage_collection import clean
from workbench.run.answering import Answering, AnswersOf
from workbench.run.corpus_of_experiment import FETCHED
from workbench.run.run_context import RunContext
from workbench.run.start_or_resume import carry_out
from workbench.settings import Settings
from workbench.store.experiments import delete_experiment, get_experiment
from workbench.store.leases import claim
from workbench.store.processes import owner_name
from workbench.store.records import Lease
from workbench.store.sharing import corpus_copies
from workbench.store.sharing.corpus_copies import list_copies
from workbench.store.sharing.tables import CorpusCopyRow, SharedVectorRow
from workbench.store.tables import ExperimentRow


class AnotherMachine:
    """A scheduler with one worker, which this process plays: it has the environment's settings."""

    address = "another machine"

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.is_dismissed = False

    async def count_places(self) -> dict[str, int]:
        return {} if self.is_dismissed else {"worker": 4}

    async def carry_out(self, order: Order, preferred: str | None) -> tuple[Outcome, str]:
        self.orders.append(order)
        return await asyncio.to_thread(carry_out_order, order), "worker"

    async def stop_run(self, lease: Lease) -> None:
        stop_run(lease)

    async def dismiss(self, worker: str) -> None:
        self.is_dismissed = True

    @asynccontextmanager
    async def open(
        self, run: RunContext, lease: Lease, here: Answering, heard: AnswersOf
    ) -> AsyncIterator[Answering]:
        yield ClusterAnswering(run, lease, self, here, heard)  # type: ignore[arg-type]
        await close_run(lease)


@pytest.fixture
def runner(
    tiny: Settings,  # noqa: F811
    postgresql_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Runner:
    """Whoever runs has the corpus. The environment's settings are those of a machine without it."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "there"))
    monkeypatch.setenv("WORKBENCH_CORPORA", str(tmp_path / "there" / "corpora"))
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", postgresql_url)
    monkeypatch.setattr(indexing, "LEAST_TEXTS", 1)
    return Runner(replace(tiny, database_url=postgresql_url))


def run(runner: Runner, **fields: Any) -> tuple[str, AnotherMachine]:
    id_ = runner.create(experiment(**fields))
    with runner.store.write() as session:  # a path that is on neither machine: it has the corpus by its name
        session.execute(update(ExperimentRow).values(corpus_path="/of/the/first/tiny"))
    lease = claim(runner.store, owner_name(), experiment_id=id_)
    assert lease is not None
    machine = AnotherMachine()
    asyncio.run(carry_out(runner.store, runner.settings, lease, elsewhere=machine))
    return id_, machine


def test_a_worker_fetches_the_corpus_from_the_store_and_its_vectors_are_everybodys(
    runner: Runner, tmp_path: Path
) -> None:
    id_, machine = run(runner)
    record = get_experiment(runner.store, id_)
    assert (record.state, record.message) == ("done", "")
    assert sum(isinstance(order, indexing.EmbedOrder) for order in machine.orders) > 1
    fetched = tmp_path / "there" / "cache" / FETCHED
    [copy] = list_copies(runner.store)
    assert copy.version == record.corpus_version and (fetched / copy.key / "tiny" / "documents").is_dir()
    stages = record.progress["stages"]
    assert stages["chunk"]["done"] == stages["chunk"]["total"] == 3
    assert stages["embed"]["done"] == stages["embed"]["total"] > 3
    assert stages["embed"]["reused"] == stages["chunk"]["reused"] == 0
    with runner.store.read() as session:
        assert session.scalar(select(func.count()).select_from(SharedVectorRow)) == stages["embed"]["done"]

    delete_experiment(runner.store, id_)
    there = replace(runner.settings, home=tmp_path / "there")
    assert clean(runner.store, there, dry_run=True).freed["corpora"].count == 2
    clean(runner.store, there)
    assert list_copies(runner.store) == [] and not list(fetched.glob("[!f]*"))


def test_a_worker_with_older_questions_gets_the_copy_of_the_run_not_the_newest_one(
    runner: Runner, tmp_path: Path
) -> None:
    theirs = tmp_path / "there" / "corpora" / "tiny"
    shutil.copytree(runner.settings.corpora / "tiny", theirs)
    older = theirs / "questions.jsonl"
    older.write_text(older.read_text().replace("Within 30 days", "Within 20 days"))
    prompt = {"name": "showing", "template": "{examples}\n{passages}\n{question}"}
    retrieval = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "examples": [1]}
    version = load_corpus(str(theirs), theirs.parent).version
    corpus_copies.keep_copy(runner.store, version, find_corpus_files(theirs))
    with runner.store.write() as session:
        session.execute(update(CorpusCopyRow).values(kept_at=CorpusCopyRow.kept_at + 1e6))
    id_, machine = run(runner, prompts=[prompt], retrieval=retrieval)
    record = get_experiment(runner.store, id_)
    assert (record.state, record.message) == ("done", "") and not machine.is_dismissed
    assert len(list_copies(runner.store)) == 2 and machine.orders[-1].run.corpus_copy


def test_a_corpus_that_is_too_large_for_the_store_is_named_with_what_to_do(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_copies, "MOST_BYTES", 10)
    id_, machine = run(runner)
    record = get_experiment(runner.store, id_)
    assert record.state == "paused" and "does not find the corpus tiny" in record.message
    assert any("WORKBENCH_SHARED" in problem for problem in record.progress["problems"])
    assert machine.is_dismissed and list_copies(runner.store) == []
