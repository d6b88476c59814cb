"""Which process is at work, and whether it still lives.
Knows nothing about what it does."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def owner_name(worker_id: str | None = None) -> str:
    """host:pid:id, so that others can see whether the holder still lives. None: a new id."""
    return f"{socket.gethostname()}:{os.getpid()}:{worker_id or secrets.token_hex(4)}"


def process_is_gone(host: str, pid: int) -> bool:
    """True only when it is sure: the process would be on this host and is not there."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # A process that has died and was not asked after by who started it is still listed, as a zombie.
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in ("Z", "X")
