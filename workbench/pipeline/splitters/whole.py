"""Makes one chunk of a whole text, however long it is.
Knows nothing about sizes."""

from __future__ import annotations

from workbench.pipeline.splitters.packing import Span, strip


def keep_whole(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """The whole text as one chunk; none where there is only white space."""
    span = strip(text, 0, len(text))
    return [span] if span else []
