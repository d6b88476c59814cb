"""A winner whose model was trained here: whoever asks it starts the model's server, and ends it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.in_process import call
from tests.protocol_server import ProtocolServer
from tests.service.running_service import QUESTION, RunningService, write_winner
from tests.service.test_serve_command import environment_of
from tests.service.test_sharing import wait_until
from tests.tiny_experiment import tiny  # noqa: F401  (a fixture)
from tests.tuning.conftest import Rows, data, parent, recipe  # noqa: F401  (fixtures)
from workbench.operating_system import process_exists
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import TuneData, Tuning
from workbench.store.catalogue import save_model
from workbench.store.database import open_store
from workbench.tuning.train import train


@pytest.fixture
def settings(tiny: Settings) -> Settings:  # noqa: F811
    return tiny


@pytest.fixture
def winner(
    settings: Settings,
    server: ProtocolServer,
    parent: Model,  # noqa: F811
    data: Rows,  # noqa: F811
    recipe: Callable[..., str],  # noqa: F811
    tmp_path: Path,
) -> Path:
    store = open_store(settings.database)
    asked = Tuning(parent=parent, recipe=recipe(), data=TuneData(folder=str(data())))
    save_model(store, asyncio.run(train(store, settings, "child", asked)))
    return write_winner(tmp_path / "tiny.yaml", settings, server, models=["child"])


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    yield


@pytest.mark.usefixtures("home")
def test_ask_starts_the_server_of_a_trained_model_and_ends_it(winner: Path, settings: Settings) -> None:
    code, out, said = call("ask", str(winner), QUESTION)
    assert code == 0 and "It says" in out, said
    assert "Starting the server of child" in said
    assert not list((settings.home / "servers").glob("*.json"))


def test_a_service_starts_the_server_of_a_trained_model_and_starts_it_again_when_it_was_killed(
    winner: Path, settings: Settings
) -> None:
    with RunningService([winner], settings) as service:
        [first] = _servers(service)
        assert "It says" in service.ask().text
        os.killpg(first, signal.SIGKILL)
        wait_until(lambda: service.ask("Where is the shop?").status_code == 200)
        [second] = _servers(service)
    assert second != first and not process_exists(second)


def _servers(service: RunningService) -> list[int]:
    """The processes of the models' servers that answer."""
    return [
        server.process.pid
        for server in service.service.model_servers._served._servers.values()
        if server.process.returncode is None
    ]
