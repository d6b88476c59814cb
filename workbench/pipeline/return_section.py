"""Returns the section in which a chunk stands.
Knows nothing about how headings are read, or how chunks are found or joined."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.pipeline.corpus_texts import Texts
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Hit


def take_sections(hits: Sequence[Hit], texts: Texts, *, tokens: int = 1024) -> list[Span]:
    """For each hit the section that holds most of its chunk, widened where the chunk reaches beyond it.

    tokens: the most of a section. Of a longer one, or of a document without headings, it is the piece around
        the chunk as the splitter cuts it.
    """
    chunks = [hit.chunk for hit in hits]
    return [texts.sections(chunk.document, tokens).around(chunk.start, chunk.end) for chunk in chunks]
