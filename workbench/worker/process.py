"""Runs the worker process, which serves the requests of the pages and runs queued experiments, one at a time.
Knows nothing about how either is done: requests.py and workbench/run do it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import time
from collections.abc import Callable
from functools import partial

from workbench.calls.stop_signal import StopSignal
from workbench.cluster.setting import find_cluster
from workbench.errors import StoreError, WorkbenchError
from workbench.operating_system import add_signal_handler
from workbench.run.background_process import BackgroundProcess
from workbench.run.start_or_resume import carry_out
from workbench.settings import Settings
from workbench.store.database import Store
from workbench.store.leases import claim, find_free, find_leases
from workbench.store.places import place_of
from workbench.store.processes import owner_name, this_host
from workbench.store.records import Lease
from workbench.store.requests import (
    Request,
    Worker,
    forget_old_requests,
    living_workers,
    record_heartbeat,
    remove_worker,
    requeue_lost_requests,
    take_requests,
)
from workbench.worker.fitness import Fitness
from workbench.worker.lease_watch import LeaseWatch
from workbench.worker.requests import STOPPABLE, answer_request

log = logging.getLogger(__name__)

IDLE_SECONDS = 600.0
POLL_SECONDS = 0.2
BEAT_SECONDS = 2.0
REQUESTS_AT_ONCE = 4


class WorkerProcess:
    """One worker on one store. `run` returns after `idle_seconds` without work, or on SIGTERM or SIGINT."""

    def __init__(self, store: Store, settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._store = store
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._id = secrets.token_hex(4)
        self._started = time.time()
        self._stopping = asyncio.Event()
        self._experiment: asyncio.Task[None] | None = None
        self._place = place_of(settings)
        self._leases = LeaseWatch()
        self._fitness = Fitness(store, settings)
        self._experiment_id = ""
        self._stop_signal: StopSignal | None = None
        self._request_tasks: set[asyncio.Task[None]] = set()
        self._long_tasks: set[asyncio.Task[None]] = set()  # those of them that keep no others waiting
        self._last_work = time.monotonic()
        self._changes = store.database.watch_changes()
        self._must_look = False  # something ended, or went wrong, since the store was looked into
        self._statistics = BackgroundProcess()

    async def run(self) -> None:
        """Work until idle for `idle_seconds` or told to stop; a running experiment then stops cleanly."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            add_signal_handler(loop, name, lambda _: self._stopping.set())
        if not await asyncio.to_thread(living_workers, self._store, self._place):
            await asyncio.to_thread(requeue_lost_requests, self._store, self._place)
        await asyncio.to_thread(forget_old_requests, self._store)
        beating = asyncio.create_task(self._beat())
        try:
            while not self._stopping.is_set() and not self._idle_too_long():
                await self._step()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._wind_down()
            beating.cancel()
            self._statistics.close()
            await asyncio.to_thread(self._changes.close)
            await asyncio.to_thread(remove_worker, self._store, self._id)

    def _idle_too_long(self) -> bool:
        if self._experiment or self._request_tasks:
            self._last_work = time.monotonic()
        return time.monotonic() - self._last_work > self._idle_seconds

    async def _step(self) -> None:
        """Begin what waits, if there may be anything new: the worker's own heartbeat counts as such, so that
        what comes with time alone, such as a silent lease, is found soon enough."""
        if not await asyncio.to_thread(self._changes.has_changed) and not self._must_look:
            return
        self._must_look = False
        try:
            free = REQUESTS_AT_ONCE - len(self._request_tasks - self._long_tasks)
            for request in await asyncio.to_thread(self._take, free) if free else []:
                task = asyncio.create_task(self._serve(request))
                for tasks in (
                    self._request_tasks,
                    *([self._long_tasks] if request.kind in STOPPABLE else []),
                ):
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                task.add_done_callback(self._look_again)
            if self._experiment is None:
                lease = await asyncio.to_thread(self._claim)
                if lease is not None:
                    self._stop_signal = StopSignal()
                    self._experiment_id = lease.experiment_id
                    work = partial(
                        carry_out,
                        self._store,
                        self._settings,
                        lease,
                        run_statistics=self._statistics,
                        elsewhere=find_cluster(self._settings),
                    )
                    self._experiment = asyncio.create_task(
                        self._run(lambda stop_signal: work(stop_signal=stop_signal))
                    )
        except StoreError as error:
            log.error("%s", error)
            self._must_look = True
            await asyncio.sleep(5)  # a full disk or a locked database: try again later

    def _look_again(self, _: object) -> None:
        self._must_look = True

    def _take(self, limit: int) -> list[Request]:
        return take_requests(self._store, limit, place=self._place)

    def _claim(self) -> Lease | None:
        silent = self._leases.find_silent(find_leases(self._store))
        fit = [id_ for id_, place in find_free(self._store, silent) if self._fitness.may_take(id_, place)]
        return claim(self._store, owner_name(self._id), silent=silent, among=fit) if fit else None

    async def _run(self, work: Callable[[StopSignal], object]) -> None:
        assert self._stop_signal is not None
        try:
            await work(self._stop_signal)  # type: ignore[misc]
        except WorkbenchError as error:
            log.error("%s", error)
        except Exception:
            log.exception("The experiment ended because of a bug")
        finally:
            self._experiment, self._experiment_id, self._stop_signal = None, "", None
            self._must_look = True

    async def _serve(self, request: Request) -> None:
        try:
            await answer_request(self._store, self._settings, request, run_statistics=self._statistics)
        except StoreError as error:
            log.error("%s", error)

    async def _beat(self) -> None:
        while True:
            try:
                record = Worker(
                    self._id, this_host(), os.getpid(), self._started, 0.0, self._experiment_id, self._place
                )
                await asyncio.to_thread(record_heartbeat, self._store, record)
            except StoreError as error:
                log.error("%s", error)
            await asyncio.sleep(BEAT_SECONDS)

    async def _wind_down(self) -> None:
        """Stop the running experiment so that it can be resumed, and cancel the requests."""
        if self._experiment is not None and self._stop_signal is not None:
            self._stop_signal.set("stopped", "The worker was told to stop.")
            await asyncio.wait({self._experiment}, timeout=15)
        for task in self._request_tasks:
            task.cancel()


def run_worker(store: Store, settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Run a worker until it has been idle for `idle_seconds`. Blocks."""
    asyncio.run(WorkerProcess(store, settings, idle_seconds=idle_seconds).run())
