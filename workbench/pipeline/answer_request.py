"""Builds the request for an answer from a question and its hits; the prompt is cut to the model's context.
Knows nothing about how passages were retrieved, or who sends the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile

from workbench.corpus.conversation import alternating
from workbench.corpus.types import AskedQuestion, History, Turn
from workbench.errors import ProviderError
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.examples import NO_EXAMPLES, ExamplePool
from workbench.pipeline.prompt_rendering import (
    WHOLE,
    PromptRoom,
    count_prompt_tokens,
    render_prompt,
)
from workbench.pipeline.types import Hit
from workbench.providers.context_limit import read_limit
from workbench.providers.types import ChatRequest
from workbench.space.config import Config

AFTER_REFUSAL = "asked_again_shorter"
"""The flag of an answer whose first prompt the server refused as longer than its context."""
# What is kept of the passages of a prompt that was refused without numbers.
LESS = 0.75


@dataclass(frozen=True)
class AnswerRequest:
    """The request for one answer."""

    request: ChatRequest
    hits: tuple[Hit, ...]
    """The hits whose passages are in the prompt, best first."""
    flags: tuple[str, ...]
    """"examples_dropped", "turns_dropped" and "passages_dropped" when the model's context had no room for all
    of them, with AFTER_REFUSAL when the server said so."""
    examples: int = 0
    """How many examples are in the prompt."""


def request_answer(
    config: Config,
    question: str | AskedQuestion,
    hits: Sequence[Hit],
    today: str,
    *,
    repeat: int = 0,
    room: PromptRoom | None = None,
    pool: ExamplePool = NO_EXAMPLES,
) -> AnswerRequest:
    """The request that asks the configuration's model to answer the question from these hits.

    hits: already cut to top_k.
    today: the date that a prompt may name, as YYYY-MM-DD.
    repeat: each has a seed of its own, where the model has one.
    room: how long the prompt may be; None means the model's declared context.
    pool: what the prompt's examples are taken from.

    Raises ProviderError (kind "context") when not even the prompt without passages fits the model's context.
    """
    model, asked = config.model, AskedQuestion.of(question)
    room = PromptRoom(model.context_window) if room is None else room
    rendered = render_prompt(
        config.prompt,
        asked.text,
        hits,
        today,
        history=asked.history,
        examples=pool.for_prompt(config, asked),
        context_window=room.window,
        max_tokens=model.max_tokens,
        ratio=room.ratio,
    )
    request = build_request(model, rendered.messages, repeat)
    return AnswerRequest(request, rendered.hits, rendered.flags, rendered.examples)


def request_shorter_answer(
    config: Config,
    question: str | AskedQuestion,
    refused: AnswerRequest,
    today: str,
    refusal: str,
    *,
    repeat: int = 0,
) -> AnswerRequest | None:
    """The request to send instead of one that the server refused as too long: without examples, with fewer
    passages and turns.

    refused: the request that was sent.
    refusal: the server's words. Where they name the prompt's tokens and the limit, as many passages are
        dropped as that takes, else about a quarter; at least one. Of the earlier turns likewise.

    It depends on nothing else, so the same refusal always leads to the same request. Returns None when there
    is nothing left to drop, or dropping all would not be enough.
    """
    asked = AskedQuestion.of(question)
    said = _turns_of(refused)
    if not refused.hits and not said:
        return None
    limit = read_limit(refusal)
    hits, room = refused.hits[: int(LESS * len(refused.hits))], WHOLE
    turns = said[len(said) - int(LESS * len(said)) :]
    if limit.prompt is not None and limit.window is not None:
        counted = sum(count_prompt_tokens(m.content) for m in refused.request.messages)
        hits, room = refused.hits[:-1], PromptRoom(limit.window, limit.prompt / max(1, counted))
        turns = said if refused.hits else ()
    less = AskedQuestion(asked.text, tuple(dropwhile(lambda turn: turn.role == "assistant", turns)))
    try:
        made = request_answer(config, less, hits, today, repeat=repeat, room=room)
    except ProviderError:  # not even without passages
        return None
    dropped = {
        "examples_dropped": refused.examples > 0,
        "turns_dropped": len(_turns_of(made)) < len(alternating(asked.history)),
        "passages_dropped": len(made.hits) < len(refused.hits),
    }
    return replace(made, flags=(*(flag for flag, is_so in dropped.items() if is_so), AFTER_REFUSAL))


def _turns_of(made: AnswerRequest) -> History:
    """The earlier turns that a request holds: all messages but the system's and the last."""
    return tuple(Turn(m.role, m.content) for m in made.request.messages[:-1] if m.role != "system")
