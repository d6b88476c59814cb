"""Asks a system behind an address: a POST of the question as JSON brings answer and passages as JSON.
Knows nothing about retries, limits or money: one request, one reply or one ProviderError."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from workbench.errors import ProviderError
from workbench.providers.connection import Connection
from workbench.providers.failures import explain_error_body, find_error_body
from workbench.providers.system_reply import read_reply
from workbench.providers.trust import ONLY_WELL_KNOWN, Trust
from workbench.providers.types import ChatReply, ChatRequest, OnText
from workbench.space.system import HISTORY, QUESTION, SystemModel

# What is advised where the advice about models does not fit.
HINTS = {
    "no_model": "Correct its url.",
    "nonsense": "A system replies with JSON: docs/systems.md shows it.",
    "refused": "Start it, or correct its url.",
}


class HttpSystem:
    """One system behind an address."""

    def __init__(self, model: SystemModel, trust: Trust = ONLY_WELL_KNOWN) -> None:
        assert model.system.url is not None
        self._system, self._url = model.system, model.system.url
        self._model = model
        self._connection = Connection(model, trust)

    @property
    def identity(self) -> str:
        return json.dumps(self._system.content)

    async def complete(self, request: ChatRequest, *, on_text: OnText | None = None) -> ChatReply:
        started = time.perf_counter()
        try:
            raw = await self._connection.post(self._url, fill_body(self._system.body, request))
            self._raise_error(raw)
        except ProviderError as error:
            raise _about_system(error, self._model) from None
        seconds = time.perf_counter() - started
        return read_reply(raw, self._system, request, seconds, self._connection.keys)

    def _raise_error(self, raw: Any) -> None:
        """An error that came with status 200 is none where the map still finds an answer beside it."""
        error = find_error_body(raw)
        if error is not None and not (isinstance(raw, Mapping) and isinstance(raw.get("answer"), str)):
            raise explain_error_body(error, self._model, self._connection.key)

    async def close(self) -> None:
        await self._connection.close()


def fill_body(body: Mapping[str, JsonValue], request: ChatRequest) -> dict[str, Any]:
    """A system's body with the question and the earlier turns in their places."""
    *earlier, last = request.messages
    history = [{"role": turn.role, "content": turn.content} for turn in earlier]

    def fill(value: JsonValue) -> Any:
        if isinstance(value, dict):
            return {name: fill(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [fill(inner) for inner in value]
        if value == HISTORY:
            return history
        return value.replace(QUESTION, last.content) if isinstance(value, str) else value

    return {name: fill(value) for name, value in body.items()}


def _about_system(error: ProviderError, model: SystemModel) -> ProviderError:
    """The same failure, in words about a system instead of a model."""
    if error.kind == "no_model":
        error.message = f"{model.base_url} is not found there (404)."
    elif error.kind == "key":
        variables = " and ".join(model.key_variables)
        error.hint = f"Check {variables}." if variables else "Name the variable of its value in headers_env."
    elif error.kind == "rejected" and "redirects to" in error.message:
        error.hint = "Write the address that answers in url."
    error.hint = HINTS.get(error.kind, error.hint)
    return error
