"""Every vector store, for the tests that all of them must pass.
Knows nothing about what is tested. Another store is one more case in `open_store_of`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbench.pipeline.vector_stores.chroma_embedded import ChromaEmbedded
from workbench.pipeline.vector_stores.chroma_server import ChromaServer
from workbench.pipeline.vector_stores.exact import ExactStore
from workbench.pipeline.vector_stores.types import VectorServer, VectorStore
from workbench.store.database import open_store
from workbench.store.sharing.builds import Builds

STORES = ("exact", "chroma", "chroma server")


def builds_in(folder: Path, empty_database: Path) -> Builds:
    """The builds of a store of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "workbench.db").exists():
        shutil.copy(empty_database, folder / "workbench.db")
    return Builds(open_store(folder / "workbench.db"))


def open_store_of(kind: str, folder: Path, request: pytest.FixtureRequest) -> VectorStore:
    """A store of this kind with its files, if any, in a folder."""
    if kind == "exact":
        return ExactStore()
    if kind == "chroma":
        return ChromaEmbedded(folder / "indexes")
    server = request.getfixturevalue("chroma_server")
    builds = builds_in(folder / "home", request.getfixturevalue("empty_database"))
    return ChromaServer(VectorServer(server.url, None, builds))
