"""What is asked of the database: for tests of how often, and of how SQLite goes about it.
Knows nothing about any query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from workbench.store.database import Store


@contextmanager
def statements_of(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database inside the block: SQL and its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_rest: object) -> None:
        sent.append((sql, parameters))

    engines = (store.reader, store.writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
