"""Names the process that does the work, and tells whether such a process is still alive.
Knows nothing about what a process does."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache

from workbench.operating_system import process_exists, process_namespace, process_start


@cache
def this_host() -> str:
    """Where this process's number means this process: the host's name and, on Linux, its boot and the
    namespace of its processes. Two containers may have one name and the same numbers."""
    namespace = process_namespace()
    return f"{socket.gethostname()}/{namespace}" if namespace else socket.gethostname()


def owner_name(worker_id: str | None = None) -> str:
    """The name of this process as "host:pid.start:id", from which others can see whether it is still alive.

    worker_id: the last part; None makes a random one.
    """
    pid = os.getpid()
    start = process_start(pid)
    number = str(pid) if start is None else f"{pid}.{start}"
    return f"{this_host()}:{number}:{worker_id or secrets.token_hex(4)}"


def this_machine() -> str:
    """The name of this machine."""
    return socket.gethostname()


def host_of(owner: str) -> str:
    """The name of the machine that a process of this name (`owner_name`) runs on."""
    return owner.rsplit(":", 2)[0].partition("/")[0]


def owner_is_gone(owner: str) -> bool:
    """Whether the process of this name (`owner_name`) is certainly dead."""
    host, number, _ = owner.rsplit(":", 2)
    pid, _, start = number.partition(".")
    return process_is_gone(host, int(pid), int(start) if start else None)


def process_is_gone(host: str, pid: int, start: int | None = None) -> bool:
    """Whether a process is certainly dead: it ran on this host and is no longer there.

    host: `this_host` of the process; a bare name is one from before hosts were told apart by namespace.
    start: `process_start` of the process; another one now means that its number was given to another.
    """
    if host != (this_host() if "/" in host else socket.gethostname()):
        return False
    return not process_exists(pid) or (start is not None and process_start(pid) not in (start, None))
