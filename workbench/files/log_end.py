"""Reads the end of a log: its last lines, or the last one that says something.
Knows nothing about who wrote it."""

from __future__ import annotations

from pathlib import Path

READ_BYTES = 256_000
"""How much of a log's end is read at most."""


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log, oldest first; none where there is no log."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - READ_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-count:]


def last_words(path: Path, containing: str = "") -> str:
    """The last line of a log that is not blank, in at most 300 characters; "nothing" where there is none.

    containing: the last line with this in it comes first, where there is one.
    """
    lines = [line.strip() for line in last_lines(path, 10_000) if line.strip()]
    having = [line for line in lines if containing in line]
    return (having or lines or ["nothing"])[-1][:300]
