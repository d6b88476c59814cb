"""Reads a chat completion into text, thinking and tokens, or says what is wrong with it.
Knows nothing about requests over HTTP: a reply's JSON comes in."""

from __future__ import annotations

import json
from typing import Any

from workbench.errors import ProviderError
from workbench.providers.chat_message import MessageReader
from workbench.providers.failures import redact
from workbench.providers.reported_usage import read_usage
from workbench.providers.types import ChatReply, ChatRequest, Usage
from workbench.replies.repetition import repeats_itself
from workbench.replies.thinking import SplitReply
from workbench.space.model import Model


def read_chat_reply(
    raw: Any, request: ChatRequest, model: Model, key: str | None, seconds: float
) -> ChatReply:
    """The reply in a chat completion. Raises ProviderError for one without an answer.

    seconds: how long the call took.
    """
    try:
        choice = raw["choices"][0]
        message = MessageReader()
        message.add(choice["message"])
        finish = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        shown = redact(json.dumps(raw), key)[:200]
        billed = read_billed(raw.get("usage"), request) if isinstance(raw, dict) else None
        raise ProviderError(
            f"{model.base_url} replied, but not as a chat model does: {shown}", kind="nonsense",
            retryable=True, billed=billed, seconds=seconds,
        ) from None  # fmt: skip
    split = message.split()
    usage, flags = read_usage(raw.get("usage"), request, split)
    flags = (*flags, *_flags_of(split, cut=finish == "length"))
    if not split.answer.strip():
        raise _explain_empty(split, raw, usage, flags, request, model, seconds)
    return ChatReply(
        text=split.answer,
        thinking=split.thinking,
        usage=usage,
        seconds=seconds,
        compute_seconds=seconds,  # an hourly price is charged on the time the call took
        finish_reason=finish if isinstance(finish, str) else None,
        flags=flags,
        served_model=raw.get("model") if isinstance(raw.get("model"), str) else None,
    )


def _explain_empty(
    split: SplitReply,
    raw: dict[str, Any],
    usage: Usage,
    flags: tuple[str, ...],
    request: ChatRequest,
    model: Model,
    seconds: float,
) -> ProviderError:
    """The error for a reply without an answer: whether it was thinking, and whether it was cut."""
    cut = "cut_at_max_tokens" in flags  # by the same limit again, were it asked again
    finish = raw["choices"][0].get("finish_reason")
    if split.thinking or usage.reasoning:
        what = f"gave no answer: all of its reply was thinking ({usage.reasoning:,} tokens)"
        flags = (*flags, "only_thinking")
    else:
        what = "gave an empty answer"
    limit = f" of {request.max_tokens:,}" if request.max_tokens else ""
    why = f", cut at max_tokens{limit}" if cut else f" (finish_reason {finish!r})" if finish else ""
    return ProviderError(
        f"{model.name} {what}{why}.", kind="empty", retryable=not cut,
        hint="Raise max_tokens on the model, so that it can finish thinking and answer." if cut else None,
        billed=usage if split.thinking or isinstance(raw.get("usage"), dict) else None, seconds=seconds,
        flags=(*flags, "empty"),
    )  # fmt: skip


def read_billed(given: Any, request: ChatRequest) -> Usage | None:
    """What a useless reply cost, where the server says so. given: the reply's `usage`."""
    return read_usage(given, request, SplitReply(""))[0] if isinstance(given, dict) else None


def _flags_of(split: SplitReply, *, cut: bool) -> tuple[str, ...]:
    """What is wrong with a reply's text, as codes that are stored with it."""
    found = {
        "cut_at_max_tokens": cut,
        "repeats_itself": repeats_itself(split.answer) or repeats_itself(split.thinking),
        "template_marks": split.has_template_marks,
    }
    return tuple(flag for flag, holds in found.items() if holds)
