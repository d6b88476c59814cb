"""How the server may misbehave, as a plan says it, request by request.
Knows nothing about the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.raw_reply import Raw


@dataclass(frozen=True)
class Stall:
    seconds: float


@dataclass(frozen=True)
class Refuse:
    """An error status, with Retry-After when it is given."""

    status: int
    retry_after: str | None = None
    message: str = "The server refuses."
    code: str | None = None


@dataclass(frozen=True)
class Cut:
    """Half a reply, then the connection ends."""


@dataclass(frozen=True)
class Body:
    """Status 200 and this text, whatever was asked."""

    text: str


@dataclass(frozen=True)
class Reply:
    """A chat completion with these oddities. thinking: sent beside the text, in the field `thinking_field`."""

    text: str | list[dict[str, Any]] | None = ""
    finish_reason: str = "stop"
    usage: dict[str, Any] | None = None
    thinking: str | None = None
    thinking_field: str = "reasoning_content"


Misbehaviour = Stall | Refuse | Cut | Body | Reply | Raw
