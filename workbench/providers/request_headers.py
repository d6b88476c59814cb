"""Makes the headers that a model's requests have beside those of the protocol: its key's, its gateway's.
Knows nothing about clients or about which host may get a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from workbench.space.model import Model

if TYPE_CHECKING:
    import httpx


def headers_of(model: Model) -> dict[str, str]:
    """The headers by name, without the key's."""
    account = {"OpenAI-Organization": model.organization, "OpenAI-Project": model.project}
    return {**model.extra_headers, **{name: value for name, value in account.items() if value is not None}}


def send_key_in(header: str | None, key: str | None) -> Callable[[httpx.Request], Awaitable[None]]:
    """What is done to each request before it is sent: a key that has a header of its own is sent there as it
    is, and nowhere else.

    header: None leaves it in Authorization, as a bearer's.
    """

    async def move(request: httpx.Request) -> None:
        if header is not None:
            request.headers.pop("Authorization", None)
            if key:
                request.headers[header] = key

    return move
