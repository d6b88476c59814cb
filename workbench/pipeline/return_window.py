"""Returns a chunk with its neighbours.
Knows nothing about how chunks are cut, found or joined."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.pipeline.corpus_texts import Texts
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Hit


def take_windows(hits: Sequence[Hit], texts: Texts, *, chunks: int = 1) -> list[Span]:
    """For each hit the span of its chunk and of so many chunks before and behind it in its document."""
    spans = []
    for chunk in (hit.chunk for hit in hits):
        cut = texts.chunks(chunk.document)
        number = cut.number_of(chunk.start, chunk.end)
        spans.append(
            (chunk.start, chunk.end) if number is None else cut.span(number - chunks, number + chunks)
        )
    return spans
