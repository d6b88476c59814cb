"""The worker process and the requests to it.
Knows nothing about what a request holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.settings import Settings
from workbench.store import requests
from workbench.store.database import Store
from workbench.store.places import place_of
from workbench.store.requests import Event, Worker
from workbench.worker.launcher import ensure_worker, read_log_tail


@dataclass(frozen=True)
class WorkerAccess:
    """The worker process and the requests to it."""

    store: Store
    settings: Settings
    """Folders, prices and limits."""

    def ask_worker(self, kind: str, payload: dict[str, Any]) -> int:
        """Queue a request, make sure that a worker runs, and return the request's id."""
        request_id = requests.add_request(self.store, kind, payload, place=place_of(self.settings))
        self.wake_worker()
        return request_id

    def events_of(self, request_id: int) -> list[Event]:
        return requests.get_events(self.store, request_id)

    def cancel_request(self, request_id: int) -> None:
        requests.cancel_request(self.store, request_id)

    def stop_request(self, request_id: int) -> None:
        """Have a request that takes long end early; its reply still comes, with what was made until then."""
        requests.stop_request(self.store, request_id)

    def is_cancelled(self, request_id: int) -> bool:
        """Return whether no reply to a request will come."""
        return requests.is_cancelled(self.store, request_id)

    def wake_worker(self) -> None:
        ensure_worker(self.store, self.settings)

    def living_workers(self) -> list[Worker]:
        """Return those that answer this app's requests."""
        return requests.living_workers(self.store, place_of(self.settings))

    def worker_log(self) -> str:
        return read_log_tail(self.settings)
