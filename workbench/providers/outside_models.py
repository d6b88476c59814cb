"""Models from outside, as chat and embedding models: LlamaIndex's LLM and BaseEmbedding, functions of a user.
Knows nothing about limits, budgets or the ledger, which they have like all others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from workbench.errors import InputError, ProviderError
from workbench.outside.functions import load_user_function
from workbench.outside.guard import call_guarded
from workbench.parts.outside import LLAMAINDEX
from workbench.providers.token_counts import count
from workbench.providers.types import ChatReply, ChatRequest, EmbeddingReply, OnText, Usage
from workbench.replies.thinking import split_reply
from workbench.space.model import Model

NO_DEFAULT = "Name the model in its arguments."


class _Outside:
    """Made at the first call, in the thread that makes it, and kept."""

    def __init__(self, model: Model) -> None:
        assert model.outside is not None
        self._model = model
        self._door, self._path = model.outside
        self._made: Any = None

    @property
    def identity(self) -> str:
        return repr(self._model.content)

    async def close(self) -> None:
        self._made = None

    def _get(self, base: str) -> Any:
        if self._made is None:
            if self._door == LLAMAINDEX:
                from workbench.outside.building import build_model

                model = self._model
                offers = {"temperature": lambda: model.temperature, "max_tokens": lambda: model.max_tokens}
                self._made = build_model(self._path, model.with_, base, offers)
            else:
                self._made = partial(load_user_function(self._path), **self._model.with_)
        return self._made

    async def _call(self, work: Callable[[], Any]) -> tuple[Any, float]:
        """(what it returns, seconds). Raises ProviderError for whatever goes wrong."""
        started = time.perf_counter()
        seconds = self._model.limits.timeout_seconds
        try:
            result = await asyncio.to_thread(call_guarded, partial(self._quietly, work), self._path, seconds)
        except InputError as error:
            raise ProviderError(error.message, kind="no_model", hint=error.hint) from None
        except ProviderError as error:
            error.retryable = error.kind == "rejected"  # another library's errors do not say
            raise
        return result, time.perf_counter() - started

    def _quietly(self, work: Callable[[], Any]) -> Any:
        if self._door != LLAMAINDEX:
            return work()
        from workbench.outside.defaults import no_default_models

        with no_default_models(self._path, NO_DEFAULT):
            return work()


class OutsideChat(_Outside):
    """A chat model: `llm.chat(messages)`, or `function(messages, **with)`, where messages are
    [{"role": …, "content": …}] and the result is the text of the reply."""

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        messages = [(message.role, message.content) for message in request.messages]
        text, seconds = await self._call(partial(self._ask, messages))
        if not isinstance(text, str):
            raise ProviderError(f"{self._path} must return a text, not {text!r:.80}.", kind="nonsense")
        reply = split_reply(text)
        if on_text is not None:
            on_text(reply)
        usage = Usage(sum(count(content) for _, content in messages), count(text), estimated=True)
        if not reply.answer.strip():
            raise ProviderError(
                f"{self._path} returned no text.", kind="empty", billed=usage, seconds=seconds
            )
        return ChatReply(reply.answer, usage, seconds, thinking=reply.thinking)

    def _ask(self, messages: Sequence[tuple[str, str]]) -> Any:
        made = self._get("LLM")
        if self._door != LLAMAINDEX:
            return made([{"role": role, "content": content} for role, content in messages])
        from llama_index.core.llms import ChatMessage

        return made.chat(
            [ChatMessage(role=role, content=content) for role, content in messages]
        ).message.content


class OutsideEmbeddings(_Outside):
    """An embedding model: `get_text_embedding_batch(texts)`, or `function(texts, **with)`."""

    max_tokens = None

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        found, seconds = await self._call(partial(self._embed, list(texts)))
        try:
            vectors = np.asarray(found, dtype=np.float32)
        except (TypeError, ValueError):
            raise ProviderError(
                f"{self._path} must return a vector for each text, all of one length.", kind="nonsense"
            ) from None
        return EmbeddingReply(vectors, Usage(sum(map(count, texts)), estimated=True), seconds)

    def _embed(self, texts: list[str]) -> Any:
        made = self._get("BaseEmbedding")
        return made.get_text_embedding_batch(texts) if self._door == LLAMAINDEX else made(texts)
