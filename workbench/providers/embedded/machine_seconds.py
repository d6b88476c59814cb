"""The seconds of a machine that embedded models are charged for: by tokens, so the same for the same work.
Knows nothing about prices. `benchmarks machine_time` measures the figures, on a machine of two cores.

By the clock, the same work cost three times as much on a busy machine as on an idle one.
"""

from __future__ import annotations

ENCODER_SECONDS_PER_MILLION = 30.0
"""Seconds per million tokens that the encoder embeds."""
ANSWERER_SECONDS_PER_MILLION = 2.0
"""Seconds per million tokens of prompts that the answerer reads."""


def encoding_seconds(tokens: int) -> float:
    """Of embedding texts of so many tokens in all."""
    return ENCODER_SECONDS_PER_MILLION * tokens / 1_000_000


def answering_seconds(tokens: int) -> float:
    """Of answering a prompt of so many tokens."""
    return ANSWERER_SECONDS_PER_MILLION * tokens / 1_000_000
