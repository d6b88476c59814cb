"""Shows progress on stderr: one line that is rewritten on a terminal, a new line every 10 s elsewhere.
Knows nothing about the work."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.formatting import printable

PLAIN_SECONDS = 10.0  # between two lines where the output is not a terminal


class ProgressLine:
    """The line; `show` is cheap, and may be called as often as there is something new."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._wrote = False

    def show(self, line: str) -> None:
        if not self._terminal and time.monotonic() - self._shown_at < PLAIN_SECONDS:
            return
        self._shown_at = time.monotonic()
        if self._terminal:
            print(f"\r\x1b[2K{printable(line)}", end="", file=sys.stderr, flush=True)
        else:
            print(printable(line), file=sys.stderr, flush=True)
        self._wrote = True

    def end(self) -> None:
        """Leave the line, so that what is printed next stands on its own."""
        if self._terminal and self._wrote:
            print(file=sys.stderr)


@contextmanager
def progress_line() -> Iterator[ProgressLine]:
    """A line that is left at the end of the block."""
    line = ProgressLine()
    try:
        yield line
    finally:
        line.end()
