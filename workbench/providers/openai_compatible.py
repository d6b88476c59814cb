"""Chat models behind any OpenAI-compatible address.
Knows nothing about retries, limits or money: one request, one reply or one ProviderError."""

from __future__ import annotations

import json
import time
from functools import partial

from workbench.errors import ProviderError
from workbench.providers.chat_completion import Completion
from workbench.providers.chat_reply import judge_completion, read_billed
from workbench.providers.chat_stream import ChatStream
from workbench.providers.connection import Connection
from workbench.providers.failures import explain_cut, explain_error_body
from workbench.providers.request_form import RequestForm
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.space.model import Model

PATH = "/chat/completions"


class OpenAIChat:
    """One chat model. A parameter that is None is left out of the request."""

    def __init__(self, model: Model, trust: Trust = ONLY_WELL_KNOWN) -> None:
        self._model = model
        self._connection = Connection(model, trust)
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
                completion = await send(request, form)
                break
            except ProviderError as error:
                learnt = form.learn_from(error, streaming=streaming)
                if learnt is None:
                    raise
                # Calls that were in flight when another one learnt this are asked again as well: what counts
                # is the form that this request was sent in, not what is known by now.
                form = self._form = learnt
        seconds = time.perf_counter() - started
        return judge_completion(completion, request, self._model, self._connection.key, seconds)

    async def _send(self, request: ChatRequest, form: RequestForm) -> Completion:
        completion = Completion()
        completion.add(await self._connection.post(PATH, form.body(self._model, request)))
        self._raise_error(completion, request)
        return completion

    async def _stream(self, request: ChatRequest, form: RequestForm, on_text: OnText) -> Completion:
        """What `_send` would have brought, put together from the pieces; usage comes with the last one."""
        stream = ChatStream(on_text)
        try:
            body = form.body(self._model, request, stream=True)
            await self._connection.stream(PATH, body, stream)
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
