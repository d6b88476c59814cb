"""Returns the parent of a chunk, a larger piece of the document that the same splitter cuts.
Knows nothing about how chunks are found or joined."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.pipeline.corpus_texts import Texts
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Hit


def take_parents(hits: Sequence[Hit], texts: Texts, *, tokens: int = 512) -> list[Span]:
    """For each hit the parent that holds most of its chunk, widened where the chunk reaches beyond it.

    tokens: the size of the parents.
    """
    chunks = [hit.chunk for hit in hits]
    return [texts.parents(chunk.document, tokens).around(chunk.start, chunk.end) for chunk in chunks]
