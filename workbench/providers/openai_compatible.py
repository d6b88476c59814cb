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
from workbench.providers.request_form import RequestForm
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.space.model import Model


class OpenAIChat:
    """One chat model. A parameter that is None is left out of the request."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._client, self._key = open_client(model)
        self._form = RequestForm()

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        started = time.perf_counter()
        form = self._form
        while True:
            streaming = on_text is not None and form.streams
            send = partial(self._stream, on_text=on_text) if streaming and on_text else self._send
            try:
                raw = await send(request, form)
                break
            except ProviderError as error:
                learnt = form.learn_from(error, streaming=streaming)
                if learnt is None:
                    raise
                # Calls that were in flight when another one learnt this are asked again as well: what counts
                # is the form that this request was sent in, not what is known by now.
                form = self._form = learnt
        return read_chat_reply(raw, request, self._model, self._key, time.perf_counter() - started)

    async def _send(self, request: ChatRequest, form: RequestForm) -> Any:
        import httpx

        try:
            # The body is plain JSON already: `chat.completions.create` would walk through it to see whether
            # any of its values is a type of the SDK's, which takes longer than sending it.
            response = await self._client.post(
                "/chat/completions", cast_to=httpx.Response, body=form.body(self._model, request)
            )
            raw = json.loads(response.content)
        except Exception as error:  # the SDK's and httpx's trees; anything else is raised again
            raise explain_failure(error, self._model, self._key) from None
        if (body := find_error_body(raw)) is not None:
            failure = explain_error_body(body, self._model, self._key)
            failure.billed = read_billed(raw.get("usage"), request)
            raise failure
        return raw

    async def _stream(self, request: ChatRequest, form: RequestForm, on_text: OnText) -> Any:
        """What `_send` would have brought, put together from the pieces."""
        from openai import AsyncStream
        from openai.types.chat import ChatCompletion, ChatCompletionChunk

        try:
            stream = await self._client.post(
                "/chat/completions", cast_to=ChatCompletion,
                body=form.body(self._model, request, stream=True), stream=True,
                stream_cls=AsyncStream[ChatCompletionChunk],
            )  # fmt: skip
            raw = await read_stream(stream, on_text)
        except Exception as error:
            raise explain_failure(error, self._model, self._key) from None
        # No event came: an error with status 200, or a reply in one piece.
        return raw or await self._send(request, form)

    async def close(self) -> None:
        await self._client.close()
