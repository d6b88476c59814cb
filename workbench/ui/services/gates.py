"""Gates: what can be compared, and what was compared before.
Knows nothing about how a candidate is compared with its base: the worker does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.errors import InputError
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.serving import gates
from workbench.store.serving.records import Gate


@lru_cache(maxsize=200)
def _read_name(path: Path, _changed: float) -> str | None:
    """The name of an exported winner; None for a file that is none."""
    from workbench.ship.winner import read_winner

    try:
        return read_winner(path).name
    except InputError:
        return None


@dataclass(frozen=True)
class Gates:
    """What was compared, and the exported winners."""

    store: Store
    settings: Settings
    """The folder of the winners."""

    def list_winners(self) -> dict[str, str]:
        """Return path → name of each exported winner, the newest first."""
        files = [(path.stat().st_mtime, path) for path in self.settings.winners.glob("*.y*ml")]
        named = [(path, _read_name(path, changed)) for changed, path in sorted(files, reverse=True)]
        return {str(path): name for path, name in named if name}

    def list_gates(self) -> list[Gate]:
        """Return all gates, the newest first."""
        return gates.list_gates(self.store)
