"""Who can work, who does, and the logs of workers. Schedulers are asked in a thread: no page waits for them.
Knows nothing about what is shown of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Generic, TypeVar

from workbench.cluster.local_cluster import FOLDER, WORKERS_LOG
from workbench.errors import WorkbenchError
from workbench.results.cluster_members import ClusterMember
from workbench.settings import Settings
from workbench.store.database import Store

if TYPE_CHECKING:
    from workbench.cluster.cluster_status import ClusterStatus

AGAIN_SECONDS = 2.0
"""So long after a question it is asked again."""
OLD_SECONDS = 10.0
"""A reply of this age is not shown any more."""
FIRST_SECONDS = 0.5
"""How long a page may be held up while there is no reply to show."""
MOST_LOGS = 20
"""So many logs are remembered."""

_Reply = TypeVar("_Reply")


class Newest(Generic[_Reply]):
    """The newest reply to a question that may take seconds. It is asked while somebody wants to know."""

    def __init__(self, pool: ThreadPoolExecutor, ask: Callable[[], _Reply]) -> None:
        self._pool = pool
        self._ask = ask
        self._asked: Future[_Reply] | None = None
        self._asked_at = float("-inf")
        self._replied: Future[_Reply] | None = None
        self._replied_at = float("-inf")

    def get(self) -> _Reply | None:
        """The newest reply; None while there is none. Raises what asking raised."""
        now = time.monotonic()
        if now - self._replied_at > OLD_SECONDS:
            self._replied = None
        if self._asked is None and now - self._asked_at >= AGAIN_SECONDS:
            self._asked, self._asked_at = self._pool.submit(self._ask), now
        asked = self._asked
        if asked is not None:
            wait([asked], FIRST_SECONDS if self._replied is None else 0)
            if asked.done():
                self._replied, self._replied_at, self._asked = asked, time.monotonic(), None
        replied = self._replied
        return None if replied is None else replied.result()


class ClusterAccess:
    """Who can work and who does, and what workers log."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="cluster")
        self._status = Newest(self._pool, self._find_status)
        self._logs: dict[tuple[str, str], Newest[Sequence[str]]] = {}

    def get_status(self) -> ClusterStatus | None:
        """Return who can work and who does, as it was seconds ago; None while that is being asked."""
        return self._status.get()

    def read_log(self, worker: ClusterMember) -> Sequence[str] | None:
        """Return the last lines of a worker's log; None while it is being asked.

        Raises WorkbenchError where nobody replies.
        """
        key = (worker.scheduler, worker.address) if worker.address else self._find_address(worker)
        if key is None:
            return None
        if key not in self._logs:
            while len(self._logs) >= MOST_LOGS:
                self._logs.pop(next(iter(self._logs)))
            self._logs[key] = Newest(self._pool, lambda: self._read_log(*key))
        return self._logs[key].get()

    def has_own_log(self) -> bool:
        """Return whether workers of this machine have written a log into the data folder."""
        return (self._settings.home / FOLDER / WORKERS_LOG).is_file()

    def read_own_log(self) -> Sequence[str]:
        """Return the end of the log that the workers of this machine write together."""
        from workbench.cluster.worker_log import find_key_variables, read_own_log

        return read_own_log(self._settings.home, find_key_variables(self._store))

    def _find_address(self, worker: ClusterMember) -> tuple[str, str] | None:
        """Return the addresses of its scheduler and of the worker; None while schedulers are being asked."""
        status = self.get_status()
        if status is None:
            return None
        process = worker.host, worker.pid
        for one in status.members:
            if one.address and (one.host, one.pid) == process:
                return one.scheduler, one.address
        raise WorkbenchError("No scheduler that answers knows this worker.")

    def _find_status(self) -> ClusterStatus:
        from workbench.cluster.cluster_status import find_cluster_status

        return find_cluster_status(self._settings, self._store)

    def _read_log(self, scheduler: str, worker: str) -> Sequence[str]:
        from workbench.cluster.cluster_status import read_worker_log
        from workbench.cluster.worker_log import find_key_variables

        return read_worker_log(scheduler, worker, find_key_variables(self._store))
