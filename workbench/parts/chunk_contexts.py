"""Lists what may be put before a chunk when it is embedded and searched.
Knows nothing about how a context is made: pipeline/ does."""

from __future__ import annotations

from workbench.parts.part import ChunkContext

CHUNK_CONTEXTS = (
    ChunkContext(
        name="none",
        label="None",
        help="A chunk is embedded as it is. Keyword search reads the document's title, too.",
        function=None,
    ),
)
DEFAULT_CONTEXT = "none"
