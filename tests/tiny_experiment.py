"""A tiny corpus, experiments over it, and running them in this process.
Knows nothing about what is tested."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from workbench.api import ExperimentResult, prepare_experiment, resume_experiment
from workbench.calls.stop_signal import StopSignal
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.experiment import ExperimentFile
from workbench.store.database import Store
from workbench.store.processes import owner_name

PROJECT = Path(__file__).parent.parent
DOCUMENTS = {
    "returns.md": "# Returns\n\nGoods can be returned within 30 days of delivery. The label costs 5 euros.\n",
    "heaters.md": "# Heaters\n\nNever cover a heater. Heaters are collected for free by two people.\n",
    "water.md": "# Water\n\nThe tank holds two litres. Salt softeners confuse the probe of the tank.\n",
}
QUESTIONS = [
    ("How long can goods be returned?", "Within 30 days of delivery", "returns.md", "Goods can be returned within 30 days of delivery."),
    ("What does the label cost?", "5 euros", "returns.md", "The label costs 5 euros."),
    ("Who collects heaters?", "Two people", "heaters.md", "Heaters are collected for free by two people."),
    ("How much does the tank hold?", "Two litres", "water.md", "The tank holds two litres."),
    ("What confuses the probe?", "Salt softeners", "water.md", "Salt softeners confuse the probe of the tank."),
    ("May a heater be covered?", "Never", "heaters.md", "Never cover a heater."),
    ("Who founded the company?", None, None, None),
    ("What colour is the moon base?", None, None, None),
]  # fmt: skip


def write_corpus(folder: Path) -> None:
    import json

    from workbench.corpus.types import place_of_question

    (folder / "documents").mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (folder / "documents" / name).write_text(text)
    lines = []
    for number, (text, answer, document, quote) in enumerate(QUESTIONS):
        # Ids whose fixed place is: 0 train, 1-5 search, 6-7 held out (with holdout 0.3).
        wanted = (0.0, 0.2) if number == 0 else (0.2, 0.7) if number < 6 else (0.7, 1.0)
        question_id = next(
            i
            for i in (f"q{number}-{n}" for n in range(1000))
            if wanted[0] <= place_of_question(i) < wanted[1]
        )
        row: dict[str, Any] = {"id": question_id, "question": text, "answerable": answer is not None}
        if answer:
            row |= {"answer": answer, "evidence": [{"document": document, "quote": quote}]}
        lines.append(json.dumps(row))
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture
def tiny(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose corpora folder holds the corpus `tiny`: 1 train, 5 search, 2 held-out questions."""
    write_corpus(tmp_path / "corpora" / "tiny")
    return replace(settings, corpora=tmp_path / "corpora")


def give_facts_sections(corpus: Path) -> None:
    """Put each fact into a section of its own, so that no two questions count as one."""
    for name in DOCUMENTS:
        path = corpus / "documents" / name
        title, facts = path.read_text().strip().split("\n\n")
        path.write_text(f"{title}\n\n" + facts.replace(". ", ".\n\n## More\n\n") + "\n")


def local_model(server: ProtocolServer, **fields: Any) -> dict[str, Any]:
    return {
        "name": "local", "base_url": server.base_url, "model": "test-chat", "max_tokens": 60,
        "price": {"input_per_million": 1.0, "output_per_million": 2.0},
        "limits": {"concurrency": 4, "timeout_seconds": 5}, **fields,
    }  # fmt: skip


def local_embedding(server: ProtocolServer, **fields: Any) -> dict[str, Any]:
    return {
        "name": "local-embed", "kind": "embedding", "base_url": server.base_url, "model": "test-embed",
        "price": {"input_per_million": 1.0, "output_per_million": 0.0}, **fields,
    }  # fmt: skip


def experiment(**fields: Any) -> ExperimentFile:
    given = {
        "name": "tiny", "corpus": "tiny", "prompts": ["concise"], "models": ["embedded/extractive"],
        "retrieval": {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword", "dense"], "top_k": [2]},
        "scores": ["grounding", "correctness", "retrieval", "refusal"],
    }  # fmt: skip
    return ExperimentFile.model_validate(given | fields)


class Runner:
    """Creates and runs experiments on one home."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_workbench(settings)

    def create(self, written: ExperimentFile, owner: str | None = None) -> str:
        prepared = prepare_experiment(written, self.settings, self.store)
        return find_or_create(self.store, prepared, owner=owner)[0]

    def run(
        self,
        written: ExperimentFile | str,
        *,
        make_stop_signal: Callable[[], StopSignal] = StopSignal,
        **options: Any,
    ) -> ExperimentResult:
        owner = owner_name()  # from the start: a worker beside the test takes what nobody holds
        experiment_id = written if isinstance(written, str) else self.create(written, owner)
        return resume_experiment(
            self.store,
            self.settings,
            experiment_id,
            make_stop_signal=make_stop_signal,
            owner=owner,
            **options,
        )


def run_once(
    folder: Path, written: ExperimentFile, change: Callable[[Path], object] = lambda _: None
) -> tuple[str, Path]:
    """Run an experiment in a folder of its own: (its id, the database that holds it), for `take_over`.

    change: what is done to the corpus before.
    """
    write_corpus(folder / "corpora" / "tiny")
    change(folder / "corpora" / "tiny")
    (folder / "experiments").mkdir()
    shutil.copy(PROJECT / "experiments" / "prompts.yaml", folder / "experiments")
    made = Runner(Settings(folder / "home", folder / "corpora", folder / "experiments", 0.10, "tester"))
    return made.run(written).id, made.store.path


def take_over(runner: Runner, database: Path) -> None:
    """Give a test a copy of a database, because running takes seconds; its experiments are over its corpus."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(runner.store.path)) as own:
        source.backup(own)
        own.execute("UPDATE experiment SET corpus_path = ?", [str(runner.settings.corpora / "tiny")])
        own.commit()


@pytest.fixture
def runner(tiny: Settings) -> Runner:
    return Runner(tiny)


@pytest.fixture
def chroma_runner(tiny: Settings) -> Runner:
    """One that stores its indexes, which an exact search would not."""
    return Runner(replace(tiny, vector_index="chroma"))
