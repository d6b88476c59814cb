"""Builds the exact request for a rendered prompt, and the key under which its reply is stored.
Knows nothing about sending it."""

from __future__ import annotations

from typing import Any

from workbench.fingerprint import canonical_json, fingerprint, once_per_object
from workbench.pipeline.fingerprints import model as model_fingerprint
from workbench.providers.types import ChatRequest, Message, RerankRequest
from workbench.space.model import Model
from workbench.space.system import SystemModel


def build_request(model: Model, messages: tuple[Message, ...], repeat: int = 0) -> ChatRequest:
    """The messages with the model's sampling settings; a parameter that is None is left out when it is
    sent. Each repeat has a seed of its own, so that repeats differ."""
    return ChatRequest(
        messages=messages,
        temperature=model.temperature,
        max_tokens=model.max_tokens,
        top_p=model.top_p,
        seed=None if model.seed is None else model.seed + repeat,
        stop=model.stop,
        extra_body=tuple(sorted((name, canonical_json(v)) for name, v in model.extra_body.items())),
    )


def _request_json(request: ChatRequest | RerankRequest) -> dict[str, Any]:
    if isinstance(request, RerankRequest):
        return {"query": request.query, "texts": list(request.texts)}
    content: dict[str, Any] = {
        "messages": [[m.role, m.content] for m in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.stop),
        "extra_body": [list(pair) for pair in request.extra_body],
    }
    if request.response_format is not None:  # only then: calls without one keep the keys they had
        content["response_format"] = request.response_format
    return content


def call_key(model: Model, request: ChatRequest | RerankRequest, repeat: int, kind: str) -> str:
    """The key of a call: equal for equal requests to the same model in the same repeat, whoever makes them.

    Price, limits, the variable of the API key and display names are not part of it.
    """
    state = model.state if isinstance(model, SystemModel) else []
    return fingerprint("call", kind, _identity(model), _request_json(request), repeat, *state)


@once_per_object
def _identity(model: Model) -> str:
    return model_fingerprint(model.model_copy(update={"context_window": None}))
