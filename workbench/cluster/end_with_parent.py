"""Ends a process, and those that it started, when the one that started it is gone, however that ended.
Knows nothing about what they do: Dask's `--preload` runs it in a scheduler and in the watcher of workers."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import Any

import psutil


def dask_setup(_: Any) -> None:
    """Called by Dask. Standard input is a pipe that only the starting process writes to."""
    threading.Thread(target=_wait, name="parent", daemon=True).start()


def _wait() -> None:
    try:
        while os.read(0, 1):
            pass
    except OSError:
        pass
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if not _removes_semaphores(process):
                process.kill()
    os._exit(0)


def _removes_semaphores(process: psutil.Process) -> bool:
    """Whether it is Python's process that removes named semaphores, and ends, once nobody has them. Killed
    with the others, it left a dozen of them in memory for each cluster."""
    return any("multiprocessing.resource_tracker" in word for word in process.cmdline())
