"""An adapter in a running server, over real HTTP: vLLM, Ollama, llama.cpp; and what each can refuse."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.protocol_server import ProtocolServer
from workbench.errors import TuningError
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.space.model import Model
from workbench.tuning.hosting.adapters import LOADERS


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    path = tmp_path / "rank-8.gguf"
    path.write_bytes(b"GGUF")
    return path


def load(server: str, parent: Model, adapter: Path) -> dict[str, object]:
    return asyncio.run(LOADERS[server](parent, "smol-tuned", adapter, ONLY_WELL_KNOWN))


def test_vllm_serves_it_under_its_own_name(parent: Model, adapter: Path) -> None:
    assert load("vllm", parent, adapter) == {"model": "smol-tuned"}
    assert load("vllm", parent, adapter) == {"model": "smol-tuned"}, "a second time it is there already"


def test_a_vllm_that_loads_none_says_how_to_start_it(
    server: ProtocolServer, parent: Model, adapter: Path
) -> None:
    assert server.training is not None
    server.training.loads_adapters = False
    with pytest.raises(TuningError) as raised:
        load("vllm", parent, adapter)
    assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING" in (raised.value.hint or "")


def test_ollama_makes_a_model_of_the_parent_and_the_adapter(
    server: ProtocolServer, parent: Model, adapter: Path
) -> None:
    assert load("ollama", parent, adapter) == {"model": "smol-tuned"}
    assert server.training is not None and list(server.training.blobs.values()) == [b"GGUF"]


def test_an_ollama_without_the_parent_says_so(parent: Model, adapter: Path) -> None:
    with pytest.raises(TuningError, match="did not take the adapter of smol-tuned"):
        load("ollama", parent.model_copy(update={"model": "another"}), adapter)


def test_llama_cpp_switches_on_this_adapter_alone(
    server: ProtocolServer, parent: Model, adapter: Path
) -> None:
    assert server.training is not None
    server.training.adapters = ("/models/other.gguf", "/models/rank-8.gguf")
    fields = load("llama.cpp", parent, adapter)
    assert fields["extra_body"] == {"lora": [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 1.0}]}


def test_a_llama_cpp_without_the_adapter_says_how_to_start_it(parent: Model, adapter: Path) -> None:
    with pytest.raises(TuningError) as raised:
        load("llama.cpp", parent, adapter)
    assert "--lora" in (raised.value.hint or "")
