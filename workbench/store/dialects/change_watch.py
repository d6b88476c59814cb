"""Tells whether anything may have been committed to a database lately, for a fraction of what a query costs.
Knows nothing about which database it is: it is given a connection and what to ask there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any


class ChangeWatch:
    """It keeps one connection. One thread at a time uses it.

    connect: opens a connection of the driver (DB-API) that is in no transaction.
    question: a statement whose one value differs after every commit.
    """

    def __init__(self, connect: Callable[[], Any], question: str) -> None:
        self._connect = connect
        self._question = question
        self._connection: Any = None
        self._seen: object = None

    def has_changed(self) -> bool:
        """Whether anything may have been committed since the last call. True at the first call, and where the
        database does not answer: whoever asks it next hears why."""
        before = self._seen
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._seen = self._connection.execute(self._question).fetchone()[0]
        except Exception:  # each driver has errors of its own
            self.close()
        return self._seen is None or self._seen != before

    def close(self) -> None:
        """Close the connection. A later call opens another."""
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
        self._connection = self._seen = None
