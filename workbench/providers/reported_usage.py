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
MOST_TOKENS = 100_000_000
"""No model reads or writes so many in one call: a larger number is no count, and must spend no budget."""


def read_usage(given: Any, request: ChatRequest, reply: SplitReply) -> tuple[Usage, tuple[str, ...]]:
    """(tokens, flags). What is not reported, or not as a count, is counted here and flagged as an estimate.

    given: the reply's `usage`. Where it does not say how many tokens were thinking, its text is counted.
    """
    own_input = sum(count(m.content) for m in request.messages)
    thinking = count(reply.thinking) if reply.thinking else 0
    written = thinking + count(reply.answer)
    report = given if isinstance(given, dict) else {}
    reported = read_count(report.get("prompt_tokens"))
    if reported is None:
        return Usage(own_input, written, reasoning=thinking, estimated=True), ("usage_estimated",)
    output = read_count(report.get("completion_tokens"))
    if output is not None:
        written = output
    reasoning = _detail(report, "completion_tokens_details", "reasoning_tokens") or thinking
    usage = Usage(
        input=reported,
        output=written,
        cached=min(_detail(report, "prompt_tokens_details", "cached_tokens"), reported),
        reasoning=min(reasoning, written),
        estimated=output is None,
    )
    off = abs(reported - own_input) > own_input * USAGE_TOLERANCE + USAGE_SLACK_TOKENS
    flags = {"usage_estimated": usage.estimated, "usage_disagrees": off}
    return usage, tuple(flag for flag, holds in flags.items() if holds)


def read_count(value: Any) -> int | None:
    """A number of tokens from a server, as 12 or 12.0; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_TOKENS:
        return None  # NaN and infinity are not within any bounds
    return int(value) if value == int(value) else None


def _detail(usage: dict[str, Any], group: str, name: str) -> int:
    details = usage.get(group)
    return read_count(details.get(name) if isinstance(details, dict) else None) or 0
