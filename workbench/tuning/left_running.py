"""Ends what a killed process left running: the command of a training, the server of a trained model.
Knows nothing about what these do."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from workbench.operating_system import kill_session, process_start
from workbench.store.processes import owner_is_gone, owner_name, process_is_gone, this_host

SUFFIX = ".process.json"
"""What the names of files that name a process end in."""


def note_process(file: Path, pid: int) -> None:
    """Write down which process was started, and by whom, for whoever takes over."""
    named = {"host": this_host(), "pid": pid, "start": process_start(pid), "owner": owner_name()}
    file.write_text(json.dumps(named), encoding="utf-8")


def forget_process(file: Path) -> None:
    with suppress(OSError):
        file.unlink(missing_ok=True)


def end_left_running(file: Path) -> None:
    """End the process that a file names, with all that it started.

    Only one that is certainly the same is ended: where the system does not say when a process began, its
    number may be another's by now.
    """
    try:
        named = json.loads(file.read_text(encoding="utf-8"))
        host, pid, start = str(named["host"]), int(named["pid"]), int(named["start"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if host == this_host() and pid > 1 and not process_is_gone(host, pid, start):
        kill_session(pid)
    forget_process(file)


def end_all_left_running(folder: Path) -> None:
    """End every process that a file in this folder names, where the one that started it is certainly gone."""
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            owner = str(json.loads(file.read_text(encoding="utf-8"))["owner"])
            is_gone = owner_is_gone(owner)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if is_gone:
            end_left_running(file)
