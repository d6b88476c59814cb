"""Asks a server what it serves: its models, their kind and context, how many calls it works on at a time.
Knows nothing about calling a model. What a server does not say stays unknown: nothing here raises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from workbench.errors import ProviderError, WorkbenchError
from workbench.nearest import nearest
from workbench.providers.addresses import is_nearby, server_root
from workbench.providers.served_kind import ServedKind, kind_of_row
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.space.model import Model

FACTS_SECONDS = 3.0
"""How long to wait for each of a server's pages."""

# The names under which servers give a model's context, in tokens, the most exact first: what is loaded before
# what the model could take.
CONTEXT_FIELDS = (
    "loaded_context_length",  # LM Studio, /api/v0/models
    "n_ctx",  # llama.cpp, under `meta`
    "max_model_len",  # vLLM, SGLang
    "context_length",  # OpenRouter, Together, Ollama's /api/ps
    "context_window",  # Groq
    "max_context_length",  # LM Studio, Mistral
    "max_input_tokens",  # LiteLLM, Anthropic
    "max_input_length",  # TEI, /info
)


@dataclass(frozen=True)
class ServedModel:
    """One model in a server's list."""

    name: str
    """Its id, which requests name."""
    aliases: tuple[str, ...] = ()
    """Further names for it."""
    context_window: int | None = None
    """Tokens; None where the server does not say."""
    base: str | None = None
    """The model that it is an adapter of; None for a base model, or where the server does not say."""
    kind: ServedKind = "chat"
    """Whether it answers or embeds, as far as its row in the list or its name tells."""


@dataclass(frozen=True)
class LoadedAdapter:
    """A LoRA adapter that llama.cpp has loaded."""

    id: int
    """Its number, which requests name in `lora`."""
    name: str
    """Its file's name."""
    scale: float
    """How strongly it is applied to requests without `lora`; 0 leaves it out."""


@dataclass(frozen=True)
class ServerFacts:
    """What a server says about itself."""

    software: str = ""
    """"llama.cpp", "Ollama", "vLLM", "LM Studio", "TEI"; "" where it is not known."""
    models: tuple[ServedModel, ...] = ()
    """What it lists; () for a server that keeps no list."""
    slots: int | None = None
    """How many calls it works on at a time; None where it does not say."""
    context_window: int | None = None
    """Tokens of one call, whatever model is named; None where it does not say."""
    adapters: tuple[LoadedAdapter, ...] = ()
    """What llama.cpp has loaded. It takes them by number, not by the model's name."""
    cuts_texts: bool = False
    """Whether it says that it cuts texts to embed that are too long, rather than refuse them."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(model.name for model in self.models)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ServerFacts:
        """Read what to_json wrote, after it went through JSON."""
        models = tuple(ServedModel(**{**m, "aliases": tuple(m["aliases"])}) for m in data["models"])
        adapters = tuple(LoadedAdapter(**adapter) for adapter in data["adapters"])
        cuts = data.get("cuts_texts", False)
        return cls(data["software"], models, data["slots"], data["context_window"], adapters, cuts)

    @property
    def answers_any_name(self) -> bool:
        """Whether it serves its one model under every name, as llama.cpp does unless it routes."""
        return self.software == "llama.cpp" and len(self.models) <= 1

    def find(self, name: str | None) -> ServedModel | None:
        """The listed model of this name, by its id, an alias, or the way that its software matches names."""
        if name is None:
            return None
        for model in self.models:
            if name in (model.name, *model.aliases):
                return model
        for model in self.models:  # llama.cpp names a model by its file, Gemini by "models/…"
            if _short(name) in map(_short, (model.name, *model.aliases)):
                return model
        if self.software == "Ollama":  # "llama3" there means "llama3:latest"; case does not matter
            tagged = (name if ":" in name else f"{name}:latest").lower()
            return next((m for m in self.models if m.name.lower() == tagged), None)
        return None

    def window_of(self, name: str | None) -> int | None:
        """Tokens of one call to this model; None where the server does not say."""
        model = self.find(name)
        listed = model.context_window if model else None
        return (
            listed if self.context_window is None else min(self.context_window, listed or self.context_window)
        )

    def misnamed(self, name: str | None) -> str:
        """What is wrong with this name, in words; "" when it is listed, or the server keeps no list."""
        if not self.models or self.find(name) is not None:
            return ""
        listed = ", ".join(self.names[:8])
        if self.answers_any_name:
            # The alias is what the server's list shows from then on.
            return (
                f"This llama.cpp server serves {listed} and answers to any name, so to {name!r} too. Give it "
                f"`--alias {name}` if that is the model meant, or correct `model`."
            )
        close = nearest(str(name), self.names)
        question = f"Did you mean {close!r}?" if close else "Is it misspelt?"
        return f"{name!r} is not among the models that the server lists ({listed}). {question}"

    def misserved(self, name: str | None, served: str | None) -> str:
        """What is wrong with this name after a reply to it, in words.

        served: the model's name in the reply; None where there is none. A gateway's list need not hold every
        name that it takes, but then its reply names a model much like the one that was asked for.
        """
        if self.answers_any_name or not served or not name:
            return self.misnamed(name)
        if self.find(name) is not None or _short(served).startswith(_short(name).partition(":")[0]):
            return ""
        return self.misnamed(name) or f"The server answered as {served!r} to a request for {name!r}."


async def ask_server(
    model: Model, trust: Trust = ONLY_WELL_KNOWN, *, page_seconds: float = FACTS_SECONDS
) -> ServerFacts:
    """What the model's server says of itself. Nothing that it sends, or fails to send, raises.

    page_seconds: how long to wait for each of its pages.
    """
    from workbench.providers.connection import Connection

    limits = model.limits.model_copy(update={"timeout_seconds": page_seconds})
    try:
        connection = Connection(model.model_copy(update={"limits": limits}), trust)
    except WorkbenchError:  # a missing key, or a host that may not be asked: the first call says so
        return ServerFacts()

    async def read(path: str) -> Any:
        """A page as JSON; None when there is no such page, or something else there."""
        try:
            return await connection.get(path)
        except ProviderError:
            return None

    try:
        root = server_root(str(model.base_url))
        listed, props = await asyncio.gather(
            read("/models"), read(f"{root}/props") if is_nearby(model.base_url) else _nothing()
        )
        facts = with_llama_cpp(read_model_list(listed), props)
        if facts.software == "llama.cpp":
            return replace(facts, adapters=read_adapters(await read(f"{root}/lora-adapters")))
        if facts.software == "Ollama":
            return with_loaded(facts, await read(f"{root}/api/ps"))
        if is_nearby(model.base_url) and facts.models and not facts.window_of(model.model):
            return with_lm_studio(facts, await read(f"{root}/api/v0/models"))
        if model.kind != "chat" and is_nearby(model.base_url) and not facts.models:
            return with_tei(facts, await read(f"{root}/info"))
        return facts
    finally:
        await connection.close()


async def _nothing() -> None:
    return None


def _rows(raw: Any, name: str = "data") -> Iterator[dict[str, Any]]:
    rows = raw.get(name) if isinstance(raw, dict) else raw
    yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _tokens(row: dict[str, Any]) -> int | None:
    """The context of a listed model, in tokens, under any of the names that are known for it."""
    meta, provider = row.get("meta"), row.get("top_provider")
    for place in (row, meta, provider):
        for name in CONTEXT_FIELDS:
            value = place.get(name) if isinstance(place, dict) else None
            if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9:
                return value
    return None


def _short(name: str) -> str:
    """A model's name without folders and the ending of its file."""
    return name.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".gguf")


def _name(row: dict[str, Any]) -> str | None:
    for field in ("id", "model", "name"):
        if isinstance(row.get(field), str) and row[field]:
            return str(row[field])
    return None


def read_model_list(raw: Any) -> ServerFacts:
    """The facts in the reply of /v1/models, in any of the forms that servers give it."""
    models = []
    owners = set()
    for row in _rows(raw):
        name = _name(row)
        if name is None:
            continue
        owners.add(row.get("owned_by") if isinstance(row.get("owned_by"), str) else None)
        aliases, base = row.get("aliases"), row.get("parent")
        models.append(
            ServedModel(
                name,
                tuple(a for a in aliases if isinstance(a, str)) if isinstance(aliases, list) else (),
                _tokens(row),
                base if isinstance(base, str) and base else None,
                kind_of_row(row, name),
            )
        )
    known = {"llamacpp": "llama.cpp", "library": "Ollama", "vllm": "vLLM", "organization_owner": "LM Studio"}
    software = next((known[owner] for owner in owners if owner in known), "")
    return ServerFacts(software, tuple(models))


def with_llama_cpp(facts: ServerFacts, props: Any) -> ServerFacts:
    """With what llama.cpp says at /props: the context of one slot, and how many slots there are."""
    if not isinstance(props, dict) or "total_slots" not in props:
        return facts
    slots, settings = props.get("total_slots"), props.get("default_generation_settings")
    window = _tokens(settings) if isinstance(settings, dict) else None
    known = isinstance(slots, int) and not isinstance(slots, bool) and slots > 0
    return replace(facts, software="llama.cpp", slots=slots if known else None, context_window=window)


def read_adapters(raw: Any) -> tuple[LoadedAdapter, ...]:
    """The LoRA adapters that llama.cpp's /lora-adapters lists."""
    return tuple(
        LoadedAdapter(row["id"], row["path"].replace("\\", "/").rpartition("/")[2], float(row["scale"]))
        for row in _rows(raw)
        if isinstance(row.get("path"), str)
        and isinstance(row.get("id"), int)
        and isinstance(row.get("scale"), int | float)
    )


def with_loaded(facts: ServerFacts, raw: Any) -> ServerFacts:
    """With the context of the models that Ollama has loaded, from its /api/ps. It cuts longer prompts in
    silence."""
    return _with_windows(facts, {_name(row): _tokens(row) for row in _rows(raw, "models")})


def with_lm_studio(facts: ServerFacts, raw: Any) -> ServerFacts:
    """With the context and the kind of LM Studio's models, from its own list: of a loaded model, where one
    is."""
    rows = {name: row for row in _rows(raw) if (name := _name(row)) is not None}
    if not rows:
        return facts
    models = tuple(
        replace(m, kind=kind_of_row(rows[m.name], m.name)) if m.name in rows else m for m in facts.models
    )
    windows: dict[str | None, int | None] = {name: _tokens(row) for name, row in rows.items()}
    return _with_windows(replace(facts, software="LM Studio", models=models), windows)


def _with_windows(facts: ServerFacts, windows: dict[str | None, int | None]) -> ServerFacts:
    models = (replace(m, context_window=windows.get(m.name) or m.context_window) for m in facts.models)
    return replace(facts, models=tuple(models))


def with_tei(facts: ServerFacts, info: Any) -> ServerFacts:
    """With what TEI says at /info: the one model that it serves, its longest input, and if it cuts others."""
    if not isinstance(info, dict) or not isinstance(info.get("model_id"), str):
        return facts
    name, of_type = info["model_id"], info.get("model_type")
    kind = kind_of_row({}, name)
    if isinstance(of_type, dict):
        embedding = of_type.get("embedding")
        if isinstance(embedding, dict):
            kind = "sparse_embedding" if embedding.get("pooling") == "splade" else "embedding"
        elif "reranker" in of_type:
            kind = "reranker"
    served = ServedModel(name, context_window=_tokens(info), kind=kind)
    return ServerFacts("TEI", (served,), cuts_texts=info.get("auto_truncate") is True)
