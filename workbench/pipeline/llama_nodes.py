"""A chunk as a node of LlamaIndex.
Knows nothing about what nodes are used for. Imported only when it is needed: it is slow."""

from __future__ import annotations

from typing import Any

from llama_index.core.schema import TextNode

from workbench.pipeline.types import Chunk


def to_node(chunk: Chunk, vector: list[float] | None = None) -> Any:
    """Its id is the chunk's, its text the chunk's text; the metadata are for the part to read, and change
    neither what is embedded nor what a model is shown.

    vector: of the chunk; None where the setting has no embedding.
    """
    metadata = {"document": chunk.document, "title": chunk.title, "page": chunk.page}
    return TextNode(
        id_=chunk.id,
        text=chunk.text,
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=list(metadata),
        start_char_idx=chunk.start,
        end_char_idx=chunk.end,
        embedding=vector,
    )
