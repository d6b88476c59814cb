"""Keeps values by key in a temporary file that goes with the process: any number of them take little memory.
Knows nothing about what the values mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Generic, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")
CACHE_KILOBYTES = 16_000


class Spool(Generic[Value]):
    """Values by key, in the order in which the keys came first. Read as often as one likes."""

    def __init__(self, kind: type[Value]) -> None:
        """kind: what pydantic can write as JSON and read again."""
        self._adapter: TypeAdapter[Value] = TypeAdapter(kind)
        self._file = sqlite3.connect("", isolation_level=None)  # "": a file without a name
        self._file.executescript(
            f"""
            pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -{CACHE_KILOBYTES};
            create table keys (number integer primary key, key text not null unique);
            create table kept (number integer not null, value blob not null);
            create index by_key on kept (number);
            begin;
            """
        )

    def add(self, key: str, value: Value) -> None:
        """Raises ValueError for what cannot be written as JSON in UTF-8, which leaves it as it was."""
        written = self._adapter.dump_json(value)
        self._file.execute("insert or ignore into keys (key) values (?)", (key,))
        self._file.execute(
            "insert into kept select number, ? from keys where key = ?",
            (written, key),
        )

    def groups(self) -> Iterator[tuple[str, list[Value]]]:
        """Each key with its values, in the order in which they were added."""
        rows = self._file.execute(
            "select k.number, k.key, v.value from keys k join kept v on v.number = k.number "
            "order by k.number, v.rowid"
        )
        for (_, key), group in groupby(rows, key=lambda row: row[:2]):
            yield key, [self._adapter.validate_json(value) for *_, value in group]

    def __iter__(self) -> Iterator[Value]:
        """Of each key the last value."""
        return (values[-1] for _, values in self.groups())

    def __len__(self) -> int:
        """How many keys there are."""
        (count,) = self._file.execute("select count(*) from keys").fetchone()
        return int(count)

    def close(self) -> None:
        self._file.close()
