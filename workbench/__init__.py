"""RAG Workbench: tune prompts, retrieval and models together, on one laptop.
The names below are the stable Python surface (docs/design.md); the rest may move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.version import VERSION

if TYPE_CHECKING:
    from workbench.api import ExperimentResult, load_experiment, read_leaderboard, run_experiment
    from workbench.ship.load import WinnerAnswer, load_winner

__version__ = VERSION
__all__ = [
    "ExperimentResult",
    "WinnerAnswer",
    "load_experiment",
    "load_winner",
    "read_leaderboard",
    "run_experiment",
]

_HOMES = {
    "ExperimentResult": "workbench.api",
    "load_experiment": "workbench.api",
    "read_leaderboard": "workbench.api",
    "run_experiment": "workbench.api",
    "WinnerAnswer": "workbench.ship.load",
    "load_winner": "workbench.ship.load",
}


def __getattr__(name: str) -> Any:
    """Import on first use: `import workbench` alone stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
