"""How Chroma's indexes are made, wherever they are kept. Knows nothing about where."""

from __future__ import annotations

from typing import Any

HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}


def hnsw_settings(count: int) -> dict[str, Any]:
    """The settings of an index of so many vectors. All of them go into its files at once: vectors left in
    Chroma's log would be indexed at each opening."""
    return HNSW | {"sync_threshold": count, "batch_size": min(100, count)}
