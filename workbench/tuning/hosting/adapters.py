"""Gives an adapter to a server that is running already: vLLM, Ollama or llama.cpp, each in its own way.
Knows nothing about how the adapter was trained. Each function returns how its model is asked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path, PurePath
from typing import Any

from workbench.errors import ProviderError, TuningError
from workbench.providers.connection import Connection
from workbench.providers.trust import Trust
from workbench.space.model import Model

LOAD_SECONDS = 600.0


async def load_into_vllm(parent: Model, name: str, adapter: Path, trust: Trust) -> dict[str, Any]:
    """Load a PEFT adapter into the parent's vLLM under its own name.

    adapter: its folder, at the same path on the server's machine.

    Raises TuningError where the server does not load adapters, or not this one.
    """
    async with _connected(parent, trust) as connection:
        try:
            await connection.post("/load_lora_adapter", {"lora_name": name, "lora_path": str(adapter)})
        except ProviderError as error:
            if error.status == 404:
                raise TuningError(
                    f"{parent.base_url} loads no adapters while it runs.",
                    hint="Start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, or with "
                    f"--lora-modules {name}={adapter}.",
                ) from None
            # vLLM replies in plain words that it has loaded one, and refuses one that it has loaded before.
            if error.kind != "nonsense" and "already been loaded" not in error.words:
                raise _refused(parent, name, error) from None
        served = await connection.get("/models")
    rows = served.get("data") if isinstance(served, dict) else None
    if not any(isinstance(row, dict) and row.get("id") == name for row in rows or ()):
        raise TuningError(f"{parent.base_url} does not list {name} after it was told to load it.")
    return {"model": name}


async def create_in_ollama(parent: Model, name: str, adapter: Path, trust: Trust) -> dict[str, Any]:
    """Make a model of the parent and a GGUF adapter in the parent's Ollama, as a Modelfile with ADAPTER does.

    Raises TuningError where the server does not take it.
    """
    root = parent.model_copy(update={"base_url": _root(parent)})
    data = await asyncio.to_thread(adapter.read_bytes)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    async with _connected(root, trust) as connection:
        try:
            await connection.put_bytes(f"/api/blobs/{digest}", data)
            await connection.post(
                "/api/create",
                {"model": name, "from": parent.model, "adapters": {adapter.name: digest}, "stream": False},
            )
        except ProviderError as error:
            raise _refused(parent, name, error) from None
    return {"model": name}


async def find_in_llama_cpp(parent: Model, name: str, adapter: Path, trust: Trust) -> dict[str, Any]:
    """Switch on, for this model's requests alone, an adapter that the parent's llama.cpp was started with.

    Raises TuningError where the server has no such adapter.
    """
    root = parent.model_copy(update={"base_url": _root(parent)})
    async with _connected(root, trust) as connection:
        try:
            rows = await connection.get("/lora-adapters")
        except ProviderError as error:
            raise _refused(parent, name, error) from None
    adapters = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    for row in adapters:
        if PurePath(str(row.get("path", ""))).name == adapter.name:
            # The others are switched off: a request that names none has those of the start.
            scales = [{"id": other["id"], "scale": float(other is row)} for other in adapters]
            return {"model": parent.model, "extra_body": {**parent.extra_body, "lora": scales}}
    raise TuningError(
        f"The llama.cpp at {parent.base_url} was not started with {adapter.name}.",
        hint=f"Start it with --lora {adapter} (and --lora-init-without-apply), then resume.",
    )


Load = Callable[[Model, str, Path, Trust], Awaitable[dict[str, Any]]]
LOADERS: dict[str, Load] = {
    "vllm": load_into_vllm,
    "ollama": create_in_ollama,
    "llama.cpp": find_in_llama_cpp,
}
"""How a recipe says that its adapters are served → what gives one to the parent's server. Each returns the
fields of the made model that differ from its parent's."""


def _root(parent: Model) -> str:
    return (parent.base_url or "").removesuffix("/").removesuffix("/v1")


@asynccontextmanager
async def _connected(model: Model, trust: Trust) -> AsyncIterator[Connection]:
    """A connection that is closed at the end, with time enough to load an adapter."""
    seconds = max(LOAD_SECONDS, model.limits.timeout_seconds)
    limits = model.limits.model_copy(update={"timeout_seconds": seconds})
    connection = Connection(model.model_copy(update={"limits": limits}), trust)
    try:
        yield connection
    finally:
        await connection.close()


def _refused(parent: Model, name: str, error: ProviderError) -> TuningError:
    return TuningError(
        f"{parent.base_url} did not take the adapter of {name}: {error.message}", hint=error.hint
    )
