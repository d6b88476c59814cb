"""Names the process that does the work, and tells whether such a process is still alive.
Knows nothing about what a process does."""

from __future__ import annotations

import os
import secrets
import socket

from workbench.operating_system import process_exists


def owner_name(worker_id: str | None = None) -> str:
    """The name of this process as "host:pid:id", from which others can see whether it is still alive.

    worker_id: the last part; None makes a random one.
    """
    return f"{socket.gethostname()}:{os.getpid()}:{worker_id or secrets.token_hex(4)}"


def process_is_gone(host: str, pid: int) -> bool:
    """Whether a process is certainly dead: it ran on this host and is no longer there."""
    return host == socket.gethostname() and not process_exists(pid)
