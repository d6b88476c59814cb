"""Provides a winner with enough canaries for statistics, and a clock that can be set.
Knows nothing about what is checked."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.facts_corpus import write_facts
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import Runner, experiment, local_model
from workbench.settings import Settings
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import Winner, read_winner
from workbench.store.database import Store, open_store
from workbench.watch.check import DAY, exported_at, plan_check
from workbench.watch.check_here import check_here


@dataclass
class Checked:
    """A winner that is checked on days of one's choice."""

    runner: Runner
    server: ProtocolServer
    path: Path
    day: float = 0.0
    """Days since the export, by the simulated clock."""
    corpus: Path = field(init=False)

    def __post_init__(self) -> None:
        self.corpus = self.runner.settings.corpora / "facts"

    @cached_property
    def winner(self) -> Winner:
        return read_winner(self.path)

    def now(self) -> float:
        return exported_at(self.winner) + self.day * DAY + 60

    def check(self, day: float, **options: Any) -> dict[str, Any]:
        """Set the clock and make a check."""
        self.day = day
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = load_winner(self.path, settings=self.runner.settings)
        store = self.runner.store
        plan = plan_check(store, loaded.winner, loaded.corpus.version, self.now())
        return asyncio.run(
            check_here(
                store, self.runner.settings, loaded, plan, path=self.path, corpus_path=self.corpus, now=self.now,
                **options,
            )
        )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store without any service."""
    return open_store(tmp_path / "workbench.db")


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def facts(settings: Settings, tmp_path: Path) -> Settings:
    write_facts(tmp_path / "corpora" / "facts")
    return replace(settings, corpora=tmp_path / "corpora")


@pytest.fixture
def export(facts: Settings, server: ProtocolServer, tmp_path: Path) -> Callable[..., Checked]:
    """Run an experiment on the server's model and export its winner."""

    def make(*, canaries: int = 40, **fields: Any) -> Checked:
        runner = Runner(facts)
        axes = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [1]}
        given = {"corpus": "facts", "models": [local_model(server)], "retrieval": axes, "holdout": 0.0}
        done = runner.run(experiment(**given | fields))
        path = export_winner(runner.store, done.id, out=tmp_path / "winner.yaml", canaries=canaries)
        server.requests.clear()
        return Checked(runner, server, path)

    return make


@pytest.fixture
def checked(export: Callable[..., Checked]) -> Checked:
    return export()
