"""Reads the tokens of a reply as its server reports them, or counts them here.
Knows nothing about prices."""

from __future__ import annotations

from typing import Any

from workbench.providers.token_counts import count
from workbench.providers.types import ChatRequest, Usage
from workbench.replies.thinking import SplitReply

# Servers count chat markup and have other tokenizers. Beyond this, below: the prompt was probably cut.
USAGE_TOLERANCE = 0.2
USAGE_SLACK_TOKENS = 24


def read_usage(given: Any, request: ChatRequest, reply: SplitReply) -> tuple[Usage, tuple[str, ...]]:
    """(tokens, flags). Without a report they are counted here, which is flagged as an estimate.

    given: the reply's `usage`. Where it does not say how many tokens were thinking, its text is counted.
    """
    own_input = sum(count(m.content) for m in request.messages)
    thinking = count(reply.thinking) if reply.thinking else 0
    written = thinking + count(reply.answer)
    if not isinstance(given, dict) or not is_count(given.get("prompt_tokens")):
        return Usage(own_input, written, reasoning=thinking, estimated=True), ("usage_estimated",)
    reported = int(given["prompt_tokens"])
    output = given.get("completion_tokens")
    written = int(output) if output is not None and is_count(output) else written
    usage = Usage(
        input=reported,
        output=written,
        cached=_detail(given, "prompt_tokens_details", "cached_tokens"),
        reasoning=_detail(given, "completion_tokens_details", "reasoning_tokens") or min(thinking, written),
    )
    off = abs(reported - own_input) > own_input * USAGE_TOLERANCE + USAGE_SLACK_TOKENS
    return usage, ("usage_disagrees",) if off else ()


def is_count(value: Any) -> bool:
    """Whether a value from a server is a number of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _detail(usage: dict[str, Any], group: str, name: str) -> int:
    value = (usage.get(group) or {}).get(name) if isinstance(usage.get(group), dict) else None
    return int(value) if is_count(value) and value is not None else 0
