"""Reads what a process of a recipe prints: its lines, the progress in them, and a log of bounded size.
Knows nothing about the process that prints it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.replies.untrusted import storable_text
from workbench.tuning.hidden_secrets import hide_secrets

READ_BYTES = 65_536
LONGEST_LINE = 64_000
"""Bytes of a line that are read; the rest of it is dropped."""
LOG_BYTES = 1_000_000
"""When a log is longer, it becomes the older one and a new one is begun: at most twice as much is kept."""
MOST_STEPS = 10**12
MOST_METRICS = 50
LONGEST_WORDS = 300


class Log:
    """A log file of bounded size.

    anew: whether what an earlier process wrote is dropped.
    """

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        self.path = path
        self._file = path.open("wb" if anew else "ab")

    def write(self, data: bytes) -> None:
        """Append; raises OSError when the disk is full."""
        if self._file.tell() > LOG_BYTES:
            self._file.close()
            self.path.replace(self.path.with_suffix(".old.txt"))
            self._file = self.path.open("ab")
        self._file.write(data)
        self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass
class LineReader:
    """Cuts a stream of bytes into lines, whatever comes."""

    _rest: bytes = b""
    _dropping: bool = field(default=False)

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            line, self._rest = self._rest[:end], self._rest[end + 1 :]
            if not self._dropping:
                yield line
            self._dropping = False
        if len(self._rest) > LONGEST_LINE:
            if not self._dropping:
                yield self._rest[:LONGEST_LINE]
            self._rest, self._dropping = b"", True

    def rest(self) -> bytes:
        """What came after the last end of a line: a program's last words often lack one."""
        return b"" if self._dropping else self._rest


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The lines that a process prints, until nothing can come any more."""
    lines = LineReader()
    while data := await stream.read(READ_BYTES):
        for line in lines.feed(data):
            yield line
    if rest := lines.rest():
        yield rest


async def keep_lines(stream: asyncio.StreamReader, log: Log, secrets: Sequence[bytes]) -> None:
    """Write what a process prints into a log, without these secrets. What no disk takes is dropped."""
    async for line in lines_of(stream):
        with suppress(OSError):
            log.write(hide_secrets(line, secrets) + b"\n")


def read_progress(line: bytes) -> dict[str, Any] | None:
    """What a line says: step, steps, loss, metrics, message; None for a line that is no progress.

    loss is NaN where the line says so: the caller ends the training.
    """
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    read: dict[str, Any] = {}
    for name in ("step", "steps"):
        number = values.get(name)
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < MOST_STEPS:
            read[name] = number
    if (loss := _number(values.get("loss"))) is not None:
        read["loss"] = loss
    if isinstance(values.get("message"), str):
        read["message"] = storable_text(values["message"][:LONGEST_WORDS])
    if isinstance(values.get("metrics"), dict):
        read["metrics"] = _figures(values["metrics"])
    return read or None


def _figures(metrics: dict[str, Any]) -> dict[str, float]:
    numbers = {str(name)[:80]: _number(value) for name, value in list(metrics.items())[:MOST_METRICS]}
    return {n: value for n, value in numbers.items() if value is not None and math.isfinite(value)}


def _number(value: object) -> float | None:
    """A number as it can be stored; infinite where it is too large, None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
