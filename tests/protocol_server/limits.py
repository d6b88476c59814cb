"""What the server refuses, and how it counts a prompt's tokens against its context.
Knows nothing about HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.protocol_server.server import ProtocolServer

Messages = list[dict[str, str]]


class Invalid(Exception):
    """error: the message, or the whole `error` of the reply."""

    def __init__(self, error: str | dict[str, Any], status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


def openai_too_long(tokens: int, limit: int) -> str:
    return f"This model's maximum context length is {limit} tokens, however you requested {tokens} tokens."


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def count_tokens(messages: Messages, ratio: float = 1.0) -> int:
    """Words and, in scripts without spaces, characters, times ratio."""
    text = " ".join(m["content"] for m in messages)
    unspaced = sum(ord(c) > 0x2E80 for c in text)
    return int((len(words(text)) + unspaced) * ratio)


def check_model(server: ProtocolServer, body: dict[str, Any]) -> None:
    if body.get("model") not in server.models and not server.any_name:
        raise Invalid(f"The model '{body.get('model')}' does not exist", 404)
