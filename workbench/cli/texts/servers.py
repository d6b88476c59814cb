"""Writes down which model servers were found on this machine, and how to register what they serve.
Knows nothing about finding them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.formatting import counted, listed


def found_servers(servers: Sequence[dict[str, Any]], ports: Sequence[int]) -> str:
    """Return the servers with their models, a line each, and the command that registers a model.

    ports: where they were looked for; none when that is switched off.
    """
    if not ports:
        return "Looking for servers on this machine is switched off: WORKBENCH_LOCAL_SERVERS is `off`."
    if not servers:
        return f"No model server answers on this machine at the ports {listed(ports)}."
    lines = []
    for server in servers:
        lines.append(f"{server['name']} at {server['base_url']}: {counted(len(server['models']), 'model')}")
        for model in server["models"]:
            window = f", context of {model['context_window']:,} tokens" if model["context_window"] else ""
            known = f"; registered as {model['registered']}" if model["registered"] else ""
            lines.append(f"  {model['name']}  ({model['kind']}{window}{known})")
    lines.append(
        "To register one: python -m workbench models add --name NAME --base-url ADDRESS --model MODEL "
        "[--kind embedding]"
    )
    return "\n".join(lines)
