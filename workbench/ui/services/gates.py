"""Gates: what can be compared, and what was compared before.
Knows nothing about how a candidate is compared with its base: the worker does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.errors import InputError
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.serving import gates
from workbench.store.serving.records import Gate
from workbench.store.serving.servers import list_servers
from workbench.store.serving.services import list_services
from workbench.user_code.permission import Code


@lru_cache(maxsize=200)
def _read_name(path: Path, _changed: float) -> str | None:
    """The name of an exported winner; None for a file that is none."""
    from workbench.ship.winner import read_winner

    try:
        return read_winner(path).name
    except InputError:
        return None


@lru_cache(maxsize=200)
def _list_systems(path: Path, _changed: float) -> tuple[str, ...]:
    """The systems that a file describes, as a gate takes them."""
    from workbench.gate.sides import list_systems

    return tuple(list_systems(path))


def _list_files(folder: Path) -> list[tuple[float, Path]]:
    """(When it was changed, path) of each YAML file; none that was deleted meanwhile, or is a link to
    nothing."""
    files = []
    for path in folder.glob("*.y*ml"):
        with suppress(OSError):
            files.append((path.stat().st_mtime, path))
    return files


@dataclass(frozen=True)
class Gates:
    """What was compared, and the exported winners."""

    store: Store
    settings: Settings
    """The folder of the winners."""

    def list_winners(self) -> dict[str, str]:
        """Return path → name of each exported winner, the newest first."""
        files = sorted(_list_files(self.settings.winners), reverse=True)
        named = [(path, _read_name(path, changed)) for changed, path in files]
        return {str(path): name for path, name in named if name}

    def list_served(self) -> dict[str, str]:
        """Return address → name of each winner that is served now."""
        names = {service.id: service.name for service in list_services(self.store, archived=True)}
        return {
            f"{server.address}#{id_}": f"{names[id_]} at {server.address.partition('://')[2]}"
            for server in list_servers(self.store)
            for id_ in server.services
            if id_ in names
        }

    def list_systems(self) -> dict[str, str]:
        """Return the systems of the experiment files, as a gate takes them, with their names."""
        files = sorted((path, changed) for changed, path in _list_files(self.settings.experiments))
        texts = [text for path, changed in files for text in _list_systems(path, changed)]
        return {text: Path(text).name for text in texts}

    def check_sides(self, candidate: str, base: str) -> None:
        """Check that both can be opened and may be asked; nothing is sent.

        Raises InputError, CodeNotAllowed and HostNotConfirmed.
        """
        from workbench.calls.trusted_hosts import load_trust
        from workbench.gate.preparation import GateRequest, open_sides

        open_sides(self.store, self.settings, GateRequest(candidate, base), load_trust(self.store))

    def find_refused_code(self, candidate: str, base: str) -> list[Code]:
        """Return the code of both that the user has not allowed."""
        from workbench.gate.sides import open_side
        from workbench.space.code_needed import code_of_config
        from workbench.user_code.permission import refused

        sides = [open_side(text, self.store) for text in (candidate, base)]
        return [code for side in sides for code in refused(code_of_config(side.config))]

    def list_gates(self) -> list[Gate]:
        """Return all gates, the newest first."""
        return gates.list_gates(self.store)
