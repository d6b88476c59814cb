"""Defines what the store needs from a database, whichever it is.
Knows nothing about any one of them, nor about tables."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session

from workbench.errors import StoreError
from workbench.store.dialects.change_watch import ChangeWatch


class Database(Protocol):
    """A place that a store can be in. Two of one address are equal."""

    def __hash__(self) -> int: ...

    @property
    def address(self) -> str:
        """Where it is, for people to read: a path, or a URL without its password."""
        ...

    def make_engines(self) -> tuple[Engine, Engine]:
        """The engine that writes, and the one that reads. Raises StoreError, MissingPackage."""
        ...

    def begin(self, session: Session, *, shared: bool) -> None:
        """Take the lock of a transaction that writes.

        shared: whether others that take it shared may write at the same time.

        Raises StoreUnavailable when the database stays unreachable.
        """
        ...

    def begin_reading(self, session: Session) -> None:
        """Open a consistent view. Raises StoreUnavailable when the database stays unreachable."""
        ...

    def commit(self, session: Session) -> None:
        """Commit. When it returns, all is stored; when it raises, nothing is."""
        ...

    def watch_changes(self) -> ChangeWatch:
        """Tells cheaply whether anybody has committed anything. The caller closes it."""
        ...

    def now(self, session: Session) -> float:
        """Unix seconds by the one clock that all users of the database share."""
        ...

    def explain(self, error: Exception) -> StoreError:
        """What an error of the database means, in plain words; StoreUnavailable when a retry may help."""
        ...

    def size_bytes(self) -> int:
        """How much disk it takes."""
        ...

    def find_damage(self) -> list[str]:
        """What is found damaged, in the database's words; empty for a sound one."""
        ...

    def gather_statistics(self) -> None:
        """Let queries be planned for the rows that there are now: for after many were written at once."""
        ...

    def free_space(self) -> int:
        """Give unused space back to the disk; returns how many bytes. Nobody may write in the meantime."""
        ...
