"""Lists what may be put before a chunk when it is embedded and searched.
Knows nothing about how a context is made: pipeline/ does, in one file per context."""

from __future__ import annotations

from pydantic import Field

from workbench.parts.part import ChunkContext, PartSettings


class WrittenSettings(PartSettings):
    document_tokens: int = Field(
        8_000,
        ge=200,
        le=1_000_000,
        description="Most tokens of the document that the model reads around a chunk",
    )


CHUNK_CONTEXTS = (
    ChunkContext(
        name="none",
        label="None",
        help="A chunk is embedded as it is. Keyword search reads the document's title, too.",
        function=None,
    ),
    ChunkContext(
        name="headings",
        label="Headings",
        help="The document's title and the headings above the chunk; without headings the title alone.",
        function="workbench.pipeline.heading_context:context_headings",
    ),
    ChunkContext(
        name="document",
        label="Title and summary",
        help="The document's title and its most central sentence, the same for all of its chunks.",
        function="workbench.pipeline.document_context:context_document",
    ),
    ChunkContext(
        name="written",
        label="Written by a model",
        help="`context_model` reads the document and writes a sentence or two for each chunk, once.",
        function="workbench.pipeline.written_context:context_written",
        settings=WrittenSettings,
        tokens_read=lambda settings: settings.document_tokens,
        calls=1,
    ),
)
DEFAULT_CONTEXT = "none"
