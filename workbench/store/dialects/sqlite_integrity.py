"""Finds damage in a database without changing it: broken pages and indexes, rows that refer to nothing.
Knows nothing about what the tables mean."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from workbench.store.dialects.sqlite_errors import BUSY_MILLISECONDS, explain_database_error

MOST_FINDINGS = 5
LARGE_BYTES = 2_000_000_000
"""Above this size indexes are not compared with their tables, which would take minutes."""


def find_damage(database: Path) -> list[str]:
    """What SQLite finds damaged, in its words; empty for a sound database.

    Raises StoreError when the file cannot be read as a database at all.
    """
    check = "quick_check" if database.stat().st_size > LARGE_BYTES else "integrity_check"
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
            rows = connection.execute(f"PRAGMA {check}({MOST_FINDINGS})").fetchall()
            findings = [str(text) for (text,) in rows if text != "ok"]
            if findings:
                return findings[:MOST_FINDINGS]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_FINDINGS)
            return [f"row {row} of {table} refers to nothing in {other}" for table, row, other, _ in orphans]
    except sqlite3.Error as error:
        raise explain_database_error(error, database) from error
