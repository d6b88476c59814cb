"""What a worker process of a cluster does: carries out orders, each run of which it opens once, in one loop.
Knows nothing about Dask: an order comes as a call of a function in some thread."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
import traceback
from functools import cache
from typing import Any

from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.orders import Order, Outcome, RunAddress
from workbench.cluster.worker_run import CannotWork, LacksCorpus, WorkerRun
from workbench.errors import LeaseLost, StoreError, WorkbenchError
from workbench.settings import load_settings
from workbench.store.processes import this_machine
from workbench.store.records import Lease

log = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
"""A run without an order for so long is closed."""
CLOSE_SECONDS = 5.0

Key = tuple[str, str, int]

_MAKING = threading.Lock()


def _key(lease: Lease) -> Key:
    return lease.experiment_id, lease.owner, lease.epoch


class WorkerEnds(WorkbenchError):
    """This worker is about to end, and begins nothing more."""


class WorkerProcess:
    """The runs of this process. All of it happens in one event loop, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._runs: dict[Key, asyncio.Task[WorkerRun]] = {}
        self._used_at: dict[Key, float] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._ends = False
        threading.Thread(target=self._loop.run_forever, name="orders", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._close_idle(), self._loop)

    def carry_out(self, order: Order) -> Outcome:
        """Carry out an order and wait for its end. Called in any thread. Raises nothing but what ends the
        process."""
        return asyncio.run_coroutine_threadsafe(self._carry_out(order), self._loop).result()

    def stop(self, lease: Lease) -> None:
        """Send no further call for a run."""
        self._loop.call_soon_threadsafe(self._stop, _key(lease))

    def _stop(self, key: Key) -> None:
        task = self._runs.get(key)
        if task is not None and _is_open(task):
            task.result().stop("The run ends.")

    async def close(self, lease: Lease) -> None:
        """Close a run, if it is open, and wait for that. Called in any event loop. It is closed to its end,
        though nobody may wait so long."""
        closing = asyncio.run_coroutine_threadsafe(self._forget(_key(lease)), self._loop)
        await asyncio.shield(asyncio.wrap_future(closing))

    async def end(self) -> None:
        """Close all runs to their end, those that are being closed already as well, and carry out no further
        order. Called in any event loop."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._end(), self._loop))

    async def _end(self) -> None:
        self._ends = True
        for task in self._runs.values():
            if _is_open(task):
                task.result().stop("The worker ends.")
        await asyncio.gather(*map(self._forget, list(self._runs)))
        if self._closing:
            await asyncio.wait(self._closing)

    async def _carry_out(self, order: Order) -> Outcome:
        try:
            outcome = await self._try(order)
        except CannotWork as error:
            log.warning("Experiment %s is refused: %s", order.run.lease.experiment_id, error)
            outcome = Outcome(refused=str(error), lacks_corpus=isinstance(error, LacksCorpus))
        except (LeaseLost, WorkerEnds) as error:
            outcome = Outcome(left=1, stopped=("interrupted", str(error)))
        except (StoreError, WorkbenchError) as error:
            outcome = Outcome(left=1, stopped=("paused", f"{me()}: {error}"))
        except Exception:  # a bug: the coordinator says so
            log.exception("An order failed")
            outcome = Outcome(left=1, bug=traceback.format_exc())
        outcome.worker = me()
        return outcome

    async def _try(self, order: Order) -> Outcome:
        if order.run.code != code_fingerprint():
            raise CannotWork(
                f"It runs workbench {code_fingerprint()}; the run needs {order.run.code}.",
                hint="Update the code there and start the worker anew.",
            )
        key = _key(order.run.lease)
        run = await self._open(key, order.run)
        try:
            return await run.carry_out(order)
        finally:
            self._used_at[key] = time.monotonic()

    async def _open(self, key: Key, address: RunAddress) -> WorkerRun:
        """The run, opened once however many orders wait for it; anew where an earlier one was interrupted."""
        task = self._runs.get(key)
        if task is not None and _is_open(task) and task.result().is_interrupted:
            await self._forget(key)
            task = self._runs.get(key)
        if self._ends:  # perhaps since a moment ago
            raise WorkerEnds("The worker ends.")
        self._used_at[key] = time.monotonic()
        if task is None:
            log.info("Starts working for experiment %s", address.lease.experiment_id)
            task = self._runs[key] = asyncio.create_task(WorkerRun.open(address, load_settings()))
        try:
            return await asyncio.shield(task)
        except Exception:
            if self._runs.get(key) is task:
                del self._runs[key]
            raise

    async def _forget(self, key: Key) -> None:
        """Close a run, if it is open, and wait for that. It is closed to its end in any case."""
        task = self._runs.pop(key, None)
        self._used_at.pop(key, None)
        if task is not None:
            closing = asyncio.create_task(self._close(key, task))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            await asyncio.wait({closing})

    @staticmethod
    async def _close(key: Key, task: asyncio.Task[WorkerRun]) -> None:
        await asyncio.wait({task})
        if _is_open(task):
            try:
                await task.result().close()
            except Exception:  # the other runs are closed nevertheless
                log.exception("The run of experiment %s could not be closed", key[0])
            else:
                log.info("No longer working for experiment %s", key[0])

    async def _close_idle(self) -> None:
        while True:
            await asyncio.sleep(CLOSE_SECONDS)
            for key, task in list(self._runs.items()):
                idle = time.monotonic() - self._used_at.get(key, 0.0) > IDLE_SECONDS
                if task.done() and (not _is_open(task) or self._is_done(task.result(), idle)):
                    await self._forget(key)

    @staticmethod
    def _is_done(run: WorkerRun, idle: bool) -> bool:
        return not run.under_way and (idle or run.is_over)


def _is_open(task: asyncio.Task[WorkerRun]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def me() -> str:
    """This worker, in words."""
    return f"worker {os.getpid()} on {this_machine()}"


def describe() -> dict[str, Any]:
    """What this process says of itself: plain values, which a reader with other code understands."""
    return {"pid": os.getpid(), "host": this_machine(), "code": code_fingerprint()}


def this_worker() -> WorkerProcess:
    """The one of this process. Its first orders come in several threads at once."""
    with _MAKING:
        return _worker()


@cache
def _worker() -> WorkerProcess:
    return WorkerProcess()


def carry_out_order(order: Order) -> Outcome:
    """Carry out an order in this process. It is what is sent to the workers."""
    return this_worker().carry_out(order)


def stop_run(lease: Lease) -> None:
    """Send no further call for a run from this process."""
    this_worker().stop(lease)


async def close_run(lease: Lease) -> None:
    """Close a run in this process. It waits without holding up the event loop it is called in: a worker of
    Dask has one for all that it hears and says."""
    await this_worker().close(lease)


async def end_process() -> None:
    """Close all runs in this process, which is about to end. It holds up no event loop."""
    await this_worker().end()
