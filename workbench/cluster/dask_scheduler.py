"""Sends orders to the workers of a Dask cluster. The only file that imports distributed.
Knows nothing about what is in an order."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from workbench.cluster.code_version import code_fingerprint
from workbench.cluster.orders import Order, Outcome
from workbench.cluster.worker_process import carry_out_order, close_run, stop_run
from workbench.errors import MissingPackage, Stopped, WorkbenchError
from workbench.store.records import Lease

CONNECT_SECONDS = 10.0


class SchedulerGone(Stopped):
    """The scheduler is not reached, or not any more."""

    state = "paused"


class OrderNotRead(Stopped):
    """A worker lacks the code of orders, or has another version of it."""

    state = "paused"


class WorkersDied(WorkbenchError):
    """Every worker that took an order died."""


class DaskScheduler:
    """A scheduler that this process is connected to. Made by `connect`."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self.address = address

    async def count_places(self) -> dict[str, int]:
        """Worker → how many orders it carries out at a time. Raises SchedulerGone."""
        try:
            return dict(await self._client.nthreads())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error

    async def carry_out(self, order: Order, worker: str | None = None) -> tuple[Outcome, str]:
        """What became of an order, and the address of the worker that carried it out. An order whose worker
        dies is given to another. Raises SchedulerGone, OrderNotRead and WorkersDied.

        worker: the one that carries it out, if it can be had; None leaves the choice to Dask.
        """
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

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
            died = error.allowed_failures + 1
            raise WorkersDied(
                f"{died} workers died while they carried out one piece of work, the last one at "
                f"{error.last_worker.address}.",
                hint="Their memory may not suffice: their log says why.",
            ) from None
        except FutureCancelledError:
            raise self._gone() from None
        except Exception as error:  # what becomes of an order is an Outcome: this one was not even read
            raise OrderNotRead(
                f"A worker of {self.address} could not read an order ({type(error).__name__}: {error}). "
                f"Give all workers workbench {code_fingerprint()} and start them anew."
            ) from error
        finally:
            future.release()
        return result

    async def stop_run(self, lease: Lease) -> None:
        """Let no worker send a further call for a run, as far as they are reached."""
        try:
            await asyncio.wait_for(self._client.run(stop_run, lease, on_error="ignore"), 2.0)
        except (OSError, TimeoutError):  # they watch the lease themselves
            return

    async def close_run(self, lease: Lease) -> None:
        """Let all workers close a run, as far as they are reached."""
        try:
            await asyncio.wait_for(self._client.run(close_run, lease, on_error="ignore"), 5.0)
        except (OSError, TimeoutError):  # they close what is idle
            return

    async def dismiss(self, worker: str) -> None:
        """Send a worker away: it can carry out no order of this run."""
        await self._client.retire_workers([worker], close_workers=True, remove=True)

    def _gone(self) -> SchedulerGone:
        return SchedulerGone(
            f"The scheduler at {self.address} is gone. Start it anew and resume: "
            "all that was answered is stored."
        )


@asynccontextmanager
async def connect(address: str) -> AsyncIterator[DaskScheduler]:
    """A connection to a scheduler. Raises SchedulerGone where there is none, and MissingPackage."""
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingPackage(
            "A cluster needs the package distributed.",
            hint="Install it: pip install 'rag-workbench[cluster]'",
        ) from error
    try:
        client = await Client(
            address, asynchronous=True, set_as_default=False, timeout=CONNECT_SECONDS, name="workbench"
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


def _carry_out(order: Order) -> tuple[Outcome, str]:
    """In a thread of a worker."""
    from distributed import get_worker

    return carry_out_order(order), get_worker().address
