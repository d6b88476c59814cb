"""Counts in a file, in a process of its own: that process imports this module, and neither pytest nor what all tests
share. Knows nothing about who else counts."""

from __future__ import annotations

from pathlib import Path

from workbench.files.writing import locked, write_atomically


def count(path: Path, times: int) -> None:
    for _ in range(times):
        with locked(path):
            write_atomically(path, str(int(path.read_text()) + 1))
