"""Starts a scheduler and workers on this machine as processes of their own, and ends them.
Knows nothing about what they do."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import MissingPackage, WorkbenchError
from workbench.operating_system import CPU_COUNT, cores, kill_session, own_session
from workbench.settings import PROJECT
from workbench.store.processes import owner_is_gone, owner_name, this_host

HOST = "127.0.0.1"
ORDERS_AT_ONCE = 8
"""Orders that one worker carries out at a time. They wait for models most of the time."""
START_SECONDS = 60.0
END_SECONDS = 10.0
LAST_SECONDS = 40.0
"""So long workers whose scheduler is gone may take to end: longer than the calls that they have sent."""
LOOK_SECONDS = 0.05
FOLDER = "cluster"
WORKERS_LOG = "workers.log"
SCRATCH = "scratch-"
ADDRESS = "scheduler.json"
"""The file in a scratch folder in which the scheduler writes its address."""
OWNER = "owner"
"""The file in a scratch folder that names the process whose it is."""
LARGEST_LOG, KEPT_OF_LOG = 10 * 2**20, 2**20
"""Bytes. A log that is larger when a cluster starts keeps its end."""
END_WITH_PARENT = "workbench.cluster.end_with_parent"
# Before Dask is imported. Its profiler can hang a worker for good; a worker that dies in a run is no reason
# to give up a piece of work; nothing is sent anywhere.
DASK = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "30s",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "60s",
    # How often Dask looks at itself: that took each process about 30 ms of processor time a second.
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "2s",
    "DASK_DISTRIBUTED__WORKER__MEMORY__MONITOR_INTERVAL": "500ms",
    "DASK_DISTRIBUTED__SCHEDULER__ACTIVE_MEMORY_MANAGER__START": "False",
    # Dask would give a worker that used 80 % of its memory nothing to do until it uses less. What it uses,
    # such as an index that it has opened, is not in Dask's hands: a run could wait for ever.
    "DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE": "False",
    # Killed workers leave semaphores, which Python removes: no matter for the logs.
    "PYTHONWARNINGS": "ignore:resource_tracker:UserWarning",
}


@dataclass(frozen=True)
class StartedCluster:
    """A scheduler and its workers, children of this process."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: subprocess.Popen[bytes]
    """The process that watches the workers and starts a dead one anew."""
    logs: Path
    """The folder of their logs: scheduler.log and workers.log."""
    scratch: Path
    """The folder of what they write while they live."""

    @property
    def has_ended(self) -> bool:
        """Whether one of them has ended by itself."""
        return self.scheduler.poll() is not None or self.workers.poll() is not None

    def end(self, tell: Callable[[str], None] | None = None) -> None:
        """End them all at once, and wait for that: what they did is in the store. Where the scheduler has
        ended by itself, its workers do so, too, once they have stored what they had under way.

        tell: told in words of that longer wait.
        """
        if self.scheduler.poll() is not None and self.workers.poll() is None:
            if tell is not None:
                tell(
                    "The cluster's scheduler has ended. Its workers have up to "
                    f"{LAST_SECONDS:.0f} s to store their unfinished work."
                )
            with suppress(subprocess.TimeoutExpired):
                self.workers.wait(LAST_SECONDS)
        for process in (self.workers, self.scheduler):
            _end(process)
        shutil.rmtree(self.scratch, ignore_errors=True)


def start_cluster(
    home: Path, workers: int, *, port: int = 0, environment: Mapping[str, str] | None = None
) -> StartedCluster:
    """Start a scheduler and workers, which listen on this machine alone and share its memory evenly. Returns
    once the scheduler listens; workers come a little later.

    home: the data folder, which gets their logs.
    port: of the scheduler; 0 takes a free one.
    environment: variables of theirs, beside those of this process.

    Raises MissingPackage, and WorkbenchError when the scheduler does not start.
    """
    logs = home / FOLDER
    logs.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=logs))
    address_file = scratch / ADDRESS
    (scratch / OWNER).write_text(owner_name())
    own = {
        **os.environ,
        **DASK,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")])),
        **(environment or {}),
    }
    scheduler = _start(
        logs / "scheduler.log", own, "dask_scheduler", "--host", HOST, "--port", str(port),
        "--scheduler-file", str(address_file), "--no-dashboard", "--no-show", "--preload", END_WITH_PARENT,
    )  # fmt: skip
    try:
        address = _wait_for_address(scheduler, address_file, logs / "scheduler.log")
        # Each would take all processors: the threads of one wait while those of the others run.
        shared = {CPU_COUNT: str(max(1, cores() // workers))} | own
        nannies = _start(
            logs / WORKERS_LOG, shared, "dask_worker", address, "--host", HOST, "--nworkers", str(workers),
            "--nthreads", str(ORDERS_AT_ONCE), "--memory-limit", str(1 / workers),
            "--no-dashboard", "--local-directory", str(scratch),
            "--name", "worker", "--preload", "workbench.cluster.preload", "--preload-nanny", END_WITH_PARENT,
        )  # fmt: skip
    except BaseException:
        _end(scheduler)
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return StartedCluster(address, scheduler, nannies, logs, scratch)


def find_abandoned(home: Path) -> list[Path]:
    """The scratch folders of clusters whose process was killed before it could remove them."""
    abandoned = []
    for folder in (home / FOLDER).glob(f"{SCRATCH}*"):
        with suppress(OSError, ValueError):  # removed just now, or about to be written
            if owner_is_gone((folder / OWNER).read_text()):
                abandoned.append(folder)
    return abandoned


def find_running(home: Path) -> list[str]:
    """The addresses of the schedulers that processes of this machine have started in a data folder."""
    running = []
    for folder in sorted((home / FOLDER).glob(f"{SCRATCH}*")):
        with suppress(OSError, ValueError, KeyError):  # removed just now, or about to be written
            owner = (folder / OWNER).read_text()
            if owner.rsplit(":", 2)[0] == this_host() and not owner_is_gone(owner):
                running.append(_read_address(folder / ADDRESS))
    return running


def _read_address(file: Path) -> str:
    """Raises OSError, ValueError or KeyError while the scheduler has not written it."""
    return str(json.loads(file.read_text())["address"])


def cut_log(log: Path) -> None:
    """Cut a log that has grown large to its end."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        with log.open("rb") as file:
            file.seek(-KEPT_OF_LOG, os.SEEK_END)
            end = file.read()
        log.write_bytes(end)


def _start(
    log: Path, environment: Mapping[str, str], program: str, *arguments: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
    cut_log(log)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,  # its end is how they hear of the end of this process: end_with_parent.py
            stdout=output,
            stderr=output,
            **own_session(),
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        kill_session(process.pid)
        process.wait()


def _wait_for_address(scheduler: subprocess.Popen[bytes], file: Path, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError, KeyError):  # it is not there yet, or half written
            return _read_address(file)
        if scheduler.poll() is not None:
            break
        time.sleep(LOOK_SECONDS)
    _end(scheduler)
    words = log.read_text(errors="replace")[-2_000:]
    if "No module named" in words:
        raise MissingPackage(
            "A cluster needs the package distributed.",
            hint="Install it: pip install 'rag-workbench[cluster]'",
        )
    last = words.strip().splitlines()[-1:] or ["It said nothing."]
    raise WorkbenchError(f"The scheduler does not start: {last[0]}", hint=f"Its log: {log}")


@asynccontextmanager
async def local_cluster(home: Path, workers: int, tell: Callable[[str], None]) -> AsyncIterator[str]:
    """The address of a cluster of this machine, which ends with the context. tell: see StartedCluster.end."""
    started = await asyncio.to_thread(start_cluster, home, workers)
    try:
        yield started.address
    finally:
        await asyncio.to_thread(started.end, tell)
