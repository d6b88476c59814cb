"""Ends what an earlier attempt at a training left running: its own process was killed, its command was not.
Knows nothing about what the command does."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from workbench.operating_system import kill_session, process_start
from workbench.store.processes import process_is_gone, this_host

PROCESS_FILE = "process.json"
"""The file in the folder of a training that names its command's process."""


def note_process(folder: Path, pid: int) -> None:
    """Write down which process carries out the command, for whoever takes over."""
    named = {"host": this_host(), "pid": pid, "start": process_start(pid)}
    (folder / PROCESS_FILE).write_text(json.dumps(named), encoding="utf-8")


def forget_process(folder: Path) -> None:
    with suppress(OSError):
        (folder / PROCESS_FILE).unlink(missing_ok=True)


def end_left_running(folder: Path) -> None:
    """End the process of an earlier attempt with all that it started. Two would write into one folder.

    Only one that is certainly the same is ended: where the system does not say when a process began, its
    number may be another's by now.
    """
    try:
        named = json.loads((folder / PROCESS_FILE).read_text(encoding="utf-8"))
        host, pid, start = str(named["host"]), int(named["pid"]), int(named["start"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if host == this_host() and pid > 1 and not process_is_gone(host, pid, start):
        kill_session(pid)
    forget_process(folder)
