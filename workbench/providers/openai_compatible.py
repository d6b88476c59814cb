"""Chat models behind any OpenAI-compatible address.
Knows nothing about retries, limits or money: one request, one reply or one ProviderError."""

from __future__ import annotations

import json
import re
import time
from functools import partial
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.chat_completion import Completion
from workbench.providers.chat_reply import judge_completion, read_billed
from workbench.providers.chat_stream import ChatStream
from workbench.providers.connection import Connection
from workbench.providers.failures import explain_cut, explain_error_body
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.space.model import Model

PATH = "/chat/completions"
_OF_STREAMING = re.compile(r"\bstream(?:ing|ed|s|_options)?\b|\bSSE\b|server-sent|event-stream", re.I)
_NOT_OFFERED = re.compile(r"support|allow|enabled|implement|available|disabled", re.I)


class OpenAIChat:
    """One chat model. A parameter that is None is left out of the request."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._model = model
        self._connection = Connection(model, trust)
        self._wants_completion_tokens = False
        self._streams = True

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        started = time.perf_counter()
        send = self._send
        if on_text is not None and self._streams:
            send = partial(self._stream, on_text=on_text)
        try:
            completion = await send(request)
        except ProviderError as error:
            if not self._wants_completion_tokens and "max_completion_tokens" in error.message:
                self._wants_completion_tokens = True
                completion = await send(request)
            elif on_text is not None and self._streams and _refuses_to_stream(error):
                self._streams = False
                completion = await self._send(request)
            else:
                raise
        seconds = time.perf_counter() - started
        return judge_completion(completion, request, self._model, self._connection.key, seconds)

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

    async def _send(self, request: ChatRequest) -> Completion:
        completion = Completion()
        completion.add(await self._connection.post(PATH, self._body(request)))
        self._raise_error(completion, request)
        return completion

    async def _stream(self, request: ChatRequest, on_text: OnText) -> Completion:
        """What `_send` would have brought, put together from the pieces; usage comes with the last one."""
        stream = ChatStream(on_text)
        options = {"stream": True, "stream_options": {"include_usage": True}}
        try:
            await self._connection.stream(PATH, self._body(request) | options, stream)
            self._raise_error(stream.completion, request)
            if not stream.is_complete:
                raise explain_cut(self._model)
        except ProviderError as error:
            if stream.is_complete and stream.completion.error is None:
                return stream.completion  # what failed came after the answer
            error.billed = read_billed(stream.completion, request)
            raise
        return stream.completion

    def _raise_error(self, completion: Completion, request: ChatRequest) -> None:
        """What had come before the server sent an error is not the answer, but it was paid for."""
        if completion.error is not None:
            failure = explain_error_body(completion.error, self._model, self._connection.key)
            failure.billed = read_billed(completion, request)
            raise failure

    async def close(self) -> None:
        await self._connection.close()


def _refuses_to_stream(error: ProviderError) -> bool:
    """Whether a server says, in whatever words, that it cannot stream: in one piece, then."""
    if _OF_STREAMING.search(error.message) is None:
        return False
    # A fault of the server that only mentions the stream is a fault.
    return error.kind == "rejected" or (
        error.kind in ("server", "nonsense") and _NOT_OFFERED.search(error.message) is not None
    )
