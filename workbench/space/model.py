"""Defines a language, embedding or reranking model: where it is served, how it samples, what it costs.
Knows nothing about talking to it: providers/ does that. Holds the name of a key's variable, never a key."""

from __future__ import annotations

import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.errors import ModelError
from workbench.input.checked_model import CheckedModel
from workbench.parts.outside import LLAMAINDEX, PYTHON, code_of, state_of
from workbench.space.model_address import is_azure, read_address
from workbench.space.prompt import Name
from workbench.space.tuning import Tuning
from workbench.user_code.permission import Code

IMPORT_PATH = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
EMBEDDED_PREFIX = "embedded/"
EMBEDDING_KINDS = ("embedding", "sparse_embedding")
"""The kinds of models that embed."""
# Models without them are written as they were before there were any.
_ONLY_WHERE_USED = ("llamaindex", "python", "with", "with_", "weights", "tuned")
HEADER_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
# Headers that the program sets itself.
OWN_HEADERS = frozenset(
    "authorization api-key host content-length content-type transfer-encoding connection "
    "openai-organization openai-project".split()
)
# Parameters that requests set themselves: in extra_body, cache keys and budgets would not see them.
OWN_PARAMETERS = frozenset(
    "model messages input temperature max_tokens max_completion_tokens top_p seed stop n stream".split()
)


class Price(CheckedModel):
    """A price in US dollars: per million tokens, per thousand searches, per call, per hour of the machine
    while it answers, or free."""

    input_per_million: float | None = Field(default=None, ge=0)
    """US dollars per million input tokens."""
    output_per_million: float | None = Field(default=None, ge=0)
    """US dollars per million output tokens."""
    cached_per_million: float | None = Field(default=None, ge=0)
    """US dollars per million input tokens that the server had cached; None means the input price."""
    per_thousand_searches: float | None = Field(default=None, ge=0)
    """US dollars per thousand searches of a reranker, as its server counts them; one per request where it
    does not say."""
    per_hour: float | None = Field(default=None, ge=0)
    """US dollars per hour in which the model computes."""
    per_call: float | None = Field(default=None, ge=0)
    """US dollars per call, whatever its length: what an answer of a system costs, say."""
    free: bool = False
    """Whether it costs nothing."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        by_token = self.input_per_million is not None or self.output_per_million is not None
        by_search, by_call = self.per_thousand_searches is not None, self.per_call is not None
        kinds = by_token + by_search + by_call + (self.per_hour is not None) + self.free
        if kinds != 1:
            raise ModelError(
                "A price is either input_per_million and output_per_million, or per_thousand_searches, or "
                "per_call, or per_hour, or free: true.",
                about="price",
            )
        return self


class Limits(CheckedModel):
    """How much may be asked of a model at once."""

    concurrency: int = Field(default=8, ge=1, le=1024)
    """The most requests in flight."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """None means no limit."""
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Input and output tokens; None means no limit."""
    timeout_seconds: float = Field(default=60, gt=0, le=3600)
    """How long to wait for one reply."""


class Model(CheckedModel):
    """A chat, embedding, sparse embedding or reranking model. A sampling setting that is None is left out of
    requests."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    name: Name
    kind: Literal["chat", "embedding", "sparse_embedding", "reranker"] = "chat"
    base_url: str | None = None
    """The server's address, ending in /v1; None for an embedded model, which runs in this process."""
    model: str | None = None
    """The name that the server knows it by; None for an embedded model."""
    llamaindex: str | None = Field(default=None, pattern=IMPORT_PATH)
    """The import path of a LlamaIndex class, an LLM or a BaseEmbedding; None for any other model."""
    python: str | None = Field(default=None, pattern=IMPORT_PATH)
    """The import path of a function that answers or embeds; None for any other model."""
    with_: dict[str, JsonValue] = Field(default={}, alias="with")
    """The arguments of the class's constructor, or further ones of the function."""
    path: str | None = None
    """The folder of a reranker that runs in this process: model.onnx (or onnx/model.onnx) and tokenizer.json.
    Relative to the folder that the program is started in; None for every other model."""
    revision: str | None = None
    """Free text. Change it when the server's model is retrained under the same name."""
    parent: str | None = None
    """The name of the model that it was fine-tuned from."""
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The name of the environment variable that holds the key; None where no key is needed."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    max_tokens: int | None = Field(default=300, ge=1)
    """The most tokens of a reply."""
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    """A repeat sends the seed plus its number, so that repeats differ and can be made again."""
    stop: tuple[str, ...] = Field(default=(), max_length=16)
    """Texts at which a reply ends; they are not part of it."""
    extra_body: dict[str, JsonValue] = {}
    """Further parameters of each request."""
    extra_query: dict[str, str] = {}
    """Further parameters of the address, such as Azure's api-version."""
    extra_headers: dict[str, str] = {}
    """Further headers of each request, such as a gateway's route. Never a key: key_header sends that."""
    key_header: str | None = Field(default=None, pattern=HEADER_NAME)
    """The header that the key is sent in, as it is; None means `Authorization: Bearer …`, and `api-key` for
    Azure's hosts."""
    organization: str | None = None
    """Sent as OpenAI-Organization; None sends none."""
    project: str | None = None
    """Sent as OpenAI-Project; None sends none."""
    context_window: int | None = Field(default=None, ge=64)
    """Tokens. A longer prompt drops its last passages; None means no limit."""
    query_prefix: str = Field(default="", max_length=2000)
    """What an embedding model wants to read before a question, such as "query: "."""
    document_prefix: str = Field(default="", max_length=2000)
    """What an embedding model wants to read before a passage, such as "passage: "."""
    dimensions: int | None = Field(default=None, ge=1, le=65_536)
    """How many dimensions an embedding server is asked for; None asks for none and takes what comes."""
    price: Price | None = None
    """None means unpriced, not free."""
    limits: Limits = Limits()
    variant: dict[str, JsonValue] | None = None
    """The trained sentence selector of an embedded answerer, inline so that a winner carries all it needs."""
    weights: str | None = None
    """Where its weights are, to train variants of it: a folder as transformers reads it, a .gguf file, or a
    name on a hub. They are not read to ask it."""
    tuned: Tuning | None = None
    """How it was made here, or will be: a run trains it before it asks it. None for every other model."""
    notes: str = ""

    @model_validator(mode="before")
    @classmethod
    def _parts_of_address(cls, data: Any) -> Any:
        """Take addresses as people copy them: with the page's name, a query, or Azure's deployment. A class
        or function from outside may go without a name: its own is taken."""
        if not isinstance(data, dict):
            return data
        outside = data.get("llamaindex") or data.get("python")
        if isinstance(outside, str) and "name" not in data:
            data = {"name": outside.rpartition(":")[2], **data}
        return read_address(data)

    @field_validator("extra_headers")
    @classmethod
    def _headers(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not re.fullmatch(HEADER_NAME, name) or name.lower() in OWN_HEADERS:
                raise ModelError(
                    f"extra_headers must not contain {name!r}.",
                    hint="Name the key's variable in api_key_env and its header in key_header; "
                    "organization and project have fields of their own.",
                    about="extra_headers",
                )
            if not (text.isascii() and text.isprintable()):
                raise ModelError(
                    f"The header {name} contains characters that no header may have.", about="extra_headers"
                )
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ModelError(
                f"base_url is {value!r}; it must be an address such as http://127.0.0.1:8000/v1.",
                about="base_url",
            )
        if parts.username or parts.password:
            raise ModelError(
                "base_url must not contain a password; name the key's variable in api_key_env.",
                about="base_url",
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_kind()
        if sum(way is not None for way in (self.base_url, self.llamaindex, self.python)) > 1:
            raise ModelError(
                f"Model {self.name!r} has several of base_url, llamaindex and python: keep one.",
                about="base_url",
            )
        if self.outside is None and self.with_:
            raise ModelError(f"Model {self.name!r}: `with` belongs to llamaindex or python.", about="with")
        if (
            self.outside is None
            and self.tuned is None
            and self.base_url is None
            and self.path is None
            and not self.name.startswith(EMBEDDED_PREFIX)
        ):
            raise ModelError(
                f"Model {self.name!r} has no base_url.",
                hint="Give the server's address (ending in /v1), or use a name that begins with embedded/.",
                about="base_url",
            )
        reserved = sorted(OWN_PARAMETERS & set(self.extra_body))
        if reserved:
            raise ModelError(
                f"Model {self.name!r}: extra_body must not contain {reserved[0]!r}.",
                hint="Use the model's own setting; max_completion_tokens is sent to servers that require it.",
                about="extra_body",
            )
        if self.base_url is not None and not self.model:
            raise ModelError(
                f"Model {self.name!r} has no `model`: the name its server knows it by.", about="model"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_unused(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Models that are not from outside are written as they were before there were others."""
        written: dict[str, Any] = write(self)
        return {k: v for k, v in written.items() if k not in _ONLY_WHERE_USED or v}

    def _check_kind(self) -> None:
        """Raise ModelError for a setting that models of this kind do not have."""
        if self.path is not None and (self.kind != "reranker" or self.base_url is not None):
            raise ModelError(
                f"Model {self.name!r}: path is the folder of a reranker on this machine.",
                hint="Write kind: reranker, without a base_url.",
                about="path",
            )
        if self.kind == "reranker" and self.base_url is None and self.path is None:
            raise ModelError(
                f"Model {self.name!r} of kind reranker has no base_url.",
                hint="Give the server's address, or in `path` a folder with model.onnx and tokenizer.json.",
                about="base_url",
            )
        if self.kind == "sparse_embedding" and self.base_url is None:
            raise ModelError(
                f"Model {self.name!r} of kind sparse_embedding has no base_url.",
                hint="Give the address of a server with /embed_sparse, such as text-embeddings-inference.",
                about="base_url",
            )
        embeds = self.kind in EMBEDDING_KINDS
        for name in ("query_prefix", "document_prefix", "dimensions"):
            if getattr(self, name) and (not embeds or (name == "dimensions" and self.kind != "embedding")):
                raise ModelError(f"Model {self.name!r}: {name} is a setting of embedding models.", about=name)
        if self.dimensions and self.base_url is None:
            raise ModelError(
                f"Model {self.name!r}: the embedded encoder has one number of dimensions.", about="dimensions"
            )

    @property
    def embedded(self) -> bool:
        """Whether it is one of the workbench's own, which run in this process."""
        if self.tuned is not None:
            return self.tuned.parent.embedded
        return self.base_url is None and self.outside is None

    @property
    def is_made(self) -> bool:
        """Whether it can be asked: every model but one that is still to be trained."""
        return self.tuned is None or self.base_url is not None or self.variant is not None

    @property
    def outside(self) -> tuple[str, str] | None:
        """("llamaindex" or "python", import path) of a model from outside; None for any other."""
        if self.llamaindex is not None:
            return LLAMAINDEX, self.llamaindex
        return (PYTHON, self.python) if self.python is not None else None

    @property
    def code(self) -> tuple[Code, ...]:
        """The code that it runs and that needs the user's yes."""
        return code_of(*self.outside, self.with_) if self.outside is not None else ()

    @property
    def where(self) -> str:
        """Where it runs, in a few words."""
        if self.outside is not None:
            return f"{'LlamaIndex' if self.outside[0] == LLAMAINDEX else 'Python'}: {self.outside[1]}"
        return self.base_url or self.path or "this machine"

    @property
    def sends_key_in(self) -> str | None:
        """The header that holds the bare key; None for `Authorization: Bearer …`."""
        return self.key_header or ("api-key" if is_azure(self.base_url) else None)

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The variables of the keys that its requests carry."""
        return (self.api_key_env,) if self.api_key_env else ()

    @property
    def _coefficients(self) -> dict[str, JsonValue]:
        descriptive = ("name", "parent", "trained_on")
        return {k: v for k, v in (self.variant or {}).items() if k not in descriptive}

    @property
    def content(self) -> dict[str, Any]:
        """What decides a reply (docs/design.md): no price, limit, key variable or display name."""
        if self.tuned is not None:
            # Known before it is trained, and the same wherever its weights are served.
            identity: dict[str, Any] = {"tuned": self.tuned.key}
        elif self.path is not None:
            # What the folder holds is added where results are keyed: reading it here would take too long.
            identity = {"path": self.path, "revision": self.revision}
        elif self.embedded:
            # An embedded model is its coefficients; its name only says which shipped one is meant.
            identity = {"embedded": self._coefficients or self.name}
        elif self.outside is not None:
            identity = {
                "outside": [*self.outside, self.with_],
                "revision": self.revision,
                "state": state_of(*self.outside, self.with_),
            }
        else:
            identity = {"base_url": self.base_url, "model": self.model, "revision": self.revision}
        # What a gateway is told in the address or in headers may decide which model answers. Only where they
        # are used: models without them keep the identity that they had.
        routing = {"extra_query": self.extra_query, "extra_headers": self.extra_headers}
        identity |= {name: value for name, value in routing.items() if value}
        if self.kind == "sparse_embedding":  # a server may make both kinds of vectors with one model
            identity["kind"] = self.kind
        if self.kind != "chat":
            own = ("extra_body", "query_prefix", "document_prefix", "dimensions")
            return identity | {name: value for name in own if (value := getattr(self, name))}
        if self.stop:
            identity["stop"] = list(self.stop)
        return identity | {
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_p": self.top_p,
            "seed": self.seed,
            "extra_body": self.extra_body,
            "context_window": self.context_window,
        }


Tuning.model_rebuild(_types_namespace={"Model": Model})
