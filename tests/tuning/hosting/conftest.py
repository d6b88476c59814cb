"""Provides a server that trains, its parent model and a file of training data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer
from tests.protocol_server.training import Training
from workbench.space.model import Model


@pytest.fixture
def server() -> Iterator[ProtocolServer]:
    with ProtocolServer(training=Training()) as running:
        yield running


@pytest.fixture
def parent(server: ProtocolServer) -> Model:
    return Model(name="smol", base_url=server.base_url, model="test-chat")


@pytest.fixture
def conversations(tmp_path: Path) -> Path:
    """Twelve conversations in OpenAI's format."""
    row = {
        "messages": [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "30 days."}]
    }
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for _ in range(12)))
    return path
