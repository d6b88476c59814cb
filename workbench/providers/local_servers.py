"""Finds the model servers that run on this machine at their usual ports, and what they serve.
Knows nothing about registered models. It asks loopback addresses only, and sends no key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workbench.providers.server_facts import ServedModel, ask_server
from workbench.space.known_servers import LOCAL_SERVERS
from workbench.space.model import Model

PAGE_SECONDS = 0.5
"""How long to wait for each of a server's pages: one on this machine answers at once."""
USUAL_PORTS = tuple(server.port for server in LOCAL_SERVERS)


@dataclass(frozen=True)
class LocalServer:
    """A model server that answers on this machine."""

    name: str
    """Its software, such as "Ollama"; "A model server" where it does not say."""
    base_url: str
    """The address that requests to it begin with."""
    models: tuple[ServedModel, ...]
    """What it lists; at least one."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


async def find_local_servers(ports: Sequence[int] | None) -> list[LocalServer]:
    """Ask all ports at once; return the servers that list models, in the order of the ports.

    ports: None for the usual ones.
    """
    found = await asyncio.gather(*map(_ask_port, dict.fromkeys(USUAL_PORTS if ports is None else ports)))
    return [server for server in found if server is not None]


async def _ask_port(port: int) -> LocalServer | None:
    base_url = f"http://127.0.0.1:{port}/v1"
    # Any name will do: what is asked is the list.
    facts = await ask_server(
        Model(name=f"port-{port}", base_url=base_url, model="any"), page_seconds=PAGE_SECONDS
    )
    if not facts.models:  # another program may well listen there
        return None
    return LocalServer(facts.software or "A model server", base_url, facts.models)
