"""Splits a text where neighbouring sentences are about different things, by their vectors.
Knows nothing about documents; sentences are encoded with the embedded encoder, whatever the embedding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.splitters.packing import Span, pack
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.providers.embedded.encoder import shared_encoder
from workbench.text import split_sentences


def split_by_meaning(
    text: str, chunk_tokens: int, chunk_overlap: int, *, percentile: float = 90
) -> list[Span]:
    """Chunks of neighbouring sentences that are about the same thing, up to `chunk_tokens` tokens.

    A break is where the cosine distance between the vectors of neighbouring sentences is among the largest of
    the text: above this percentile of all distances (Kamradt's "semantic chunking", 2023, with percentiles as
    in LlamaIndex). Chunks of different subjects do not overlap.
    """
    tokens = TokenOffsets.of(text)
    units = [(s.start, s.end) for s in split_sentences(text)]
    breaks = _breaks(text, units, percentile)
    chunks: list[Span] = []
    for first, last in zip([0, *breaks], [*breaks, len(units)], strict=True):
        chunks.extend(pack(text, tokens, units[first:last], chunk_tokens, chunk_overlap))
    return chunks


def _breaks(text: str, units: list[Span], percentile: float) -> list[int]:
    """The positions in `units` at which another subject begins."""
    if len(units) < 3:  # two sentences have one distance, which is no larger than the others
        return []
    distances = _distances(text, units)
    limit = float(np.percentile(distances, percentile))
    return [i + 1 for i, distance in enumerate(distances) if distance > limit]


def _distances(text: str, units: list[Span]) -> NDArray[np.float64]:
    """[len(units) - 1]: the cosine distance of the two sentences before each border to the two behind it.

    A single sentence often says too little to tell. Rounded, so that two machines whose vectors differ in the
    last digits break at the same places.
    """
    last = len(units) - 1
    pairs = [text[units[max(0, i - 1)][0] : units[min(last, i)][1]] for i in range(len(units) + 1)]
    vectors = shared_encoder().encode(pairs).astype(np.float64)
    cosines = np.sum(vectors[:-2] * vectors[2:], axis=1)
    rounded: NDArray[np.float64] = np.round(1 - cosines, 3)
    return rounded
