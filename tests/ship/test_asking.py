"""A loaded winner asks models as an experiment does: by the ledger of its home, and again after a refusal.
Knows nothing about how a winner is found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer, Refuse
from tests.tiny_experiment import (  # noqa: F401  (fixtures)
    Runner,
    experiment,
    local_embedding,
    local_model,
    runner,
    tiny,
)
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.store.ledger import list_calls

QUESTION = "How many litres does the tank hold?"


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def winner(runner: Runner, server: ProtocolServer, tmp_path: Path) -> Path:  # noqa: F811
    """Exported from an experiment on the server's models; the vectors are gone since."""
    axes = {
        "splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["hybrid"], "top_k": [2],
        "embedding": [local_embedding(server)],
    }  # fmt: skip
    result = runner.run(experiment(models=[local_model(server)], retrieval=axes, holdout=0.0))
    path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
    shutil.rmtree(runner.settings.cache)
    server.requests.clear()
    return path


def test_every_request_of_a_winner_with_a_home_is_a_row_of_its_ledger_and_none_is_made_twice(
    runner: Runner,  # noqa: F811
    server: ProtocolServer,
    winner: Path,
) -> None:
    before = len(list_calls(runner.store))
    server.plan = lambda n, path, body: Refuse(429, "0.1") if n == 1 else None
    first = load_winner(winner, settings=runner.settings).answer(QUESTION)
    calls = [call for _, call in list_calls(runner.store)[before:]]
    assert sorted(call.kind for call in calls) == ["embed", "embed_query", "generate"]
    assert sum(call.attempts for call in calls) == len(server.posts) == 4
    again = load_winner(winner, settings=runner.settings).answer(QUESTION)
    assert len(server.posts) == 4 and again.answer == first.answer
    assert first.cost_usd and again.cost_usd == pytest.approx(first.cost_usd)


def test_a_winner_without_a_home_tries_again_too_and_asks_the_same_once(
    runner: Runner,  # noqa: F811
    server: ProtocolServer,
    winner: Path,
    tmp_path: Path,
) -> None:
    server.plan = lambda n, path, body: Refuse(429, "0.1") if n in (1, 3) else None
    settings = replace(runner.settings, home=tmp_path / "elsewhere")
    loaded = load_winner(winner, settings=settings)
    first = loaded.answer(QUESTION)
    assert len(server.posts) == 5 and "two litres" in first.answer.lower() and first.cost_usd
    assert loaded.answer(QUESTION).answer == first.answer and len(server.posts) == 5
    assert not settings.database.exists()
    asked_anew = load_winner(winner, settings=settings).answer(QUESTION)
    assert asked_anew.cost_usd == pytest.approx(first.cost_usd)
