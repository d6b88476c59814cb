"""The clients of one run and the limits of their providers, opened at first use.
Knows nothing about what is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from workbench.fingerprint import fingerprint, once_per_object
from workbench.providers.addresses import is_nearby
from workbench.providers.open_model import open_reranker
from workbench.providers.rate_limits import ProviderLimits
from workbench.providers.server_facts import ServerFacts
from workbench.providers.types import ChatModel, EmbeddingModel, RerankModel
from workbench.space.model import Model
from workbench.space.route import RouteModel
from workbench.space.system import SystemModel

# Servers that people run themselves often work on a few calls at a time and let the others wait in silence.
NEARBY_BEGIN = 2
PATIENCE = 2.0
LONGEST_TIMEOUT_SECONDS = 3600.0
THIS_MACHINE = "this machine"
"""The provider of embedded models."""


@dataclass
class Opened:
    """The clients of one run, opened at first use: one loop owns them all."""

    chat: Callable[[Model], ChatModel]
    """Opens a chat model."""
    embedding: Callable[[Model], EmbeddingModel]
    """Opens an embedding model."""
    reranking: Callable[[Model], RerankModel] = open_reranker
    """Opens a reranker."""
    ask_server: Callable[[Model], Awaitable[ServerFacts]] | None = None
    """Asks what a model's server says of itself; None asks nothing."""
    _chats: dict[str, ChatModel] = field(default_factory=dict)
    """By `_client_key`."""
    _embeddings: dict[str, EmbeddingModel] = field(default_factory=dict)
    """By `_client_key`."""
    _rerankers: dict[str, RerankModel] = field(default_factory=dict)
    """By `_client_key`."""
    _limits: dict[str, ProviderLimits] = field(default_factory=dict)
    """By `provider_key`."""
    _shares: bool = False
    """Whether other processes use the same limits: then nothing is sent before there is a share of them."""
    has_shared_limits: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as there are any."""
    _facts: dict[str, asyncio.Task[ServerFacts]] = field(default_factory=dict)
    """By `provider_key`."""

    def chat_model(self, model: Model) -> ChatModel:
        key = _client_key(model)
        if key not in self._chats:
            self._chats[key] = self.chat(model)
        return self._chats[key]

    def embedding_model(self, model: Model) -> EmbeddingModel:
        key = _client_key(model)
        if key not in self._embeddings:
            self._embeddings[key] = self.embedding(model)
        return self._embeddings[key]

    def reranker(self, model: Model) -> RerankModel:
        key = _client_key(model)
        if key not in self._rerankers:
            self._rerankers[key] = self.reranking(model)
        return self._rerankers[key]

    def limits(self, model: Model) -> ProviderLimits:
        """One set of limits a provider: models behind one address and key share them."""
        key = provider_key(model)
        if key not in self._limits:
            begin = NEARBY_BEGIN if model.base_url and is_nearby(model.base_url) else None
            self._limits[key] = ProviderLimits(model.limits, begin=begin)
            if self._shares and key != THIS_MACHINE:
                self._limits[key].take_share(0, 1)
                self.has_shared_limits.set()
        return self._limits[key]

    def share_limits(self) -> None:
        """Begin with no share of any provider's limits, as others use them, too: see SharedLimits."""
        self._shares = True

    @property
    def shared_limits(self) -> dict[str, ProviderLimits]:
        """The limits that other processes use as well; each machine has its own for what it computes."""
        return {key: limits for key, limits in self._limits.items() if key != THIS_MACHINE}

    async def facts(self, model: Model) -> ServerFacts:
        """What the model's server says of itself, asked once: nothing for an embedded model."""
        if self.ask_server is None or model.base_url is None or isinstance(model, SystemModel):
            return ServerFacts()
        key = provider_key(model)
        if key not in self._facts:
            self._facts[key] = asyncio.create_task(self._ask_server(model))
        return await asyncio.shield(self._facts[key])

    async def _ask_server(self, model: Model) -> ServerFacts:
        assert self.ask_server is not None
        facts = await self.ask_server(model)
        if facts.slots is not None:
            self.limits(model).learn_slots(facts.slots)
        return facts

    @property
    def all_limits(self) -> dict[str, ProviderLimits]:
        return dict(self._limits)

    async def close(self) -> None:
        for task in self._facts.values():
            task.cancel()
        await asyncio.gather(*self._facts.values(), return_exceptions=True)  # each closes its connection
        opened = (self._chats, self._embeddings, self._rerankers)
        for client in [client for clients in opened for client in clients.values()]:
            await client.close()


@once_per_object
def more_patient(model: Model) -> Model:
    """The same model with a longer time limit, for a call that timed out: it may have waited in a queue."""
    seconds = min(LONGEST_TIMEOUT_SECONDS, PATIENCE * model.limits.timeout_seconds)
    limits = model.limits.model_copy(update={"timeout_seconds": seconds})
    return model.model_copy(update={"limits": limits})


def provider_key(model: Model) -> str:
    """Models of one address and key share limits, as do embedded ones; code from outside has its own. A route
    has a queue of its own, and each of its calls the limits of the model that it goes to; so has a model that
    is trained first, since no other is to wait for it."""
    if isinstance(model, RouteModel):
        return f"route {model.name}"
    if model.tuned is not None and not model.is_made:
        return f"training {model.name}"
    if model.outside is not None:
        return model.where
    return f"{model.base_url} {model.api_key_env or ''}".strip() if model.base_url else THIS_MACHINE


@once_per_object
def _client_key(model: Model) -> str:
    """Its timeout and its limits are its client's, too."""
    return fingerprint(model.model_dump(mode="json"))


@once_per_object
def model_key(model: Model) -> str:
    return fingerprint(model.content)
