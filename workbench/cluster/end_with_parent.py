"""Ends a process, and those that it started, when the one that started it is gone, however that ended.
Knows nothing about what they do: Dask's `--preload` runs it in a scheduler and in the watcher of workers."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any


def dask_setup(_: Any) -> None:
    """Called by Dask. Standard input is a pipe that only the starting process writes to."""
    threading.Thread(target=_wait, name="parent", daemon=True).start()


def _wait() -> None:
    try:
        while os.read(0, 1):
            pass
    except OSError:
        pass
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(0)
