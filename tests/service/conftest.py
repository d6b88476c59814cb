"""A store in which one winner is a service; a winner's file, and a service of it that listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer
from tests.service.running_service import RunningService, write_winner
from tests.tiny_experiment import tiny  # noqa: F401  (a fixture)
from workbench.settings import Settings
from workbench.store.database import Store, open_store
from workbench.store.serving.records import Service
from workbench.store.serving.services import put_service


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "workbench.db")
    put_service(store, Service("s1", "support: concise", "winner", None))
    return store


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer() as running:
        yield running


@pytest.fixture
def winner(tiny: Settings, server: ProtocolServer, tmp_path: Path) -> Path:  # noqa: F811
    """A winner whose prompt asks for citations and whose model is the server's."""
    return write_winner(tmp_path / "tiny.yaml", tiny, server)


@pytest.fixture
def running(winner: Path, tiny: Settings) -> Iterator[RunningService]:  # noqa: F811
    """A service of that winner."""
    with RunningService([winner], tiny) as service:
        yield service
