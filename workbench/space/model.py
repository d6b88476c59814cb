"""A language or embedding model variant: where it is served, what it samples, what it costs.
Knows nothing about talking to it: providers/ does that. Holds the name of a key's variable, never a key."""

from __future__ import annotations

from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)

from workbench.errors import ModelError
from workbench.space.prompt import Name

EMBEDDED_PREFIX = "embedded/"
# What a request says by itself: extra_body must not say it otherwise, unseen by cache keys and budgets.
OWN_PARAMETERS = frozenset(
    "model messages input temperature max_tokens max_completion_tokens top_p seed stop n stream".split()
)


class Price(BaseModel):
    """US dollars: per million tokens, or per hour of the machine while it answers, or free.

    cached_per_million: for input tokens the server had cached; the input price when not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input_per_million: float | None = Field(default=None, ge=0)
    output_per_million: float | None = Field(default=None, ge=0)
    cached_per_million: float | None = Field(default=None, ge=0)
    per_hour: float | None = Field(default=None, ge=0)
    free: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        by_token = self.input_per_million is not None or self.output_per_million is not None
        kinds = by_token + (self.per_hour is not None) + self.free
        if kinds != 1:
            raise ModelError(
                "A price is either input_per_million and output_per_million, or per_hour, or free: true."
            )
        return self


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrency: int = Field(default=8, ge=1, le=1024)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    timeout_seconds: float = Field(default=60, gt=0, le=3600)


class Model(BaseModel):
    """base_url is None for an embedded model, which runs in this process.

    model: the name the server knows it by.  revision: free text, raised when a server's model is retrained
    under one name.  parent: what it was fine-tuned from.  variant: an embedded answerer's trained selector,
    inline, so that a winner carries all it needs.  temperature and the like: None leaves it out of requests.
    context_window: tokens; a longer prompt drops its last passages.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    kind: Literal["chat", "embedding"] = "chat"
    base_url: str | None = None
    model: str | None = None
    revision: str | None = None
    parent: str | None = None
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    max_tokens: int | None = Field(default=300, ge=1)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    extra_body: dict[str, JsonValue] = {}
    context_window: int | None = Field(default=None, ge=64)
    price: Price | None = None
    limits: Limits = Limits()
    variant: dict[str, JsonValue] | None = None
    notes: str = ""

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ModelError(
                f"base_url is {value!r}; it must be an address such as http://127.0.0.1:8000/v1."
            )
        if parts.username or parts.password:
            raise ModelError("base_url must not hold a password; name the key's variable in api_key_env.")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.base_url is None and not self.name.startswith(EMBEDDED_PREFIX):
            raise ModelError(
                f"Model {self.name!r} has no base_url.",
                hint="Give the server's address (ending in /v1), or use a name that begins with embedded/.",
            )
        taken = sorted(OWN_PARAMETERS & set(self.extra_body))
        if taken:
            raise ModelError(
                f"Model {self.name!r}: extra_body must not hold {taken[0]!r}.",
                hint="Use the model's own setting; max_completion_tokens is sent where it is asked for.",
            )
        if self.base_url is not None and not self.model:
            raise ModelError(f"Model {self.name!r} has no `model`: the name its server knows it by.")
        return self

    @property
    def embedded(self) -> bool:
        return self.base_url is None

    @property
    def _coefficients(self) -> dict[str, JsonValue]:
        about = ("name", "parent", "trained_on")
        return {k: v for k, v in (self.variant or {}).items() if k not in about}

    @property
    def content(self) -> dict[str, Any]:
        """What decides a reply (docs/design.md): no price, limit, key variable or display name."""
        if self.embedded:
            # An embedded model is its coefficients; its name only says which shipped one is meant.
            own: dict[str, Any] = {"embedded": self._coefficients or self.name}
        else:
            own = {"base_url": self.base_url, "model": self.model, "revision": self.revision}
        if self.kind == "embedding":
            return own | ({"extra_body": self.extra_body} if self.extra_body else {})
        return own | {
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_p": self.top_p,
            "seed": self.seed,
            "extra_body": self.extra_body,
            "context_window": self.context_window,
        }
