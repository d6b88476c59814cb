"""Where the stages store their results: in one home, and vectors in a shared store, too.
Knows nothing about the contents of the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_stores.types import VectorServer
from workbench.settings import CHROMA_TOKEN, Settings, VectorIndexChoice, find_key
from workbench.store.database import Store
from workbench.store.sharing.builds import Builds
from workbench.store.sharing.shared_vectors import SharedVectors


@dataclass(frozen=True)
class Caches:
    """Folders of stored results. All of it can be recomputed from the documents and the models."""

    folder: Path
    """The folder of chunks and vectors."""
    indexes: Path
    """The folder of stored vector indexes: one subfolder per index, named by its fingerprint."""
    vector_index: VectorIndexChoice = "auto"
    """How vectors are searched: "exact", "chroma", or "auto", which decides by the number of chunks."""
    server: VectorServer | None = None
    """The Chroma server that keeps stored indexes instead of `indexes`; None without one."""

    shared_vectors: SharedVectors | None = None
    """Where the homes that share a store find each other's vectors; None where no other home does."""

    @classmethod
    def of(
        cls, settings: Settings, store: Store | None, raise_if_stopped: Callable[[], None] = lambda: None
    ) -> Caches:
        """The caches of the home that the settings name.

        store: says who builds which index, and may hold vectors; None without one, where no Chroma server is
            used.
        raise_if_stopped: called while somebody else's build is waited for; what it raises ends the wait.
        """
        server = shared = None
        if settings.chroma_url is not None and store is not None:
            builds = Builds(store, raise_if_stopped)
            server = VectorServer(settings.chroma_url, find_key(CHROMA_TOKEN), builds)
        if store is not None and store.is_shared:
            shared = SharedVectors(store)
        return cls(settings.cache, settings.indexes, settings.vector_index, server, shared)

    def open_vectors(self) -> VectorCache:
        """The vectors by text. Raises StoreError."""
        return VectorCache(self.vectors, self.shared_vectors)

    @property
    def chunks(self) -> Path:
        """A folder of JSON files, one per document and chunking."""
        return self.folder / "chunks"

    @property
    def contexts(self) -> Path:
        """A folder of JSON files, one per document, chunking and chunk context."""
        return self.folder / "contexts"

    @property
    def keywords(self) -> Path:
        """A folder of stored keyword indexes, one subfolder each: see keyword_files.py."""
        return self.folder / "keywords"

    @property
    def vector_files(self) -> Path:
        """A folder of vectors as files to be mapped, one subfolder each: see vector_files.py."""
        return self.folder / "vectors"

    @property
    def vectors(self) -> Path:
        """A SQLite file: see vector_cache.py."""
        return self.folder / "vectors.db"
