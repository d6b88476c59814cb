"""Sends orders to the workers of a Dask cluster. The only file that imports distributed.
Knows nothing about what is in an order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.local_cluster import HOST
from workbench.cluster.orders import Order, Outcome
from workbench.cluster.worker_log import without_secrets
from workbench.cluster.worker_process import carry_out_order, close_run, describe, stop_run
from workbench.errors import MissingPackage, Stopped, WorkbenchError
from workbench.formatting import byte_size
from workbench.store.records import Lease

RUN_CONNECT_SECONDS = 10.0
"""So long a scheduler may take to answer a run."""
ASK_SECONDS = 2.0
"""So long a worker may take to say something of itself."""


class SchedulerGone(Stopped):
    """The scheduler is not reached, or not any more."""

    state = "paused"


class OrderNotRead(Stopped):
    """A worker lacks the code of orders, or has another version of it."""

    state = "paused"


class WorkersDied(WorkbenchError):
    """Every worker that took an order died."""


@dataclass(frozen=True)
class DaskWorker:
    """A worker of a scheduler, whether or not it has anything to do."""

    address: str
    name: str
    """As Dask calls it."""
    host: str
    """The name of its machine; its address where it does not say more of itself."""
    pid: int | None
    """None where it does not say more of itself, as the next two."""
    code: str | None
    """`code_fingerprint` there."""
    seconds: float | None
    """For how long it has been running."""
    places: int
    """How many orders it carries out at a time."""
    memory_bytes: int | None
    problem: str
    """Why it does not say more of itself; "" where it does."""


class DaskScheduler:
    """A scheduler that this process is connected to. Made by `connect`."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self.address = address
        self._out_of_memory: dict[str, str] = {}  # worker: what it used

    def tell_of_memory(self, tell: Callable[[str], None]) -> None:
        """Tell, in words, of each worker that is ended from now on because it used too much memory."""

        def hear(event: tuple[float, Mapping[str, Any]]) -> None:
            _, facts = event
            used = self._out_of_memory[facts["worker"]] = byte_size(facts["rss"])
            tell(
                f"The worker at {facts['worker']} (process {facts['pid']}) used {used} of memory, about all "
                "that it may use. It was killed and restarts; others do its unfinished work."
            )

        self._client.subscribe_topic("worker-restart-memory", hear)

    async def count_places(self) -> dict[str, int]:
        """Worker → how many orders it carries out at a time. Raises SchedulerGone."""
        try:
            return dict(await self._reached().ncores())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error

    async def list_workers(self) -> list[DaskWorker]:
        """All workers by name, with what each says of itself. Raises SchedulerGone."""
        try:
            known: dict[str, Any] = (await self._reached().identity())["workers"]
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        said = await asyncio.gather(*(self._ask(address, _describe) for address in known))
        workers = []
        for (address, facts), (own, problem) in zip(known.items(), said, strict=True):
            own = own or {}
            workers.append(
                DaskWorker(
                    address=address,
                    name=str(facts["name"]),
                    host=str(own.get("host") or facts["host"]),
                    pid=own.get("pid"),
                    code=own.get("code"),
                    seconds=own.get("seconds"),
                    places=facts["nthreads"],
                    memory_bytes=facts["metrics"].get("memory"),
                    problem=problem,
                )
            )
        return sorted(workers, key=lambda worker: worker.name)

    async def read_log(self, worker: str, lines: int, key_variables: Sequence[str]) -> list[str]:
        """The last lines of a worker's log, without keys and passwords, oldest first.

        worker: its address.
        key_variables: variables there that hold a secret whatever their names say.

        Raises WorkbenchError where it does not reply.
        """
        log, problem = await self._ask(worker, _read_log, lines, key_variables)
        if problem:
            raise WorkbenchError(f"The worker at {worker} does not show its log: {problem}")
        return list(log)

    async def _ask(self, worker: str, what: Callable[..., Any], *arguments: Any) -> tuple[Any, str]:
        """(What a worker replies to a call of a function there, ""), or (None, why it does not reply)."""
        asked = self._client.run(what, *arguments, workers=[worker], on_error="return")
        try:
            [reply] = (await asyncio.wait_for(asked, ASK_SECONDS)).values()
        except (OSError, TimeoutError, ValueError):  # it is busy, or gone by now
            return None, f"It does not reply within {ASK_SECONDS:.0f} s."
        if isinstance(reply, OSError | TimeoutError):  # it was lost on the way, or is no more
            return None, f"It does not reply ({type(reply).__name__}: {reply})."
        if isinstance(reply, Exception):
            return (
                None,
                f"It runs another version of the workbench, or none ({type(reply).__name__}: {reply}).",
            )
        return reply, ""

    async def carry_out(self, order: Order, worker: str | None = None) -> tuple[Outcome, str]:
        """What became of an order, and the address of the worker that carried it out. An order whose worker
        dies is given to another. Raises SchedulerGone, OrderNotRead and WorkersDied.

        worker: the one that carries it out, if it can be had; None leaves the choice to Dask.
        """
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        key = f"workbench-{secrets.token_hex(8)}"
        future = self._client.submit(
            _carry_out,
            order,
            key=key,
            pure=False,
            workers=None if worker is None else [worker],
            allow_other_workers=worker is not None,
        )
        try:
            result: tuple[Outcome, str] = await future
        except asyncio.CancelledError:
            await self._client.cancel([future], force=True)
            raise
        except KilledWorker as error:
            died, last = error.allowed_failures + 1, error.last_worker.address
            used = self._out_of_memory.get(last)
            raise WorkersDied(
                f"{died} workers died while executing the same order, the last one at {last}"
                + (f", for lack of memory: it used {used}." if used else "."),
                hint=how_to_give_more_memory(last)
                if used
                else "They may have run out of memory: their log says why.",
            ) from None
        except (FutureCancelledError, CommClosedError):
            raise self._gone() from None
        except Exception as error:  # what becomes of an order is an Outcome: this one was not even read
            raise OrderNotRead(
                f"A worker of {self.address} could not read an order ({type(error).__name__}: {error}). "
                f"Give all workers workbench {code_fingerprint()} and restart them."
            ) from error
        finally:
            future.release()
        return result

    async def stop_run(self, lease: Lease) -> None:
        """Let no worker send a further call for a run, as far as they are reached."""
        with suppress(OSError, TimeoutError, SchedulerGone):  # they watch the lease themselves
            self._reached()
            await asyncio.wait_for(self._client.run(stop_run, lease, on_error="ignore"), 2.0)

    async def close_run(self, lease: Lease) -> None:
        """Let all workers close a run, as far as they are reached."""
        with suppress(OSError, TimeoutError, SchedulerGone):  # they close what is idle
            self._reached()
            await asyncio.wait_for(self._client.run(close_run, lease, on_error="ignore"), 5.0)

    async def dismiss(self, worker: str) -> None:
        """Send a worker away: it can carry out no order of this run. Not by `retire_workers`, which gives up
        where the results of other orders could be moved to no other worker: here they are refusals, too."""
        try:
            await self._reached().unregister(
                address=worker, expected=True, stimulus_id=f"workbench-dismisses-{secrets.token_hex(4)}"
            )
        except (OSError, TimeoutError) as error:
            raise self._gone() from error

    def _reached(self) -> Any:
        """What sends requests to the scheduler. Raises SchedulerGone once Dask has given it up."""
        if self._client.scheduler is None:
            raise self._gone()
        return self._client.scheduler

    def _gone(self) -> SchedulerGone:
        return SchedulerGone(
            f"The scheduler at {self.address} is gone. Start it again and resume: "
            "all that was answered is stored."
        )


@asynccontextmanager
async def connect(address: str, seconds: float | None = None) -> AsyncIterator[DaskScheduler]:
    """A connection to a scheduler. Raises SchedulerGone where there is none, and MissingPackage.

    seconds: how long it may take; None for RUN_CONNECT_SECONDS.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise MissingPackage(
            "A cluster needs the package distributed.",
            hint="Install it: pip install 'rag-workbench[cluster]'",
        ) from error
    # It logs a traceback when it gives a scheduler up, which is said here in words.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        # Its own list of workers, which is asked for here when it is needed.
        with dask.config.set({"distributed.client.scheduler-info-interval": "60s"}):
            client = await Client(
                address,
                asynchronous=True,
                set_as_default=False,
                timeout=seconds or RUN_CONNECT_SECONDS,
                name="workbench",
            )
    except (OSError, TimeoutError, ValueError) as error:
        raise SchedulerGone(
            f"No scheduler answers at {address}. Check WORKBENCH_CLUSTER, or start one.",
            remedy=("start_cluster",),
        ) from error
    try:
        yield DaskScheduler(client, address)
    finally:
        await client.close(timeout=2)


async def count_workers(address: str) -> tuple[int, int]:
    """(workers of a scheduler, orders that they carry out at a time).

    Raises SchedulerGone and MissingPackage.
    """
    async with connect(address) as scheduler:
        places = await scheduler.count_places()
    return len(places), sum(places.values())


def how_to_give_more_memory(worker: str) -> str:
    """What to do about workers that lack memory, in words.

    worker: the address of one, which tells who started it: `start_cluster`, or somebody with `dask worker`.
    """
    if f"//{HOST}:" in worker:
        return "Start fewer workers: they share this machine's memory evenly."
    return "Start fewer workers on that machine, or give each more memory: `dask worker --memory-limit`."


def _carry_out(order: Order) -> tuple[Outcome, str]:
    """In a thread of a worker."""
    from distributed import get_worker

    return carry_out_order(order), get_worker().address


def _describe(dask_worker: Any) -> dict[str, Any]:
    """In the event loop of a worker, as what follows."""
    keep_log()
    return describe() | {"seconds": time.time() - dask_worker.monitor.proc.create_time()}


def _read_log(lines: int, key_variables: Sequence[str], dask_worker: Any) -> list[str]:
    newest_first = dask_worker.get_logs(n=lines)
    return without_secrets((text for _, text in reversed(newest_first)), key_variables)


def keep_log() -> None:
    """Let what the workbench says in a worker stand in the worker's log, and what asks after it not."""
    dask, own = logging.getLogger("distributed.worker"), logging.getLogger("workbench")
    dask.addFilter(_is_worth_keeping)
    for handler in (*logging.getLogger("distributed").handlers, *dask.handlers):
        own.addHandler(handler)
    logging.getLogger("workbench.cluster").setLevel(logging.INFO)


def _is_worth_keeping(record: logging.LogRecord) -> bool:
    return "out-of-band" not in record.getMessage()
