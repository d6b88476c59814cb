"""Sends what code from outside prints to standard error: standard output belongs to the commands' results.
Knows nothing about the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

_lock = Lock()
_inside = 0
_stdout: TextIO | None = None


@contextmanager
def printing_to_stderr() -> Iterator[None]:
    """Of the whole process, until the last of those that are inside leaves, in whatever order they do."""
    global _inside, _stdout
    with _lock:
        if not _inside:
            _stdout, sys.stdout = sys.stdout, sys.stderr
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _stdout is not None:
                sys.stdout, _stdout = _stdout, None
