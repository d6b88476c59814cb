"""Makes chunk contexts of the headings above each chunk.
Knows nothing about embedding or searching."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from workbench.corpus.types import Document
from workbench.pipeline.section_titles import SectionTitles
from workbench.pipeline.stage_context import ContextWriting
from workbench.pipeline.types import Chunk


async def context_headings(document: Document, chunks: Sequence[Chunk], _: ContextWriting) -> list[str]:
    """For each chunk the document's title and the headings above it; without headings the title."""
    return await asyncio.to_thread(_heading_paths, document, chunks)


def _heading_paths(document: Document, chunks: Sequence[Chunk]) -> list[str]:
    titles = SectionTitles(document)
    return [titles.of(chunk.start, chunk.end) for chunk in chunks]
