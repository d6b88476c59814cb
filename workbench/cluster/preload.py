"""Prepares a process that becomes a worker of a cluster: Dask's `--preload` runs it there.
Knows nothing about orders."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by Dask in the worker before it offers itself.

    If the code were loaded with the first order, the worker could say nothing in the meantime, and on a very
    busy machine its scheduler would take it for dead.
    """
    from workbench.cluster.dask_scheduler import keep_log
    from workbench.settings import quieten_libraries

    quieten_libraries()
    logging.getLogger("workbench").setLevel(logging.WARNING)
    keep_log()
    import_module("workbench.cluster.worker_process")


async def dask_teardown(_: Any) -> None:
    """Called by Dask in a worker that ends: calls that were sent are paid for, so they are stored first.

    It has the time that this takes where its scheduler is gone or has sent it away. Where `dask worker` is
    told to end (Ctrl-C, SIGTERM), Dask kills it after eight seconds, for which there is no setting.
    """
    from workbench.cluster.worker_process import end_process

    await end_process()
