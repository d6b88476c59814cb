"""Tests whether a model can be used, and says in plain words what is wrong.
Knows nothing about experiments."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from workbench.errors import ModelError, ProviderError
from workbench.nearest import did_you_mean
from workbench.providers.open_model import open_chat_model, open_embedding_model, open_reranker
from workbench.providers.prices import describe_price, find_price
from workbench.providers.server_facts import ServerFacts, ask_server
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatRequest, Message, RerankRequest
from workbench.settings import load_settings
from workbench.space.address import Address
from workbench.space.model import Model

SLOW_SECONDS = 10.0
SMALL_CONTEXT = 2_048
LIST_SECONDS = 20.0
TEXTS = ("The tank holds two litres.", "Never cover a heater.")
QUESTION = "How much does the tank hold?"
"""What the first of the texts answers."""
SAME_VECTOR = 0.98
"""The cosine of two vectors of one text that differ by rounding only, in 8 bits, too."""
MIXED = (
    "A text gets a different vector when it is embedded together with a shorter one (cosine "
    "{similarity:.2f}), so its rank in a search is random. llama.cpp does this with decoder models: serve "
    "them with --parallel 1."
)


@dataclass(frozen=True)
class ConnectionReport:
    """What the test of a connection found."""

    ok: bool
    """Whether the model answers."""
    messages: tuple[str, ...]
    """What was found, in words, most important first; warnings come right after whether it answers."""
    models: tuple[str, ...] = ()
    """What the server says it serves."""
    context_window: int | None = None
    """As the server reports it, in tokens; None where it does not."""
    seconds: float = 0.0
    """How long the test took."""
    kind: str | None = None
    """The kind of ProviderError; None when it answers."""
    warnings: tuple[str, ...] = ()
    """Those of the messages that say what may be wrong although it answers, such as another model's name."""


async def test_connection(model: Model, trust: Trust = ONLY_WELL_KNOWN) -> ConnectionReport:
    """Ask for the list of models, then for a few tokens, vectors or two scores. Never raises for a
    server's fault.

    trust: what the user has confirmed; nothing is sent to another address.

    The model has as long to answer as in an experiment: its server may have to load it first.
    """
    started = time.perf_counter()
    try:
        facts = ServerFacts() if model.base_url is None else await list_served(model, trust)
        served, wrong = None, ""
        if model.kind == "embedding":
            usable, wrong = await _try_embedding(model, trust)
        elif model.kind == "sparse_embedding":
            usable, wrong = await _try_sparse_embedding(model, trust)
        elif model.kind == "reranker":
            usable, wrong = await _try_reranking(model, trust)
        else:
            usable, served = await _try_chat(model, trust)
    except (ProviderError, ModelError) as error:
        return await _failed(model, error, time.perf_counter() - started, trust)
    seconds = time.perf_counter() - started
    if facts.software == "Ollama":  # it says how it has loaded a model only once it has
        facts = await ask_server(model, trust)
    window = facts.window_of(model.model)
    warnings = tuple(filter(None, [wrong, facts.misserved(model.model, served)]))
    messages = (usable, *warnings, *_remarks(model, window, seconds), *describe_request(model))
    return ConnectionReport(True, messages, facts.names, window, seconds, warnings=warnings)


def waiting_words(model: Model) -> str:
    """What to say while a test waits for an answer."""
    return (
        f"Asking {model.name}. A server that has to load the model first may need a minute; "
        f"it is given {model.limits.timeout_seconds:g} s."
    )


def describe_request(model: Model) -> list[str]:
    """What a test sends and where to, in words; nothing for an embedded model."""
    from workbench.providers.proxies import address_of_proxy, find_proxy

    address = Address.parse(model.base_url or "")
    if address is None:
        return []
    key = f"and the key in {model.api_key_env} " if model.api_key_env else ""
    proxy = address_of_proxy(find_proxy(address) or "")
    through = f", through the proxy of the environment, {proxy.origin}" if proxy else ""
    return [f"A test sends a few words {key}to {address.origin}{through}."]


async def list_served(model: Model, trust: Trust) -> ServerFacts:
    """What the server says of itself. Raises ProviderError for one that cannot be reached or refuses the
    key, and HostNotConfirmed for an address that `trust` does not allow."""
    from workbench.providers.connection import Connection

    seconds = min(LIST_SECONDS, model.limits.timeout_seconds)
    limits = model.limits.model_copy(update={"timeout_seconds": seconds})
    connection = Connection(model.model_copy(update={"limits": limits}), trust)
    try:
        await connection.get("/models")
    except ProviderError as error:
        # A server without such a page, or one too busy for it, may answer all the same.
        if error.kind in ("timeout", "server"):
            return ServerFacts()
        if error.kind not in ("no_model", "rejected", "nonsense"):
            raise
    finally:
        await connection.close()
    return await ask_server(model, trust)


async def _try_chat(model: Model, trust: Trust) -> tuple[str, str | None]:
    """(how it answers, the name of what answered)."""
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
    return f"{model.name} answers{served}, in {reply.seconds:.1f} s{counted}.", reply.served_model


async def _try_embedding(model: Model, trust: Trust) -> tuple[str, str]:
    """(how it embeds, what is wrong with its vectors or "")."""
    embedding = open_embedding_model(model, trust)
    try:
        reply = await embedding.embed(TEXTS[:1])
        try:
            together = await embedding.embed(TEXTS)
        except ProviderError:  # fewer texts at a time may be accepted
            together = reply
    finally:
        await embedding.close()
    similarity = float(reply.vectors[0] @ together.vectors[0])
    wrong = "" if similarity > SAME_VECTOR else MIXED.format(similarity=similarity)
    return f"{model.name} embeds, {reply.vectors.shape[1]} dimensions, in {reply.seconds:.1f} s.", wrong


async def _try_sparse_embedding(model: Model, trust: Trust) -> tuple[str, str]:
    """(how it embeds, what is wrong with its vectors or "").

    The texts are sent one by one: a server may take no more, and says what is wrong with each of them.
    """
    embedding = open_embedding_model(model, trust)
    try:
        replies = [await embedding.embed([text]) for text in (QUESTION, *TEXTS)]
    finally:
        await embedding.close()
    vectors = [reply.vectors[0] for reply in replies]
    sizes = [len(vector) // 2 for vector in vectors]
    weights = f"{min(sizes)} to {max(sizes)} weights per text"
    usable = f"{model.name} embeds sparsely, {weights}, in {replies[0].seconds:.1f} s."
    if not all(sizes):
        return usable, "A text has no weights, so no search finds it. Is it a sparse embedding model?"
    question, right, other = (dict(zip(*np.split(vector, 2), strict=True)) for vector in vectors)
    fits, fits_not = (sum(w * question.get(i, 0.0) for i, w in text.items()) for text in (right, other))
    wrong = f"A text that does not answer fits no less ({fits_not:.3g}) than one that does ({fits:.3g})."
    return usable, "" if fits > fits_not else f"{wrong} Is it a sparse embedding model?"


async def _try_reranking(model: Model, trust: Trust) -> tuple[str, str]:
    """(how it reranks, what is wrong with its scores or "")."""
    reranker = open_reranker(model, trust)
    try:
        reply = await reranker.rerank(RerankRequest(QUESTION, TEXTS))
    finally:
        await reranker.close()
    right, other = reply.scores
    usable = f"{model.name} reranks, in {reply.seconds:.1f} s."
    if right is None or other is None:
        return (
            usable,
            "It leaves out one of two passages: the passages that it leaves out keep their old order.",
        )
    wrong = (
        f"It scores a passage that does not answer ({other:.3g}) no lower than one that does ({right:.3g}). "
    )
    return usable, "" if right > other else f"{wrong}Is it a reranking model?"


def _remarks(model: Model, window: int | None, seconds: float) -> list[str]:
    found = []
    if window is not None and model.context_window is None:
        found.append(
            f"The server says that its context holds {window:,} tokens. That applies unless you set "
            "context_window."
        )
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
    if kind == "timeout":
        messages.append("If the server was loading the model, test again, or raise timeout_seconds.")
    offered: tuple[str, ...] = ()
    if isinstance(error, ProviderError) and kind == "no_model" and error.words:
        offered = (await ask_server(model, trust)).names
        if offered:
            shown = ", ".join(offered[:15])
            messages = [
                f"The server has no model {model.model!r}. {did_you_mean(str(model.model), offered)}",
                f"It serves: {shown}.",
            ]
        elif not str(model.base_url).endswith("/v1"):
            messages.insert(0, f"{model.base_url} has no such page: the address usually ends in /v1.")
    return ConnectionReport(False, tuple(messages), offered, None, seconds, kind)
