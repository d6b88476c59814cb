"""Reads a streamed chat completion, in all the forms that servers stream in.
Knows nothing about requests: bytes come in, a completion and its text so far go out."""

from __future__ import annotations

from typing import Any

from workbench.providers.chat_completion import Completion
from workbench.providers.event_stream import Event, EventReader
from workbench.providers.types import OnText
from workbench.replies.untrusted import NotJson, parse_json, read_json

# Events that only keep a connection open, by name or by data.
PINGS = ("ping", "pong", "heartbeat", "keepalive", "keep-alive")
WHOLE_REPLY = (b"{", b"[")  # no field of an event begins so


class ChatStream:
    """Takes bytes as they come.

    on_text: hears of the text so far, each time more of it has come; of a long text, each time it has grown
        by a five-hundredth, because splitting its thinking off takes time that grows with its length.
    """

    def __init__(self, on_text: OnText) -> None:
        self.completion = Completion()
        self._on_text = on_text
        self._told = 0  # characters of the text that `on_text` heard of last
        self._events = EventReader()
        self._begin: bytes | None = b""  # what has come while it is not known yet whether it is a stream
        self._whole: bytearray | None = None  # of a server that does not stream, whatever was asked
        self._has_data = False
        self._said_done = False

    @property
    def is_complete(self) -> bool:
        """Whether the server has said that this is all. A stream that just ends was cut."""
        return self._said_done or self.completion.finish_reason is not None

    def feed(self, data: bytes) -> bool:
        """Take the next bytes. Returns whether nothing more is to come. Raises NotJson."""
        if self._begin is not None:
            begin = (self._begin + data).removeprefix(b"\xef\xbb\xbf").lstrip()
            if not begin:
                return False
            data, self._begin = begin, None
            self._whole = bytearray() if begin.startswith(WHOLE_REPLY) else None
        if self._whole is not None:
            self._whole += data
            return False
        return any(map(self._take, self._events.feed(data)))  # up to the first that is the last

    def close(self) -> None:
        """Nothing more comes. Raises NotJson when nothing that came was a completion."""
        if self._whole is not None:
            self._add(parse_json(bytes(self._whole)))
            self._said_done = True
            return
        try:
            for event in self._events.close():
                self._take(event)
        except NotJson:  # the connection was cut within an event
            if not self.is_complete:
                return
        if not self._has_data:
            raise NotJson("and no stream of events")

    def _take(self, event: Event) -> bool:
        self._has_data = True
        if event.name.lower() in PINGS:
            return False
        if event.name.lower() == "error":
            self.completion.error = self.completion.error or _read_error("\n".join(event.lines))
            return True
        for data in _split_events(event.lines):
            word = data.strip().strip('"').lower()
            if word == "[done]":
                self._said_done = True
                return True
            if word in PINGS:
                continue
            self._add(parse_json(data))
            if self.completion.error is not None or self.completion.is_too_long:
                self._said_done = self.completion.is_too_long
                return True  # what has come is not the answer
        return False

    def _add(self, raw: Any) -> None:
        if not self.completion.add(raw):
            return
        message = self.completion.message  # another choice may have taken the place of the first
        if not self._told <= message.characters <= self._told + self._told // 500:
            self._told = message.characters
            self._on_text(message.split(finished=False))


def _split_events(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The data of an event; of each line, where its lines are events without blank lines between them."""
    whole = "\n".join(lines)
    if len(lines) > 1:
        try:
            parse_json(whole)
        except NotJson:
            return lines
    return (whole,)


def _read_error(text: str) -> Any:
    try:
        raw = read_json(text)
    except NotJson:
        return text
    return (raw.get("error") or raw) if isinstance(raw, dict) else raw
