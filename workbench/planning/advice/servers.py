"""Advice on models whose server serves something else than they name, or one thing under two names.
Knows nothing about asking servers: what they said comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workbench.formatting import listed
from workbench.planning.advice.types import Advice
from workbench.providers.server_facts import ServerFacts
from workbench.space.model import Model

SAME = (
    "a comparison of {names} would compare one model with itself: the server takes both for {what}. "
    "Correct `model` or the adapter, or take one of them out."
)


def advise_on_servers(
    models: Sequence[Model], compared: Sequence[Model], facts: Mapping[str, ServerFacts]
) -> list[Advice]:
    """models: all that the experiment may call.  compared: those that answer.  facts: by base_url."""
    advice = []
    for model in models:
        server = facts.get(str(model.base_url), ServerFacts())
        for said in (server.misnamed(model.model), *_mistaken_adapters(model, server)):
            if said:
                advice.append(Advice("models", f"models: {model.name}: {said}"))
    return [*advice, *_advise_on_equals(compared, facts)]


def advise_on_embedding_limits(
    models: Sequence[Model], chunk_tokens: int, facts: Mapping[str, ServerFacts]
) -> Iterable[Advice]:
    """models: those that embed.  chunk_tokens: of the largest chunks.  facts: by base_url."""
    for model in models:
        server = facts.get(str(model.base_url), ServerFacts())
        window = model.context_window or server.window_of(model.model)
        if window is not None and not model.embedded and chunk_tokens > window:
            # Servers of sparse embeddings are asked to cut what is too long.
            cut = model.kind == "sparse_embedding" or server.cuts_texts
            chunks = f"chunks of {chunk_tokens:,} will be {'cut' if cut else 'refused'}"
            yield Advice(
                "chunk_tokens",
                f"chunk_tokens: {model.name} takes texts of {window:,} tokens at most, and {chunks}. "
                "Lower chunk_tokens, or serve it with a larger context.",
            )


def _advise_on_equals(compared: Sequence[Model], facts: Mapping[str, ServerFacts]) -> Iterable[Advice]:
    served: dict[tuple[str, ...], list[Model]] = {}
    for model in compared:
        if model.base_url is not None:
            served.setdefault(_what_serves(model, facts), []).append(model)
    for (_, what, *_), group in served.items():
        # One name with other sampling settings is another configuration of one model: that is meant.
        if len({(m.model, m.revision, repr(m.extra_body.get("lora"))) for m in group}) > 1:
            names = listed(m.name for m in group)
            yield Advice("models", f"models: {SAME.format(names=names, what=what)}")


def _what_serves(model: Model, facts: Mapping[str, ServerFacts]) -> tuple[str, ...]:
    """What answers to this model's name, as far as the server says: equal for models of one thing."""
    server = facts.get(str(model.base_url), ServerFacts())
    listed_model = server.find(model.model)
    what = listed_model.name if listed_model else str(model.model)
    if listed_model is None and server.answers_any_name and server.models:
        what = server.models[0].name
    chosen: dict[str, object] = {name: model.extra_body.get(name) for name in ("lora", "adapter")}
    if server.adapters:
        chosen["lora"] = sorted(_applied_adapters(model, server).items())
    return (str(model.base_url), what, repr((model.extra_query, model.extra_headers, chosen)))


def _chosen_adapters(model: Model) -> dict[int, float]:
    """Number → scale, of the adapters that a model's requests ask llama.cpp for; empty for none or all."""
    chosen = model.extra_body.get("lora")
    scales = {}
    for row in chosen if isinstance(chosen, list) else ():
        number, scale = (row.get("id"), row.get("scale")) if isinstance(row, dict) else (None, None)
        if isinstance(number, int) and isinstance(scale, int | float):
            scales[number] = float(scale)
    return scales


def _applied_adapters(model: Model, server: ServerFacts) -> dict[str, float]:
    """Name → scale, of the adapters that llama.cpp applies to a model's requests. Numbers that it does not
    have are ignored, and as soon as a request names any, all others are left out."""
    chosen = _chosen_adapters(model)
    scales = {a.name: chosen.get(a.id, 0.0) if chosen else a.scale for a in server.adapters}
    return {name: scale for name, scale in scales.items() if scale}


def _mistaken_adapters(model: Model, server: ServerFacts) -> Iterable[str]:
    """What is wrong with how a model chooses llama.cpp's adapters, in words."""
    if not server.adapters:
        return
    loaded = listed(f"{a.id} ({a.name})" for a in server.adapters)
    chosen = _chosen_adapters(model)
    missing = sorted(set(chosen) - {a.id for a in server.adapters})
    if missing:
        yield (
            f"the server has no adapter {listed(missing)} and ignores that number. It has loaded {loaded}."
        )
    applied = _applied_adapters(model, server)
    if applied and not chosen:
        yield (
            f"its requests name no adapter, so the server applies {listed(applied)} to them. For the base "
            f"model set extra_body: {{lora: [{{id: {server.adapters[0].id}, scale: 0}}]}}, and scale: 1 for "
            "the adapter's own entry."
        )
