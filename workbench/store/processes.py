"""Names the process that does the work, and tells whether such a process is still alive.
Knows nothing about what a process does."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def owner_name(worker_id: str | None = None) -> str:
    """The name of this process as "host:pid:id", from which others can see whether it is still alive.

    worker_id: the last part; None makes a random one.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{worker_id or secrets.token_hex(4)}"


def process_is_gone(host: str, pid: int) -> bool:
    """Whether a process is certainly dead: it ran on this host and is no longer there."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # A dead process whose parent has not waited for it is still listed, as a zombie.
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in ("Z", "X")
