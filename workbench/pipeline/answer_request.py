"""Builds the request for an answer from a question and its hits; the prompt is cut to the model's context.
Knows nothing about how passages were retrieved, or who sends the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.pipeline.chat_request import build_request
from workbench.pipeline.prompt_rendering import render_prompt
from workbench.pipeline.types import Hit
from workbench.providers.types import ChatRequest
from workbench.space.config import Config


@dataclass(frozen=True)
class AnswerRequest:
    """The request for one answer."""

    request: ChatRequest
    hits: tuple[Hit, ...]
    """The hits whose passages are in the prompt, best first."""
    flags: tuple[str, ...]
    """"passages_dropped" when the model's context had no room for all passages."""


def request_answer(config: Config, question: str, hits: Sequence[Hit], today: str) -> AnswerRequest:
    """The request that asks the configuration's model to answer the question from these hits.

    hits: already cut to top_k.
    today: the date that a prompt may name, as YYYY-MM-DD.

    Raises ProviderError (kind "context") when not even the prompt without passages fits the model's context.
    """
    model = config.model
    rendered = render_prompt(
        config.prompt,
        question,
        hits,
        today,
        context_window=model.context_window,
        max_tokens=model.max_tokens,
    )
    return AnswerRequest(build_request(model, rendered.messages), rendered.hits, rendered.flags)
