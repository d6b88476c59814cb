"""Approximate indexes in Chroma on this machine: one folder per fingerprint, written once, then only read.
Knows nothing about questions or models, or when an approximate index is worth building."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from workbench.errors import IndexBuildError
from workbench.files.private import make_private_folder
from workbench.pipeline.vector_stores.chroma_writing import (
    COLLECTION,
    open_client,
    write_in_child_process,
)
from workbench.pipeline.vector_stores.self_recall import finds_itself
from workbench.pipeline.vector_stores.types import IndexContent
from workbench.providers.types import Vectors

MARKER = "complete.json"
LOCK = "building.lock"

# Chroma counts the clients of a folder without locking the count.
_clients = threading.RLock()


class ChromaIndex:
    """An open index. A position is the index of a chunk in the list it was built from."""

    def __init__(self, folder: Path, count: int) -> None:
        with _clients:
            client = open_client(folder)
            weakref.finalize(self, _close, client)
            self._collection = client.get_collection(COLLECTION, embedding_function=None)
        self.count = count

    def holds(self, count: int) -> bool:
        """Whether the stored collection has exactly this many vectors."""
        return bool(self._collection.count() == count)

    def query(self, vectors: Vectors, n: int) -> list[list[tuple[int, float]]]:
        """For each row of vectors [q, d], up to n (chunk position, cosine), best first.

        Raises IndexBuildError when the folder was damaged after it was opened.
        """
        try:
            results = self._collection.query(
                query_embeddings=np.ascontiguousarray(vectors, dtype=np.float32),
                n_results=min(n, self.count),
                include=["distances"],
            )
        except Exception as error:  # chroma raises errors of its own, of sqlite and of Rust
            raise IndexBuildError(f"The index cannot be searched: {error}.") from error
        return [
            sorted(
                ((int(i), 1.0 - float(d)) for i, d in zip(ids, distances, strict=True)),
                key=lambda hit: (-hit[1], hit[0]),
            )
            for ids, distances in zip(results["ids"], results["distances"], strict=True)
        ]


def _close(client: Any) -> None:
    with _clients:
        client.close()


class ChromaEmbedded:
    """The indexes of one home."""

    def __init__(self, folder: Path) -> None:
        """folder: gets one subfolder per index, named by its key."""
        self._folder = folder

    def has(self, key: str) -> bool:
        """Whether there is a finished index; whether it is sound is checked only when it is opened."""
        return (self._folder / key / MARKER).exists()

    def open(self, content: IndexContent) -> ChromaIndex | None:
        """The stored index of exactly this content, or None when it is missing, unfinished or damaged."""
        folder, count = self._folder / content.key, len(content.chunks)
        try:
            marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
            if (marker["count"], marker["chunks"]) != (count, content.digest):
                return None
            index = ChromaIndex(folder / marker["folder"], count)
            return index if index.holds(count) and finds_itself(index, content.vectors) else None
        except Exception:  # whatever is wrong with a cache, the remedy is to build it again
            return None

    def build(self, content: IndexContent) -> ChromaIndex:
        """Build and open an index. A sound one that is already stored stays.

        When several processes need the same index, the first one builds it and the others wait. Raises
        IndexBuildError when there is nothing to index, the disk is full, or the new index does not find its
        own vectors.
        """
        content.require_vectors()
        folder = self._folder / content.key
        try:
            make_private_folder(folder)
            with FileLock(folder / LOCK):
                index = self.open(content)
                if index is None:
                    _write(folder, content)
                    index = self.open(content)
        except OSError as error:
            raise IndexBuildError(
                f"The index in {self._folder} cannot be written: {error.strerror}.",
                hint="Free some disk space.",
            ) from error
        if index is None:
            raise IndexBuildError(f"The index just built in {folder} does not find its own vectors.")
        return index


def _write(index_folder: Path, content: IndexContent) -> None:
    """Write an index into a subfolder with a new name: Chroma caches open folders by name, and under the old
    name would go on reading the old files."""
    scratch = Path(tempfile.mkdtemp(dir=index_folder.parent, prefix="building-"))
    try:
        write_in_child_process(scratch, content.vectors)
        index_folder.mkdir(exist_ok=True)  # `clean` may have removed it meanwhile
        _clear(index_folder)
        scratch.rename(index_folder / scratch.name)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    # Written last, so that a folder without a marker is known to be unfinished.
    marker = {"count": len(content.chunks), "chunks": content.digest, "folder": scratch.name}
    (index_folder / MARKER).write_text(json.dumps(marker), encoding="utf-8")


def _clear(index_folder: Path) -> None:
    """Remove an index that is damaged or holds other chunks. The marker goes first."""
    (index_folder / MARKER).unlink(missing_ok=True)
    for path in index_folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOCK:
            path.unlink()
