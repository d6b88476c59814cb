"""Chat and embedding models behind any OpenAI-compatible address, through the openai SDK.
Knows nothing about retries, limits or money: one request, one reply or one ProviderError."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

import numpy as np

from workbench.errors import ProviderError
from workbench.providers.chat_message import MessageReader
from workbench.providers.failures import explain_error_body, explain_failure, redact
from workbench.providers.reported_usage import is_count, read_usage
from workbench.providers.token_counts import count
from workbench.providers.types import ChatReply, ChatRequest, EmbeddingReply, OnText, Usage
from workbench.replies.repetition import repeats_itself
from workbench.replies.thinking import SplitReply
from workbench.settings import find_key
from workbench.space.model import Model

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

CONNECT_SECONDS = 10.0


def open_client(model: Model) -> tuple[AsyncOpenAI, str | None]:
    """(client, key). Raises ProviderError (kind "key") when the named variable is not set."""
    import httpx
    from openai import AsyncOpenAI

    key = find_key(model.api_key_env)
    if key and not (key.isascii() and key.isprintable()):
        raise ProviderError(
            f"The key in {model.api_key_env} holds characters that no key has.",
            kind="key",
            hint="Paste it again, without quotes or line breaks.",
        )
    if model.api_key_env and not key:
        raise ProviderError(
            f"Model {model.name!r} needs a key and the variable {model.api_key_env} is not set.",
            kind="key",
            hint=f"Set {model.api_key_env} in the environment or in .env.",
        )
    timeout = httpx.Timeout(model.limits.timeout_seconds, connect=CONNECT_SECONDS)
    client = AsyncOpenAI(
        base_url=model.base_url,
        api_key=key or "none",
        max_retries=0,
        timeout=timeout,
        http_client=_open_http_client(model, timeout),
    )
    return client, key


def _open_http_client(model: Model, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """Through the proxies that the environment names, unless the server is on this machine."""
    import httpx

    most = model.limits.concurrency + 4
    if not _is_local(model) and getproxies():
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        return httpx.AsyncClient(limits=limits, timeout=timeout, verify=_ssl_context())
    from workbench.providers.transport import AiohttpTransport

    transport = AiohttpTransport(most_connections=most, ssl_context=_ssl_context())
    return httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for all clients: reading the certificates takes longer than all else of opening one."""
    import httpx

    return httpx.create_ssl_context()


def _is_local(model: Model) -> bool:
    from urllib.parse import urlsplit

    return (urlsplit(model.base_url or "").hostname or "") in ("localhost", "127.0.0.1", "::1")


class OpenAIChat:
    """One chat model. A parameter that is None is left out of the request."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._client, self._key = open_client(model)
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
        return self._read(raw, request, time.perf_counter() - started)

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
        if (body := _error_in(raw)) is not None:
            failure = explain_error_body(body, self._model, self._key)
            failure.billed = self._billed(raw.get("usage"), request)
            raise failure
        return raw

    async def _stream(self, request: ChatRequest, on_text: OnText) -> Any:
        """What `_send` would have brought, put together from the pieces; usage comes with the last one."""
        from openai import AsyncStream
        from openai.types.chat import ChatCompletion, ChatCompletionChunk

        message = MessageReader()
        raw: dict[str, Any] = {}
        finish: str | None = None
        options = {"stream": True, "stream_options": {"include_usage": True}}
        try:
            stream = await self._client.post(
                "/chat/completions", cast_to=ChatCompletion, body=self._body(request) | options,
                stream=True, stream_cls=AsyncStream[ChatCompletionChunk],
            )  # fmt: skip
            async for chunk in stream:
                raw["model"] = chunk.model
                if chunk.usage is not None:
                    raw["usage"] = chunk.usage.model_dump(exclude_none=True)
                for choice in chunk.choices[:1]:
                    finish = choice.finish_reason or finish
                    if message.add({"content": choice.delta.content, **(choice.delta.model_extra or {})}):
                        on_text(message.split(finished=False))
        except Exception as error:
            raise explain_failure(error, self._model, self._key) from None
        if not raw:  # no event came: an error with status 200, or a reply in one piece
            return await self._send(request)
        parts = {"content": message.raw_text, "reasoning_content": message.raw_thinking}
        return raw | {"choices": [{"message": parts, "finish_reason": finish}]}

    def _read(self, raw: Any, request: ChatRequest, seconds: float) -> ChatReply:
        try:
            choice = raw["choices"][0]
            message = MessageReader()
            message.add(choice["message"])
            finish = choice.get("finish_reason")
        except (KeyError, IndexError, TypeError, AttributeError):
            shown = redact(json.dumps(raw), self._key)[:200]
            billed = self._billed(raw.get("usage"), request) if isinstance(raw, dict) else None
            raise ProviderError(
                f"{self._model.base_url} replied, but not as a chat model does: {shown}", kind="nonsense",
                retryable=True, billed=billed, seconds=seconds,
            ) from None  # fmt: skip
        split = message.split()
        usage, flags = read_usage(raw.get("usage"), request, split)
        flags = (*flags, *_flags_of(split, cut=finish == "length"))
        if not split.answer.strip():
            raise self._explain_empty(split, raw, usage, flags, request, seconds)
        return ChatReply(
            text=split.answer,
            thinking=split.thinking,
            usage=usage,
            seconds=seconds,
            compute_seconds=seconds,  # an hourly price is charged on the time the call took
            finish_reason=finish if isinstance(finish, str) else None,
            flags=flags,
            served_model=raw.get("model") if isinstance(raw.get("model"), str) else None,
        )

    def _explain_empty(
        self,
        split: SplitReply,
        raw: dict[str, Any],
        usage: Usage,
        flags: tuple[str, ...],
        request: ChatRequest,
        seconds: float,
    ) -> ProviderError:
        """The error for a reply without an answer: whether it was thinking, and whether it was cut."""
        cut = "cut_at_max_tokens" in flags  # by the same limit again, were it asked again
        finish = raw["choices"][0].get("finish_reason")
        if split.thinking or usage.reasoning:
            what = f"gave no answer: all of its reply was thinking ({usage.reasoning:,} tokens)"
            flags = (*flags, "only_thinking")
        else:
            what = "gave an empty answer"
        limit = f" of {request.max_tokens:,}" if request.max_tokens else ""
        why = f", cut at max_tokens{limit}" if cut else f" (finish_reason {finish!r})" if finish else ""
        return ProviderError(
            f"{self._model.name} {what}{why}.", kind="empty", retryable=not cut,
            hint="Raise max_tokens on the model, so that it can finish thinking and answer." if cut else None,
            billed=usage if split.thinking or isinstance(raw.get("usage"), dict) else None, seconds=seconds,
            flags=(*flags, "empty"),
        )  # fmt: skip

    def _billed(self, given: Any, request: ChatRequest) -> Usage | None:
        """What a useless reply cost, where the server says so."""
        return read_usage(given, request, SplitReply(""))[0] if isinstance(given, dict) else None

    async def close(self) -> None:
        await self._client.close()


def _error_in(raw: Any) -> Any:
    """What a reply with status 200 says went wrong, as gateways send it; None for a reply."""
    if not isinstance(raw, dict):
        return None
    choices = raw.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return raw.get("error") or (first.get("error") if isinstance(first, dict) else None) or None


def _flags_of(split: SplitReply, *, cut: bool) -> tuple[str, ...]:
    """What is wrong with a reply's text, as codes that are stored with it."""
    found = {
        "cut_at_max_tokens": cut,
        "repeats_itself": repeats_itself(split.answer) or repeats_itself(split.thinking),
        "template_marks": split.has_template_marks,
    }
    return tuple(flag for flag, holds in found.items() if holds)


class OpenAIEmbeddings:
    """One embedding model. Vectors are made unit length; their order is the texts'."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._client, self._key = open_client(model)

    @property
    def identity(self) -> str:
        return json.dumps([self._model.base_url, self._model.model, self._model.revision])

    @property
    def max_tokens(self) -> int | None:
        return self._model.context_window

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply:
        started = time.perf_counter()
        try:
            response = await self._client.embeddings.with_raw_response.create(
                model=self._model.model or "", input=list(texts), encoding_format="float",
                extra_body=dict(self._model.extra_body) or None,
            )  # fmt: skip
            raw = json.loads(response.content)
        except Exception as error:
            raise _of_batch(explain_failure(error, self._model, self._key), texts) from None
        if (body := _error_in(raw)) is not None:
            raise _of_batch(explain_error_body(body, self._model, self._key), texts)
        try:
            rows = sorted(raw["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
            if vectors.ndim != 2 or len(vectors) != len(texts):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise ProviderError(
                f"{self._model.base_url} replied, but not with one vector per text.", kind="nonsense",
                retryable=True,
            ) from None  # fmt: skip
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or (norms == 0).any():
            raise ProviderError(
                f"{self._model.name} returned vectors of length zero, or with values that are not numbers.",
                kind="nonsense",
            )
        given = raw.get("usage")
        known = isinstance(given, dict) and is_count(given.get("prompt_tokens"))
        tokens = int(given["prompt_tokens"]) if known else sum(count(t) for t in texts)
        seconds = time.perf_counter() - started
        return EmbeddingReply(
            vectors=vectors / norms,
            usage=Usage(input=tokens, estimated=not known),
            seconds=seconds,
            compute_seconds=seconds,
        )

    async def close(self) -> None:
        await self._client.close()


def _of_batch(failure: ProviderError, texts: Sequence[str]) -> ProviderError:
    """Servers refuse a batch that is too large by 413, 422 or 400, each in words of its own: whether the
    texts themselves are to blame shows when fewer are sent."""
    if len(texts) > 1 and failure.kind in ("rejected", "context"):
        failure.kind = "batch"
    return failure
