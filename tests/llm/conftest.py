"""Provides real servers of a small language model, or skips the tests where it is not installed.
Knows nothing about what is tested. Protocol facts only: what so small a model says is often wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.llm.llama_server import ALIAS, MODEL, PACKAGES, LlamaServer
from tests.tiny_experiment import runner, tiny  # noqa: F401
from workbench.space.model import Model

SLOTS, WINDOW = 2, 1024


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.llm)
            if not MODEL.exists():
                item.add_marker(
                    pytest.mark.skip(reason="no language model is installed: run `make test-llm`")
                )


@pytest.fixture(scope="session")
def chat_server() -> Iterator[LlamaServer]:
    """Two slots of 1,024 tokens each."""
    with LlamaServer("--alias", ALIAS, "--parallel", str(SLOTS), "--ctx-size", str(SLOTS * WINDOW)) as server:
        yield server


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter for the model."""
    path = tmp_path_factory.mktemp("adapter") / "odd.gguf"
    script = Path(__file__).parent / "make_adapter.py"
    subprocess.run(
        [sys.executable, str(script), str(MODEL), str(path)],
        env=os.environ | {"PYTHONPATH": str(PACKAGES)}, check=True,
    )  # fmt: skip
    return path


def model_of(server: LlamaServer, **fields: Any) -> dict[str, Any]:
    """The entry of a model on this server."""
    return {
        "name": "real", "base_url": server.base_url, "model": ALIAS, "max_tokens": 24,
        "price": {"input_per_million": 1.0, "output_per_million": 2.0}, "limits": {"timeout_seconds": 60}, **fields,
    }  # fmt: skip


def as_model(server: LlamaServer, **fields: Any) -> Model:
    return Model.model_validate(model_of(server, **fields))
