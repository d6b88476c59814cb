"""What a language model and an embedding model are to the rest of the program.
Knows nothing about any one of them: embedded models and servers implement these protocols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]  # shape [n, dimensions], rows of unit length


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything about one request that can change its reply, but for the model's identity.

    A parameter that is None is left out of what is sent. response_format: JSON text of the shape that the
    reply must have, as the protocol has it; for servers that can hold a model to one.
    """

    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra_body: tuple[tuple[str, str], ...] = ()  # name, JSON text; sorted by name
    response_format: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `cached` is a part of `input`, `reasoning` a part of `output`.

    `estimated` is true when the server reported none and the tokens were counted here.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a model replied. `seconds` is the last attempt's wall time; `compute_seconds` is the machine
    time of an embedded model (None for a server), which is what an hourly price is charged on."""

    text: str
    usage: Usage
    seconds: float
    compute_seconds: float | None = None
    attempts: int = 1
    finish_reason: str | None = None
    flags: tuple[str, ...] = ()  # e.g. "declined", "usage_disagrees", "cut_at_max_tokens"
    served_model: str | None = None
    detail: dict[str, object] = field(default_factory=dict)


class ChatModel(Protocol):
    """A language model that can be asked. Raises ProviderError, and nothing else that a user could cause."""

    @property
    def identity(self) -> str:
        """Hash input that tells this model from others: address, served name, revision; for an embedded
        one the hash of its files. Never a key, a price or a limit."""
        ...

    async def complete(
        self, request: ChatRequest, *, on_piece: Callable[[str], None] | None = None
    ) -> ChatReply:
        """The whole reply. on_piece: hears of its text piece by piece as it comes."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EmbeddingReply:
    vectors: Vectors
    usage: Usage
    seconds: float
    compute_seconds: float | None = None
    attempts: int = 1
    too_long: tuple[bool, ...] = ()  # per text: only its first part was encoded


class EmbeddingModel(Protocol):
    """An embedding model. Rows come back in the order of the texts, of unit length."""

    @property
    def identity(self) -> str: ...

    @property
    def max_tokens(self) -> int | None: ...

    async def embed(self, texts: Sequence[str]) -> EmbeddingReply: ...

    async def close(self) -> None: ...
