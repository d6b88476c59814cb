"""What the tests of the process of its own have done there. In a module of its own: that process imports it, and
nothing here takes long to import.
Knows nothing about that process."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.store.database import Store


def process_id() -> int:
    return os.getpid()


def die_once(mark: Path) -> int:
    """Kills the process it is done in, the first time."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die_aside(here: int) -> int:
    """Kills any process but this one."""
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def refuse(message: str) -> None:
    raise InputError(message, hint="Try another.")


def path_of(store: Store) -> tuple[Path, bool]:
    with store.read() as session:
        return store.path, session.is_active
