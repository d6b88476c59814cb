"""Splits a text into chunks of whole sentences.
Knows nothing about sections, pages or documents."""

from __future__ import annotations

from workbench.pipeline.splitters.packing import Span, pack
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.text import split_sentences


def split_by_sentence(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """As many whole sentences per chunk as fit; a sentence that is too long is cut between tokens."""
    units = [(s.start, s.end) for s in split_sentences(text)]
    return pack(text, TokenOffsets.of(text), units, chunk_tokens, chunk_overlap)
