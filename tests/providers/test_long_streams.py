"""Streams of long texts: reading them takes time that grows with their length, and not with its square.
Knows nothing about what servers send otherwise: test_oddities.py does."""

from __future__ import annotations

import json
import time

from workbench.providers.chat_stream import ChatStream
from workbench.providers.event_stream import EventReader
from workbench.replies.thinking import SplitReply


def _piece(text: str) -> bytes:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}}]})}\n\n".encode()


def test_of_a_long_text_a_page_hears_only_when_it_has_grown_by_a_five_hundredth() -> None:
    heard: list[SplitReply] = []
    stream = ChatStream(heard.append)
    for _ in range(20_000):
        stream.feed(_piece("word "))
    assert len(heard) < 2_500
    assert len(heard[-1].answer) > 0.99 * 100_000 and stream.completion.message.characters == 100_000


def test_of_a_short_text_a_page_hears_each_piece() -> None:
    heard: list[SplitReply] = []
    stream = ChatStream(heard.append)
    for _ in range(90):
        stream.feed(_piece("word "))
    assert len(heard) == 90


def test_a_line_of_16_megabytes_in_pieces_is_one_event_in_a_moment() -> None:
    reader, started = EventReader(), time.process_time()
    events = list(reader.feed(b"data: "))
    for _ in range(256):
        events += reader.feed(b"x" * 65_536)
    events += reader.feed(b"\r")
    events += reader.feed(b"\n\r\n")
    assert [len(event.lines[0]) for event in events] == [256 * 65_536]
    assert time.process_time() - started < 2  # 3 s and more when each piece was looked through again
