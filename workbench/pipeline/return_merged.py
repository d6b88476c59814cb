"""Returns a parent in place of its chunks where most of it was found (auto-merging).
Knows nothing about how chunks are found or joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from workbench.pipeline.corpus_texts import Texts
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Hit


def take_merged(hits: Sequence[Hit], texts: Texts, *, tokens: int = 512, share: float = 0.5) -> list[Span]:
    """For each hit its chunk, or the parent that holds most of it, widened to hold the chunk whole.

    tokens: the size of the parents.
    share: the share of a parent's characters that the hits must hold for it to be returned.
    """
    chunks = [hit.chunk for hit in hits]
    cuts = {chunk.document: texts.parents(chunk.document, tokens) for chunk in chunks}
    parents = [cuts[c.document].piece_of(c.start, c.end) for c in chunks]
    found: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for chunk, parent in zip(chunks, parents, strict=True):
        if parent is not None:
            found[chunk.document, parent].append((chunk.start, chunk.end))
    spans = []
    for chunk, parent in zip(chunks, parents, strict=True):
        span = (chunk.start, chunk.end)
        if parent is not None:
            whole = cuts[chunk.document].span(parent, parent)
            if _covered(whole, found[chunk.document, parent]) >= share:
                span = (min(span[0], whole[0]), max(span[1], whole[1]))
        spans.append(span)
    return spans


def _covered(whole: Span, spans: Sequence[Span]) -> float:
    """The share of the characters of `whole` that the spans hold, each counted once."""
    start, end = whole
    characters, reached = 0, start
    for first, last in sorted(spans):
        characters += max(0, min(last, end) - max(first, reached))
        reached = max(reached, min(last, end))
    return characters / (end - start)
