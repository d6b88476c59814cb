"""Tests whether a model can be used, and says in plain words what is wrong.
Knows nothing about experiments."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.errors import ModelError, ProviderError
from workbench.nearest import did_you_mean
from workbench.providers.open_model import open_chat_model, open_embedding_model
from workbench.providers.prices import describe_price, find_price
from workbench.providers.trust import Trust
from workbench.providers.types import ChatRequest, Message
from workbench.settings import load_settings
from workbench.space.address import Address
from workbench.space.model import Model

SLOW_SECONDS = 10.0
SMALL_CONTEXT = 2_048
TEST_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class ConnectionReport:
    """messages: what was found, in words, most important first.  models: what the server says it serves.

    context_window: as the server reports it, in tokens, where it does.
    """

    ok: bool
    messages: tuple[str, ...]
    models: tuple[str, ...] = ()
    context_window: int | None = None
    seconds: float = 0.0
    kind: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


async def test_connection(model: Model, trust: Trust) -> ConnectionReport:
    """Ask for the list of models, then for a few tokens or one vector. Never raises for a server's fault.

    trust: what the user has confirmed; nothing is sent to another address.
    """
    limits = model.limits.model_copy(
        update={"timeout_seconds": min(TEST_TIMEOUT_SECONDS, model.limits.timeout_seconds)}
    )
    quick = model.model_copy(update={"limits": limits})
    started = time.perf_counter()
    try:
        offered, window = ((), None) if model.embedded else await _list_models(quick, trust)
        usable = await (_try_embedding if model.kind == "embedding" else _try_chat)(quick, trust)
    except (ProviderError, ModelError) as error:
        return await _failed(quick, error, time.perf_counter() - started, trust)
    seconds = time.perf_counter() - started
    messages = [usable, *_remarks(model, window, seconds), *describe_request(model)]
    return ConnectionReport(True, tuple(messages), offered, window, seconds)


def describe_request(model: Model) -> list[str]:
    """What a test sends and where to, in words; nothing for an embedded model."""
    from workbench.providers.http_client import find_proxies

    address = Address.parse(model.base_url or "")
    if address is None:
        return []
    key = f"and the key in {model.api_key_env} " if model.api_key_env else ""
    proxies = sorted({a.origin for url in find_proxies(model).values() if (a := _address_of_proxy(url))})
    through = f", through the proxy of the environment, {' or '.join(proxies)}" if proxies else ""
    return [f"A test sends a few words {key}to {address.origin}{through}."]


def _address_of_proxy(url: str) -> Address | None:
    """A proxy's address, without the name and password that its URL may hold."""
    scheme, _, rest = url.rpartition("://")
    return Address.parse(f"{'https' if scheme == 'https' else 'http'}://{rest.rpartition('@')[2]}")


async def _list_models(model: Model, trust: Trust) -> tuple[tuple[str, ...], int | None]:
    """(names, the model's context size); nothing when the server keeps no list. A server that cannot be
    reached or refuses the key raises here already."""
    from workbench.providers.connection import Connection

    connection = Connection(model, trust)
    try:
        rows = (await connection.get("/models")).get("data") or []
        names = tuple(str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row)
        own = next((r for r in rows if isinstance(r, dict) and r.get("id") == model.model), {})
        window = next(
            (
                own[k]
                for k in ("max_model_len", "context_length", "context_window")
                if isinstance(own.get(k), int)
            ),
            None,
        )
        return names, window
    except (AttributeError, TypeError):
        return (), None
    except ProviderError as error:
        if error.kind in ("no_model", "rejected"):
            return (), None
        raise
    finally:
        await connection.close()


async def _try_chat(model: Model, trust: Trust) -> str:
    chat = open_chat_model(model, trust)
    few = 16 if model.max_tokens is None else min(16, model.max_tokens)
    request = ChatRequest(
        messages=(Message("user", "Question: Reply with the word yes.\n\n[1] Test\nThe reply is yes."),),
        temperature=model.temperature,
        max_tokens=few,
    )
    try:
        try:
            reply = await chat.complete(request)
        except ProviderError as error:
            # A model that thinks first may use up a few tokens without a word: it can be used all the same.
            if error.kind != "empty":
                raise
            reply = await chat.complete(replace(request, max_tokens=model.max_tokens or 512))
    finally:
        await chat.close()
    served = f" (served as {reply.served_model})" if reply.served_model not in (None, model.model) else ""
    counted = "; it reports no token counts, so they will be estimated" if reply.usage.estimated else ""
    return f"{model.name} answers{served}, in {reply.seconds:.1f} s{counted}."


async def _try_embedding(model: Model, trust: Trust) -> str:
    embedding = open_embedding_model(model, trust)
    try:
        reply = await embedding.embed(["A test."])
    finally:
        await embedding.close()
    return f"{model.name} embeds, {reply.vectors.shape[1]} dimensions, in {reply.seconds:.1f} s."


def _remarks(model: Model, window: int | None, seconds: float) -> list[str]:
    found = []
    if window is not None and model.context_window is None:
        found.append(f"The server says its context holds {window:,} tokens: set context_window to that.")
    known = window or model.context_window
    if known is not None and known < SMALL_CONTEXT and model.kind == "chat":
        found.append(f"A context of {known:,} tokens is small: passages will be dropped. Serve it with more.")
    if window is not None and model.context_window is not None and model.context_window > window:
        found.append(f"context_window is {model.context_window:,}, more than the server's {window:,}.")
    if seconds > SLOW_SECONDS:
        found.append(f"It is slow ({seconds:.0f} s for a few tokens): raise timeout_seconds.")
    price = find_price(model, load_settings().compute_usd_per_hour)
    found.append(f"Price: {describe_price(price)}.")
    return found


async def _failed(
    model: Model, error: ProviderError | ModelError, seconds: float, trust: Trust
) -> ConnectionReport:
    messages = [error.message, *([error.hint] if error.hint else [])]
    kind = error.kind if isinstance(error, ProviderError) else None
    offered: tuple[str, ...] = ()
    if kind == "no_model":
        try:
            offered, _ = await _list_models(model, trust)
        except ProviderError:
            offered = ()
        if offered:
            shown = ", ".join(offered[:15])
            messages = [
                f"The server has no model {model.model!r}. {did_you_mean(str(model.model), offered)}",
                f"It serves: {shown}.",
            ]
        elif not str(model.base_url).endswith("/v1"):
            messages.insert(0, f"{model.base_url} has no such page: the address usually ends in /v1.")
    return ConnectionReport(False, tuple(messages), offered, None, seconds, kind)
