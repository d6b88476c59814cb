"""The clients of one run and the limits of their providers, opened at first use.
Knows nothing about what is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.fingerprint import fingerprint, once_per_object
from workbench.providers.rate_limits import ProviderLimits
from workbench.providers.types import ChatModel, EmbeddingModel
from workbench.space.model import Model


@dataclass
class Opened:
    """The clients of one run, opened at first use: one loop owns them all."""

    chat: Callable[[Model], ChatModel]
    embedding: Callable[[Model], EmbeddingModel]
    _chats: dict[str, ChatModel] = field(default_factory=dict)
    _embeddings: dict[str, EmbeddingModel] = field(default_factory=dict)
    _limits: dict[str, ProviderLimits] = field(default_factory=dict)

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

    def limits(self, model: Model) -> ProviderLimits:
        """One set of limits a provider: models behind one address and key share them."""
        key = provider_key(model)
        if key not in self._limits:
            self._limits[key] = ProviderLimits(model.limits)
        return self._limits[key]

    @property
    def all_limits(self) -> dict[str, ProviderLimits]:
        return dict(self._limits)

    async def close(self) -> None:
        opened: list[ChatModel | EmbeddingModel] = [*self._chats.values(), *self._embeddings.values()]
        for client in opened:
            await client.close()


def provider_key(model: Model) -> str:
    """Models of one address and key share limits; embedded ones share this machine."""
    return f"{model.base_url} {model.api_key_env or ''}".strip() if model.base_url else "this machine"


@once_per_object
def _client_key(model: Model) -> str:
    """Its timeout and its limits are its client's, too."""
    return fingerprint(model.model_dump(mode="json"))


@once_per_object
def model_key(model: Model) -> str:
    return fingerprint(model.content)
