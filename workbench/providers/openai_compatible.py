"""Chat models behind any OpenAI-compatible address, through the openai SDK.
Knows nothing about retries, limits or money: one request, one reply or one ProviderError."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.chat_reply import read_billed, read_chat_reply
from workbench.providers.chat_stream import read_stream
from workbench.providers.failures import explain_error_body, explain_failure, find_error_body
from workbench.providers.http_client import open_client
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.space.model import Model


class OpenAIChat:
    """One chat model. A parameter that is None is left out of the request."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._model = model
        self._client, self._key = open_client(model, trust)
        self._wants_completion_tokens = False

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        started = time.perf_counter()
        send = self._send if on_text is None else partial(self._stream, on_text=on_text)
        try:
            raw = await send(request)
        except ProviderError as error:
            if not self._wants_completion_tokens and "max_completion_tokens" in error.message:
                self._wants_completion_tokens = True
                raw = await send(request)
            elif on_text is not None and "stream" in error.message and error.kind == "rejected":
                raw = await self._send(request)  # a server that cannot stream: in one piece, then
            else:
                raise
        return read_chat_reply(raw, request, self._model, self._key, time.perf_counter() - started)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        limit = "max_completion_tokens" if self._wants_completion_tokens else "max_tokens"
        body: dict[str, Any] = {
            "temperature": request.temperature,
            limit: request.max_tokens,
            "top_p": request.top_p,
            "seed": request.seed,
            "stop": list(request.stop) or None,
            "response_format": json.loads(request.response_format) if request.response_format else None,
        }
        body = {name: value for name, value in body.items() if value is not None}
        # What a request says by itself stands: extra_body must not override it.
        extra = {name: json.loads(text) for name, text in request.extra_body}
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        return extra | {"model": self._model.model or "", "messages": messages} | body

    async def _send(self, request: ChatRequest) -> Any:
        import httpx

        try:
            # The body is plain JSON already: `chat.completions.create` would walk through it to see whether
            # any of its values is a type of the SDK's, which takes longer than sending it.
            response = await self._client.post(
                "/chat/completions", cast_to=httpx.Response, body=self._body(request)
            )
            raw = json.loads(response.content)
        except Exception as error:  # the SDK's and httpx's trees; anything else is raised again
            raise explain_failure(error, self._model, self._key) from None
        if (body := find_error_body(raw)) is not None:
            failure = explain_error_body(body, self._model, self._key)
            failure.billed = read_billed(raw.get("usage"), request)
            raise failure
        return raw

    async def _stream(self, request: ChatRequest, on_text: OnText) -> Any:
        """What `_send` would have brought, put together from the pieces."""
        from openai import AsyncStream
        from openai.types.chat import ChatCompletion, ChatCompletionChunk

        options = {"stream": True, "stream_options": {"include_usage": True}}
        try:
            stream = await self._client.post(
                "/chat/completions", cast_to=ChatCompletion, body=self._body(request) | options,
                stream=True, stream_cls=AsyncStream[ChatCompletionChunk],
            )  # fmt: skip
            raw = await read_stream(stream, on_text)
        except Exception as error:
            raise explain_failure(error, self._model, self._key) from None
        # No event came: an error with status 200, or a reply in one piece.
        return raw or await self._send(request)

    async def close(self) -> None:
        await self._client.close()
