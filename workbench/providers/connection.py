"""Sends requests to a model's server, and reads what comes back as JSON, within limits of time and size.
Knows nothing about what requests and replies say. What a server does ends in a value or a ProviderError."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from workbench.errors import ProviderError
from workbench.providers.failures import explain_failure
from workbench.providers.http_client import open_client
from workbench.providers.trust import Trust
from workbench.replies.untrusted import read_json
from workbench.space.model import Model


class Receiver(Protocol):
    """Takes the bytes of a streamed reply. Raises NotJson for what cannot be read."""

    def feed(self, data: bytes) -> bool:
        """Take the next bytes. Returns whether nothing more is to come."""
        ...

    def close(self) -> None:
        """The reply has ended."""
        ...


class Connection:
    """A model's server. Raises HostNotConfirmed for an address that `trust` does not allow, and ProviderError
    (kind "key") when the key's variable is not set.

    `limits.timeout_seconds` is the limit of each whole call: connecting, waiting and reading to the end. A
    server that sends a byte now and then would never break a limit on silence.
    """

    def __init__(self, model: Model, trust: Trust) -> None:
        self.model = model
        self._client, self.keys = open_client(model, trust)

    @property
    def key(self) -> str | None:
        """The key that is sent, which no message may show; None without one."""
        return next(iter(self.keys), None)

    async def get(self, path: str) -> Any:
        """The JSON at a path."""
        import httpx

        async with self._limited():
            return read_json((await self._client.get(path, cast_to=httpx.Response)).content)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that the server replies with."""
        import httpx

        async with self._limited():
            # The body is plain JSON already: the SDK's typed methods would walk through it to see whether any
            # of its values is a type of the SDK's, which takes longer than sending it.
            response = await self._client.post(path, cast_to=httpx.Response, body=body)
            return read_json(response.content)

    async def upload(self, path: str, file: tuple[str, bytes], fields: Mapping[str, str]) -> Any:
        """The JSON that the server replies to a form with one file.

        file: its name and what it holds.
        fields: of the form, beside it.
        """
        import httpx

        async with self._limited():
            response = await self._client.post(
                path,
                cast_to=httpx.Response,
                body=dict(fields),
                files={"file": file},
                options={"headers": {"Content-Type": "multipart/form-data"}},
            )
            return read_json(response.content)

    async def put_bytes(self, path: str, data: bytes) -> None:
        """Send bytes as they are."""
        import httpx

        async with self._limited():
            await self._client.post(
                path,
                cast_to=httpx.Response,
                content=data,
                options={"headers": {"Content-Type": "application/octet-stream"}},
            )

    async def delete(self, path: str) -> None:
        import httpx

        async with self._limited():
            await self._client.delete(path, cast_to=httpx.Response)

    async def stream(self, path: str, body: Mapping[str, Any], receiver: Receiver) -> None:
        """Hand over the reply's bytes as they come."""
        from openai import AsyncStream

        async with self._limited():
            stream = await self._client.post(
                path, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
            )
            try:
                async for data in stream.response.aiter_bytes():
                    if receiver.feed(data):
                        break
            finally:
                await stream.close()
            receiver.close()

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.model.limits.timeout_seconds):
                yield
        except ProviderError:
            raise
        except Exception as error:  # the SDK's and httpx's trees; anything else is raised again
            raise explain_failure(error, self.model, self.key) from None

    async def close(self) -> None:
        await self._client.close()
