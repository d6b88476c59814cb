"""Writes a request's body in the form that its server takes, and learns that form from its refusals.
Knows nothing about sending. Only what means the same is written otherwise: sampling settings stay."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.types import ChatRequest
from workbench.space.model import Model

_OF_STREAMING = re.compile(r"\bstream(?:ing|ed|s|_options)?\b|\bSSE\b|server-sent|event-stream", re.I)
_NOT_OFFERED = re.compile(r"support|allow|enabled|implement|available|disabled", re.I)
# OpenAI's newer models: "'system' is not supported; use 'developer' instead."
WANTS_DEVELOPER = re.compile(r"\bsystem\b.*\bdeveloper\b.{0,20}\binstead|\buse\b.{0,20}\bdeveloper\b", re.I)


@dataclass(frozen=True)
class RequestForm:
    """How one server wants requests to be written."""

    completion_tokens: bool = False
    """Whether the limit of the reply is named max_completion_tokens instead of max_tokens."""
    developer: bool = False
    """Whether the system message has the role "developer"."""
    streams: bool = True
    """Whether it can stream at all."""

    def learn_from(self, refusal: ProviderError, *, streaming: bool) -> RequestForm | None:
        """The form to ask again in after this refusal; None when it teaches nothing.

        streaming: whether the refused request was to be streamed.
        """
        words = refusal.message
        if "max_completion_tokens" in words and not self.completion_tokens:
            return replace(self, completion_tokens=True)
        if refusal.kind == "rejected" and WANTS_DEVELOPER.search(words) and not self.developer:
            return replace(self, developer=True)
        return replace(self, streams=False) if streaming and _refuses_to_stream(refusal) else None

    def body(self, model: Model, request: ChatRequest, *, stream: bool = False) -> dict[str, Any]:
        """The JSON of one request. A parameter that is None is left out."""
        limit = "max_completion_tokens" if self.completion_tokens else "max_tokens"
        named: dict[str, Any] = {
            "temperature": request.temperature,
            limit: request.max_tokens,
            "top_p": request.top_p,
            "seed": request.seed,
            "stop": list(request.stop) or None,
            "response_format": json.loads(request.response_format) if request.response_format else None,
            "stream": True if stream else None,
            "stream_options": {"include_usage": True} if stream else None,
        }
        named = {name: value for name, value in named.items() if value is not None}
        # What a request says by itself stands: extra_body must not override it.
        extra = {name: json.loads(text) for name, text in request.extra_body}
        roles = {"system": "developer"} if self.developer else {}
        messages = [{"role": roles.get(m.role, m.role), "content": m.content} for m in request.messages]
        return extra | {"model": model.model or "", "messages": messages} | named


def _refuses_to_stream(error: ProviderError) -> bool:
    """Whether a server says, in whatever words, that it cannot stream: in one piece, then."""
    if _OF_STREAMING.search(error.message) is None:
        return False
    # A fault of the server that only mentions the stream is a fault.
    return error.kind == "rejected" or (
        error.kind in ("server", "nonsense") and _NOT_OFFERED.search(error.message) is not None
    )
