"""The vector stores by the kind of index that they keep: the one place that knows which there are.
Knows nothing about how any of them works. Each is imported when it is first used.

Another store is one file like `chroma_server.py`, which does what `types.VectorStore` says, and a line here;
tests/pipeline/vector_stores then tests it as it does the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.pipeline.vector_stores.exact import ExactStore
from workbench.pipeline.vector_stores.types import VectorStore

if TYPE_CHECKING:
    from workbench.pipeline.caches import Caches

VectorIndexKind = Literal["exact", "chroma"]


def open_vector_store(kind: VectorIndexKind, caches: Caches) -> VectorStore:
    """Where indexes of this kind are kept: Chroma's on the server where there is one, else in the home."""
    if kind == "exact":
        return ExactStore()
    if caches.server is not None:
        from workbench.pipeline.vector_stores.chroma_server import ChromaServer

        return ChromaServer(caches.server)
    from workbench.pipeline.vector_stores.chroma_embedded import ChromaEmbedded

    return ChromaEmbedded(caches.indexes)
