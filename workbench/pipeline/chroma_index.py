"""Approximate nearest-neighbour indexes in Chroma: one folder per fingerprint, written once, then only read.
Knows nothing about questions or models, or when an approximate index is worth building."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from workbench.errors import IndexBuildError
from workbench.files.private import make_private_folder
from workbench.pipeline.chroma_writing import COLLECTION, open_client, write_in_child_process
from workbench.pipeline.types import Chunk
from workbench.providers.types import Vectors

MARKER = "complete.json"
LOCK = "building.lock"

SAMPLE = 64
"""How many vectors are looked up to check an index that was opened."""

LEAST_SELF_RECALL = 0.98
"""The share of them that a sound index finds."""

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


def _digest(chunks: Sequence[Chunk], contexts: Sequence[str]) -> str:
    """Of what was indexed. A model may write other contexts for the same chunks under the same settings."""
    digest = hashlib.sha256()
    for number, text in enumerate(chain((chunk.id for chunk in chunks), contexts)):
        digest.update(f"\n{text}".encode() if number else text.encode())
    return digest.hexdigest()


def has_index(folder: Path, fingerprint: str) -> bool:
    """Whether there is a finished index; whether it is sound is checked only when it is opened."""
    return (folder / fingerprint / MARKER).exists()


def open_index(
    folder: Path, fingerprint: str, chunks: Sequence[Chunk], vectors: Vectors, contexts: Sequence[str] = ()
) -> ChromaIndex | None:
    """The stored index of exactly these chunks with these contexts, or None when it is missing, unfinished or
    damaged."""
    index_folder = folder / fingerprint
    try:
        marker = json.loads((index_folder / MARKER).read_text(encoding="utf-8"))
        if (marker["count"], marker["chunks"]) != (len(chunks), _digest(chunks, contexts)):
            return None
        index = ChromaIndex(index_folder / marker["folder"], len(chunks))
        sound = index.holds(len(chunks)) and _self_recall(index, vectors) >= LEAST_SELF_RECALL
        return index if sound else None
    except Exception:  # whatever is wrong with a cache, the remedy is to build it again
        return None


def _self_recall(index: ChromaIndex, vectors: Vectors) -> float:
    """The share of a sample of vectors that the index finds under their own position (or an equal one's)."""
    step = max(1, len(vectors) // SAMPLE)
    positions = list(range(0, len(vectors), step))[:SAMPLE]
    rankings = index.query(vectors[positions], 1)
    right = sum(
        bool(hits) and float(vectors[hits[0][0]] @ vectors[p]) > 1 - 1e-4
        for p, hits in zip(positions, rankings, strict=True)
    )
    return right / len(positions)


def build_index(
    folder: Path, fingerprint: str, chunks: Sequence[Chunk], vectors: Vectors, contexts: Sequence[str] = ()
) -> ChromaIndex:
    """Build and open an index of chunks with their vectors [n, d]. A sound index that is already stored
    stays.

    When several processes need the same index, the first one builds it and the others wait. Raises
    IndexBuildError when there is nothing to index, the disk is full, or the new index does not find its own
    vectors.
    """
    if not chunks or len(chunks) != len(vectors):
        raise IndexBuildError(
            f"An index needs one vector per chunk: there are {len(chunks)} chunks and {len(vectors)} vectors."
        )
    index_folder = folder / fingerprint
    try:
        make_private_folder(index_folder)
        with FileLock(index_folder / LOCK):
            index = open_index(folder, fingerprint, chunks, vectors, contexts)
            if index is None:
                _write(index_folder, chunks, vectors, contexts)
                index = open_index(folder, fingerprint, chunks, vectors, contexts)
    except OSError as error:
        raise IndexBuildError(
            f"The index in {folder} cannot be written: {error.strerror}.", hint="Free some disk space."
        ) from error
    if index is None:
        raise IndexBuildError(f"The index just built in {index_folder} does not find its own vectors.")
    return index


def _write(index_folder: Path, chunks: Sequence[Chunk], vectors: Vectors, contexts: Sequence[str]) -> None:
    """Write an index into a subfolder with a new name: Chroma caches open folders by name, and under the old
    name would go on reading the old files."""
    scratch = Path(tempfile.mkdtemp(dir=index_folder.parent, prefix="building-"))
    try:
        write_in_child_process(scratch, vectors)
        index_folder.mkdir(exist_ok=True)  # `clean` may have removed it meanwhile
        _clear(index_folder)
        scratch.rename(index_folder / scratch.name)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    # Written last, so that a folder without a marker is known to be unfinished.
    marker = {"count": len(chunks), "chunks": _digest(chunks, contexts), "folder": scratch.name}
    (index_folder / MARKER).write_text(json.dumps(marker), encoding="utf-8")


def _clear(index_folder: Path) -> None:
    """Remove an index that is damaged or holds other chunks. The marker goes first."""
    (index_folder / MARKER).unlink(missing_ok=True)
    for path in index_folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOCK:
            path.unlink()
