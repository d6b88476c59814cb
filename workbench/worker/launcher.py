"""Starts a worker when work is waiting and no worker is running; cheap enough for every rerun of a page.
Knows nothing about what a worker does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from workbench.errors import WorkbenchError
from workbench.operating_system import own_session
from workbench.settings import PROJECT, Settings
from workbench.store.database import Store
from workbench.store.places import place_of
from workbench.store.requests import has_lost_requests, has_waiting_work, living_workers

STARTING_SECONDS = 20.0
LOG_NAME = "worker.log"
LONGEST_LOG_BYTES = 5_000_000
# The workers that this process started. Polling them reaps a dead one, which would look alive as a zombie.
_started: list[subprocess.Popen[bytes]] = []


def _claim_start(settings: Settings) -> bool:
    """Whether this process should start the worker, so that two apps on one home do not start two.

    The lock is held only for this check. The marker's modification time tells that a worker is starting; a
    time slightly in the future counts too, because clocks are sometimes set back.
    """
    marker = settings.home / "worker.starting"
    with FileLock(settings.home / "worker.starting.lock"):
        with suppress(FileNotFoundError):
            if abs(time.time() - marker.stat().st_mtime) < STARTING_SECONDS:
                return False
        marker.touch()
    return True


def _local_servers(ports: tuple[int, ...] | None) -> str:
    """The ports as the variable has them; "" means the usual ones."""
    return "" if ports is None else ",".join(map(str, ports)) or "off"


def _environment(settings: Settings) -> dict[str, str]:
    """The worker's environment: the app's settings, whatever folder the app was started in."""
    return {
        **os.environ,
        "WORKBENCH_HOME": str(settings.home),
        "WORKBENCH_CORPORA": str(settings.corpora),
        "WORKBENCH_EXPERIMENTS": str(settings.experiments),
        "WORKBENCH_COMPUTE_USD_PER_HOUR": str(settings.compute_usd_per_hour),
        "WORKBENCH_VECTOR_INDEX": settings.vector_index,
        "WORKBENCH_DATABASE_URL": settings.database_url or "",
        "WORKBENCH_CHROMA_URL": settings.chroma_url or "",
        "WORKBENCH_CLUSTER": settings.cluster or "",
        "WORKBENCH_SHARED": str(settings.shared or ""),
        "WORKBENCH_LOCAL_SERVERS": _local_servers(settings.local_server_ports),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")])),
    }


def _open_log(settings: Settings) -> int:
    path = settings.home / LOG_NAME
    with suppress(OSError):  # it is not there yet, or, on Windows, in use
        if path.stat().st_size > LONGEST_LOG_BYTES:
            path.replace(path.with_suffix(".log.old"))
    return os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)


def ensure_worker(store: Store, settings: Settings) -> bool:
    """Start a worker in a process session of its own if one is needed; returns whether it was started.

    Raises WorkbenchError when the worker cannot be started.
    """
    _started[:] = [process for process in _started if process.poll() is None]
    place = place_of(settings)
    if living_workers(store, place) or not (
        has_waiting_work(store, place) or has_lost_requests(store, place)
    ):
        return False
    try:
        if not _claim_start(settings):
            return False
        log = _open_log(settings)
        try:
            worker = subprocess.Popen(
                [sys.executable, "-m", "workbench", "worker"],
                cwd=Path.cwd(),
                env=_environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **own_session(),
            )
            _started.append(worker)
        finally:
            os.close(log)
    except OSError as error:
        raise WorkbenchError(
            f"The worker cannot be started: {error.strerror or error}.",
            hint="Start a worker in a separate terminal.",
            remedy=("start_worker",),
        ) from error
    return True


def read_log_tail(settings: Settings, characters: int = 2_000) -> str:
    """The last `characters` of the worker's log; empty when there is no log."""
    try:
        return (settings.home / LOG_NAME).read_text(encoding="utf-8", errors="replace")[-characters:]
    except OSError:
        return ""
