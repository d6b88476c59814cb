"""Where the stages store their results in one home.
Knows nothing about the contents of the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.pipeline.vector_stores.types import Builds, VectorServer
from workbench.settings import Settings, VectorIndexChoice, find_key

CHROMA_TOKEN = "WORKBENCH_CHROMA_TOKEN"
"""The variable of the token that a Chroma server wants."""


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

    @classmethod
    def of(cls, settings: Settings, builds: Builds | None) -> Caches:
        """The caches of the home that the settings name.

        builds: who builds which index; None without a store, where no Chroma server is used.
        """
        server = None
        if settings.chroma_url is not None and builds is not None:
            server = VectorServer(settings.chroma_url, find_key(CHROMA_TOKEN), builds)
        return cls(settings.cache, settings.indexes, settings.vector_index, server)

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
