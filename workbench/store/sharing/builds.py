"""Lets one process at a time build an index that all read, by a lease that others can see.
Knows nothing about indexes: a key is a name.

A lease is renewed while it is held. One whose holder died runs out, or is taken at once where it is certain.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Delete, Update, delete, update
from sqlmodel import Session, col

from workbench.errors import StoreError
from workbench.store.database import Store
from workbench.store.processes import owner_is_gone, owner_name
from workbench.store.sharing.store_name import get_store_name
from workbench.store.sharing.tables import BuildRow

Statement = TypeVar("Statement", Update, Delete)

log = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
"""How long a lease is valid after it was renewed."""
RENEW_SECONDS = 8.0
POLL_SECONDS = 0.5
"""How often those who wait look whether the lease is free."""
# A lease that ends later than this was renewed before the clock was set back: it counts as run out.
LONGEST_LEASE_SECONDS = 2 * LEASE_SECONDS


class Builds:
    """Who builds which index of one store. Safe for threads.

    raise_if_stopped: called while somebody else's build is waited for; what it raises ends the wait.
    """

    def __init__(self, store: Store, raise_if_stopped: Callable[[], None] = lambda: None) -> None:
        self._store, self._raise_if_stopped = store, raise_if_stopped

    @cached_property
    def _owner(self) -> str:
        return get_store_name(self._store)

    def owner(self) -> str:
        """The store's name, which all processes that share these builds agree on."""
        return self._owner

    @contextmanager
    def hold(self, key: str) -> Iterator[HeldBuild]:
        """Wait until nobody else builds under this key, then keep others out until the end of the block.

        Not re-entrant: two threads of one process keep each other out, too. Raises StoreError, and what
        `raise_if_stopped` does.
        """
        holder = owner_name()
        while not self._take(key, holder):
            self._raise_if_stopped()
            time.sleep(POLL_SECONDS)
        held = HeldBuild(self._store, key, holder)
        try:
            yield held
        finally:
            held.end()

    def is_held(self, key: str) -> bool:
        """Whether somebody builds under this key now."""
        with self._store.read() as session:
            row = session.get(BuildRow, key)
            return row is not None and not _is_over(row, self._store.now(session))

    def _take(self, key: str, holder: str) -> bool:
        """Take the lease unless somebody has it."""

        def work(session: Session) -> bool:
            row, now = session.get(BuildRow, key), self._store.now(session)
            if row is not None and not _is_over(row, now):
                return False
            session.merge(BuildRow(fingerprint=key, holder=holder, until=now + LEASE_SECONDS))
            return True

        return self._store.transact(work)


class HeldBuild:
    """The right to build under one key. A thread renews it."""

    def __init__(self, store: Store, key: str, holder: str) -> None:
        self._store, self._key, self._holder = store, key, holder
        self._taken_over = False
        self._valid_until = time.monotonic() + LEASE_SECONDS
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"build {key[:8]}", daemon=True)
        self._thread.start()

    def lost(self) -> bool:
        """Whether somebody else may have taken it over by now, since it could not be renewed in time."""
        return self._taken_over or time.monotonic() > self._valid_until

    def end(self) -> None:
        """Let the next one build."""
        self._ended.set()
        self._thread.join()
        with suppress(StoreError), self._store.write(shared=True) as session:  # else it runs out
            session.execute(self._own(delete(BuildRow)))

    def _own(self, statement: Statement) -> Statement:
        return statement.where(col(BuildRow.fingerprint) == self._key, col(BuildRow.holder) == self._holder)

    def _renew(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            begun = time.monotonic()
            try:
                with self._store.write(shared=True) as session:
                    until = self._store.now(session) + LEASE_SECONDS
                    renewed = session.execute(self._own(update(BuildRow)).values(until=until)).rowcount  # type: ignore[attr-defined]
            except StoreError as error:
                log.warning("The build of an index could not be renewed: %s", error)
                continue
            if not renewed:
                self._taken_over = True
                return
            self._valid_until = begun + LEASE_SECONDS


def _is_over(row: BuildRow, now: float) -> bool:
    return not now <= row.until <= now + LONGEST_LEASE_SECONDS or owner_is_gone(row.holder)
