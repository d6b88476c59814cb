"""Experiments whose vectors lie in a Chroma server: built once, freed by `clean`, paused while the server is away.
Knows nothing about how they are kept there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chroma_server import ChromaServerProcess
from tests.tiny_experiment import Runner, experiment
from workbench.api import prepare_experiment
from workbench.cli.doctor import run_checks
from workbench.garbage_collection import clean
from workbench.pipeline.vector_stores.chroma_server import ChromaServer
from workbench.pipeline.vector_stores.types import VectorServer
from workbench.planning.plan import make_plan
from workbench.settings import Settings
from workbench.store.experiments import delete_experiment
from workbench.store.sharing.builds import Builds

pytestmark = pytest.mark.xdist_group("chroma server")

ABSENT = "http://127.0.0.1:9"  # nothing listens there


@pytest.fixture
def on_server(tiny: Settings, chroma_server: ChromaServerProcess) -> Runner:
    return Runner(replace(tiny, vector_index="chroma", chroma_url=chroma_server.url))


def check_of(settings: Settings) -> tuple[str, str]:
    [check] = [c for c in run_checks(settings) if c.name == "Chroma server"]
    return check.status, check.found


def test_an_index_on_a_server_is_planned_built_once_and_freed_when_nothing_needs_it(
    on_server: Runner, chroma_server: ChromaServerProcess
) -> None:
    settings, store = on_server.settings, on_server.store

    def left(host: tuple[str, ...]) -> int:
        plan = make_plan(prepare_experiment(experiment(), settings, store), settings, store).to_json()
        assert [(h["host"], *h["sends"]) for h in plan["hosts"]] == [host]
        return int(plan["stages"]["index"]["left"])

    host = (chroma_server.url, "vectors of passages and questions")
    assert left(host) == 1
    done = on_server.run(experiment())
    assert done.status["state"] == "done" and not settings.indexes.exists()
    assert left(host) == 0
    on_it = ChromaServer(VectorServer(chroma_server.url, None, Builds(store)))
    assert len(on_it.list_stored()) == 1
    assert check_of(settings)[0] == "ok" and "1 index of this store" in check_of(settings)[1]
    assert clean(store, settings).freed["indexes"].count == 0
    delete_experiment(store, done.id)
    assert clean(store, settings, dry_run=True).freed["indexes"].count == 1
    assert clean(store, settings).freed["indexes"].count == 1 and on_it.list_stored() == []


def test_an_experiment_pauses_while_the_server_is_away_and_goes_on_after(
    tiny: Settings, on_server: Runner
) -> None:
    away = Runner(replace(tiny, vector_index="chroma", chroma_url=ABSENT))
    paused = away.run(experiment())
    assert paused.status["state"] == "paused"
    assert f"The Chroma server at {ABSENT} cannot be reached" in paused.status["message"]
    assert check_of(away.settings)[0] == "error"
    assert any("Chroma server" in what for what in clean(away.store, away.settings).left)
    assert on_server.run(paused.id).status["state"] == "done"
