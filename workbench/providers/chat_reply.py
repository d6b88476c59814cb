"""Judges a chat completion: a reply with text, thinking and tokens, or what it is instead, in words.
Knows nothing about requests over HTTP or how a completion came."""

from __future__ import annotations

from workbench.errors import ProviderError
from workbench.providers.chat_completion import MOST_CHARACTERS, Completion
from workbench.providers.failures import redact
from workbench.providers.reported_usage import read_usage
from workbench.providers.types import ChatReply, ChatRequest, Usage
from workbench.replies.repetition import repeats_itself
from workbench.replies.thinking import SplitReply
from workbench.space.model import Model

# What servers call the reasons why a reply ended: OpenAI's names, Google's and Anthropic's behind gateways.
CUT = ("length", "max_tokens")
FILTERED = ("content_filter", "safety", "recitation", "prohibited_content", "blocklist", "spii", "sensitive")
LONGEST_REFUSAL = 200


def judge_completion(
    completion: Completion, request: ChatRequest, model: Model, key: str | None, seconds: float
) -> ChatReply:
    """The reply in a completion. Raises ProviderError for one without an answer; what it cost is with it.

    seconds: how long the call took.
    """
    if not completion.has_choice:
        # Azure sends no choices when its filter stopped the prompt: asked again, it would do the same.
        shown = redact(completion.excerpt, key) or "it sent no message"
        raise _failure(completion, request, model, seconds, f"{model.base_url} replied, but not as a chat "
                       f"model does: {shown}")  # fmt: skip
    if completion.is_too_long:
        raise _failure(completion, request, model, seconds, f"{model.name} wrote more than the "
                       f"{MOST_CHARACTERS:,} characters that a reply may have.")  # fmt: skip
    split = completion.message.split()
    usage, flags = read_usage(completion.usage, request, split)
    finish = completion.finish_reason
    flags = (*flags, *_flags_of(split, completion))
    if not split.answer.strip():
        error = _explain_empty(split, completion, usage, flags, request, model, key)
        error.seconds = seconds
        raise error
    return ChatReply(
        text=split.answer,
        thinking=split.thinking,
        usage=usage,
        seconds=seconds,
        compute_seconds=seconds,  # an hourly price is charged on the time the call took
        finish_reason=finish,
        flags=flags,
        served_model=completion.served_model,
        passages=tuple(passage for passage in completion.citations if passage is not None),
    )


def read_billed(completion: Completion, request: ChatRequest) -> Usage | None:
    """What a useless reply cost: as the server says, or by the text that had come; None without either."""
    if completion.usage is None and completion.message.is_blank:
        return None
    text = completion.message.raw_text
    return read_usage(completion.usage, request, SplitReply(text, completion.message.raw_thinking))[0]


def _failure(
    completion: Completion, request: ChatRequest, model: Model, seconds: float, message: str
) -> ProviderError:
    billed = read_billed(completion, request)
    return ProviderError(message, kind="nonsense", billed=billed, seconds=seconds)


def _explain_empty(
    split: SplitReply,
    completion: Completion,
    usage: Usage,
    flags: tuple[str, ...],
    request: ChatRequest,
    model: Model,
    key: str | None,
) -> ProviderError:
    """The error for a reply without an answer. Only one that is empty for no reason is asked for again."""
    finish, message, hint = completion.finish_reason, completion.message, None
    retryable = False
    if message.refusal:
        what = f"refused to answer: {redact(message.refusal, key)[:LONGEST_REFUSAL]}"
        flags = (*flags, "model_refused")
    elif "content_filter" in flags:
        what = "gave no answer: a content filter of its server stopped it"
        hint = "The filter is set up with the server or its provider."
    elif message.tools or "tool_calls" in flags:
        named = f" ({', '.join(message.tools)[:LONGEST_REFUSAL]})" if message.tools else ""
        what = f"called a tool{named} instead of answering"
        hint = "Serve it without tools, or set tool_choice: none in its extra_body."
    elif split.thinking or usage.reasoning:
        what = f"gave no answer: all of its reply was thinking ({usage.reasoning:,} tokens)"
        flags = (*flags, "only_thinking")
    else:
        what = "gave an empty answer"
        retryable = True
    if "cut_at_max_tokens" in flags:  # by the same limit again, were it asked again
        retryable = False
        what += (
            f", cut at max_tokens of {request.max_tokens:,}" if request.max_tokens else ", cut at max_tokens"
        )
        hint = "Raise max_tokens on the model, so that it can finish thinking and answer."
    elif retryable and finish:
        what += f" (finish_reason {redact(finish, key)[:40]!r})"
    is_billed = split.thinking or message.refusal or message.tools or completion.usage is not None
    return ProviderError(
        f"{model.name} {what}.", kind="empty", retryable=retryable, hint=hint,
        billed=usage if is_billed else None, flags=(*flags, "empty"),
    )  # fmt: skip


def _flags_of(split: SplitReply, completion: Completion) -> tuple[str, ...]:
    """What is unusual about a reply, as codes that are stored with it."""
    finish = (completion.finish_reason or "").lower()
    found = {
        "cut_at_max_tokens": finish in CUT,
        "content_filter": finish in FILTERED,
        "tool_calls": bool(completion.message.tools) or finish in ("tool_calls", "function_call", "tool_use"),
        "repeats_itself": repeats_itself(split.answer) or repeats_itself(split.thinking),
        "template_marks": split.has_template_marks,
    }
    return tuple(flag for flag, holds in found.items() if holds)
