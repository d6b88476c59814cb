"""Reads server-sent events out of bytes, as the HTML standard has them and as servers send them.
Knows nothing about models. Source: html.spec.whatwg.org, section 9.2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One event that has data."""

    name: str
    """"" for an event without a name."""
    lines: tuple[str, ...]
    """Its lines of data. Together they are its data; some servers send an event on each and no blank line."""


class EventReader:
    """Takes bytes as they come, cut anywhere, and gives events."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name = ""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that are complete now."""
        may_end = self._rest.endswith(b"\r")
        self._rest += data
        if not (may_end or b"\n" in data or b"\r" in data):
            return  # splitting a long line again for each piece would take time in the square of its length
        *lines, rest = _split_lines(bytes(self._rest))
        self._rest = bytearray(rest)
        for line in lines:
            yield from self._take(line)

    def close(self) -> Iterator[Event]:
        """The event that the end of the stream completes, for servers that leave out the last blank line."""
        yield from self.feed(b"\n\n")

    def _take(self, line: bytes) -> Iterator[Event]:
        if not line:
            if self._lines:
                yield Event(self._name, tuple(self._lines))
            self._name, self._lines = "", []
            return
        name, _, value = line.decode("utf-8", "replace").removeprefix("\ufeff").partition(":")
        if name == "data" and value.strip():
            self._lines.append(value.removeprefix(" "))
        elif name == "event":
            self._name = value.strip()
        # Comments have no name. `id` and `retry` are for browsers that connect again.


def _split_lines(data: bytes) -> list[bytes]:
    """The lines, and what follows the last end of a line. A return at the end may be half of one."""
    half = data.endswith(b"\r")
    whole = data[:-1] if half else data
    lines = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if half:
        lines[-1] += b"\r"
    return lines
