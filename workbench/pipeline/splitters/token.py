"""Splits a text into windows of a fixed number of tokens.
Knows nothing about what the text says."""

from __future__ import annotations

from workbench.pipeline.splitters.packing import Span, strip
from workbench.pipeline.token_offsets import TokenOffsets


def split_by_token(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """Windows of `chunk_tokens` tokens (the last may be shorter) that overlap by `chunk_overlap` tokens."""
    tokens = TokenOffsets.of(text)
    total = len(tokens.starts)
    chunks = []
    for first in range(0, total, chunk_tokens - chunk_overlap):
        last = min(first + chunk_tokens, total)
        span = strip(text, tokens.starts[first], tokens.ends[last - 1])
        if span:
            chunks.append(span)
        if last == total:
            break
    return chunks
