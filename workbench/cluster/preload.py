"""Prepares a process that becomes a worker of a cluster: Dask's `--preload` runs it there.
Knows nothing about orders."""

from __future__ import annotations

import logging
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by Dask in the worker before its first order."""
    from workbench.cluster.dask_scheduler import keep_log
    from workbench.settings import quieten_libraries

    quieten_libraries()
    logging.getLogger("workbench").setLevel(logging.WARNING)
    keep_log()
