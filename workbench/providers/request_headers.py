"""Makes the headers that a model's requests have beside those of the protocol: its key's, its gateway's.
Knows nothing about clients or about which host may get a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from workbench.space.model import Model
from workbench.space.system import SystemModel

if TYPE_CHECKING:
    import httpx

PURPOSE_HEADER, TEST = "X-Workbench-Purpose", "test"
"""What marks a question to a system that no user asked: it measures the system. A service of ours leaves it
out of what it watches."""


def headers_of(model: Model) -> dict[str, str]:
    """The headers by name, without the key's."""
    account = {"OpenAI-Organization": model.organization, "OpenAI-Project": model.project}
    return {**model.extra_headers, **{name: value for name, value in account.items() if value is not None}}


def as_test(model: Model) -> Model:
    """The model as it is asked to be measured: a system hears that no user asks."""
    if not isinstance(model, SystemModel):
        return model
    return model.model_copy(update={"extra_headers": {**model.extra_headers, PURPOSE_HEADER: TEST}})


def send_keys_in(headers: Mapping[str, str] | None) -> Callable[[httpx.Request], Awaitable[None]]:
    """What is done to each request before it is sent: keys that have headers of their own are sent there as
    they are, and nowhere else.

    headers: name → key; None leaves the key in Authorization, as a bearer's.
    """

    async def move(request: httpx.Request) -> None:
        if headers is not None:
            request.headers.pop("Authorization", None)
            request.headers.update(headers)

    return move
