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
    "Correct `model`, or take one of them out."
)


def advise_on_servers(
    models: Sequence[Model], compared: Sequence[Model], facts: Mapping[str, ServerFacts]
) -> list[Advice]:
    """models: all that the experiment may call.  compared: those that answer.  facts: by base_url."""
    advice = []
    for model in models:
        said = facts.get(str(model.base_url), ServerFacts()).misnamed(model.model)
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
            yield Advice(
                "chunk_tokens",
                f"chunk_tokens: {model.name} takes texts of {window:,} tokens at most, and chunks of "
                f"{chunk_tokens:,} will be refused. Lower chunk_tokens, or serve it with a larger context.",
            )


def _advise_on_equals(compared: Sequence[Model], facts: Mapping[str, ServerFacts]) -> Iterable[Advice]:
    served: dict[tuple[str, ...], list[Model]] = {}
    for model in compared:
        if not model.embedded:
            served.setdefault(_what_serves(model, facts), []).append(model)
    for (_, what, *_), group in served.items():
        # One name with other sampling settings is another configuration of one model: that is meant.
        if len({(m.model, m.revision) for m in group}) > 1:
            names = listed(m.name for m in group)
            yield Advice("models", f"models: {SAME.format(names=names, what=what)}")


def _what_serves(model: Model, facts: Mapping[str, ServerFacts]) -> tuple[str, ...]:
    """What answers to this model's name, as far as the server says: equal for models of one thing."""
    server = facts.get(str(model.base_url), ServerFacts())
    listed_model = server.find(model.model)
    what = listed_model.name if listed_model else str(model.model)
    if listed_model is None and server.answers_any_name and server.models:
        what = server.models[0].name
    routing = (
        model.extra_query,
        model.extra_headers,
        {k: model.extra_body.get(k) for k in ("lora", "adapter")},
    )
    return (str(model.base_url), what, repr(routing))
