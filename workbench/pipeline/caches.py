"""Where the stages keep what they made, in the folders of one home.
Knows nothing about what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.settings import Settings, VectorIndexChoice


@dataclass(frozen=True)
class Caches:
    """All of it can be made again from the documents and the models."""

    folder: Path
    """Holds chunks and vectors."""
    indexes: Path
    """Holds one folder for each vector index that is stored, named by its fingerprint."""
    vector_index: VectorIndexChoice = "auto"
    """How vectors are searched: exactly, in Chroma, or as the number of chunks suggests."""

    @classmethod
    def of(cls, settings: Settings) -> Caches:
        return cls(settings.cache, settings.indexes, settings.vector_index)

    @property
    def chunks(self) -> Path:
        """A folder of JSON files, one for each document and chunking."""
        return self.folder / "chunks"

    @property
    def vectors(self) -> Path:
        """A SQLite file: see vector_cache.py."""
        return self.folder / "vectors.db"
