"""Dense indexes in Chroma: one folder a fingerprint, written once, then only read.
The one importer of chromadb. Knows nothing about questions or models."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import IndexBuildError
from workbench.pipeline.types import Chunk
from workbench.providers.types import Vectors

MARKER = "complete.json"
COLLECTION = "chunks"
BATCH = 2_000
SAMPLE = 64
LEAST_SELF_RECALL = 0.98
# Chroma keeps one client a path, and two threads that open or replace the same folder at the same moment (an
# experiment and the Playground, say) would get half-made ones.
_opening = threading.RLock()
HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}


class DenseIndex:
    """An open index. Positions are those of the chunks it was built from."""

    def __init__(self, collection: Any, count: int) -> None:
        self._collection = collection
        self.count = count

    def query(self, vectors: Vectors, n: int) -> list[list[tuple[int, float]]]:
        """For each row of vectors [q, d], up to n (chunk position, cosine), best first.

        Raises IndexBuildError when the folder was damaged after it was opened.
        """
        try:
            found = self._collection.query(
                query_embeddings=np.ascontiguousarray(vectors, dtype=np.float32),
                n_results=min(n, self.count),
                include=["distances"],
            )
        except Exception as error:  # chroma raises its own, sqlite's and Rust's errors alike
            raise IndexBuildError(f"The index cannot be searched: {error}.") from error
        return [
            sorted(
                ((int(i), 1.0 - float(d)) for i, d in zip(ids, distances, strict=True)),
                key=lambda hit: (-hit[1], hit[0]),
            )
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(folder), settings=Settings(anonymized_telemetry=False, is_persistent=True)
    )


def _digest(chunks: Sequence[Chunk]) -> str:
    return hashlib.sha256("\n".join(c.id for c in chunks).encode()).hexdigest()


def has_index(folder: Path, fingerprint: str) -> bool:
    """Whether a finished index is there; whether it is sound is seen when it is opened."""
    return (folder / fingerprint / MARKER).exists()


def open_index(
    folder: Path, fingerprint: str, chunks: Sequence[Chunk], vectors: Vectors
) -> DenseIndex | None:
    """The stored index of exactly these chunks, or None when it is missing, unfinished or damaged."""
    place = folder / fingerprint
    try:
        marker = json.loads((place / MARKER).read_text(encoding="utf-8"))
        if marker != {"count": len(chunks), "chunks": _digest(chunks)}:
            return None
        with _opening:
            collection = _client(place).get_collection(COLLECTION, embedding_function=None)
            if collection.count() != len(chunks):
                return None
            index = DenseIndex(collection, len(chunks))
            return index if _self_recall(index, vectors) >= LEAST_SELF_RECALL else None
    except Exception:  # whatever is wrong with a cache, the answer is to build it again
        return None


def _self_recall(index: DenseIndex, vectors: Vectors) -> float:
    """The share of a sample of vectors that the index finds under their own position (or an equal one's)."""
    step = max(1, len(vectors) // SAMPLE)
    positions = list(range(0, len(vectors), step))[:SAMPLE]
    found = index.query(vectors[positions], 1)
    right = sum(
        bool(hits) and float(vectors[hits[0][0]] @ vectors[p]) > 1 - 1e-4
        for p, hits in zip(positions, found, strict=True)
    )
    return right / len(positions)


def build_index(folder: Path, fingerprint: str, chunks: Sequence[Chunk], vectors: Vectors) -> DenseIndex:
    """Build and open an index of chunks with their vectors [n, d], replacing what lies there.

    Raises IndexBuildError: nothing to index, a full disk, an index that does not find its own vectors.
    """
    if not chunks or len(chunks) != len(vectors):
        raise IndexBuildError(f"{len(chunks)} chunks and {len(vectors)} vectors make no index.")
    place = folder / fingerprint
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder, prefix="building-"))
        _fill(scratch, chunks, vectors)
        # Last, so that a folder without it is known to be unfinished.
        marker = {"count": len(chunks), "chunks": _digest(chunks)}
        (scratch / MARKER).write_text(json.dumps(marker), encoding="utf-8")
        with _opening:
            _put_in_place(
                scratch, place, lambda: open_index(folder, fingerprint, chunks, vectors) is not None
            )
            index = open_index(folder, fingerprint, chunks, vectors)
    except OSError as error:
        raise IndexBuildError(
            f"The index in {folder} cannot be written: {error.strerror}.", hint="Free some disk space."
        ) from error
    if index is None:
        raise IndexBuildError(f"The index just built in {place} does not find its own vectors.")
    return index


def _put_in_place(scratch: Path, place: Path, is_sound: Callable[[], bool]) -> None:
    """Rename the finished folder to its place. Another process may have built the same meanwhile: a sound
    index that is there stays, anything else is replaced."""
    for _ in range(10):
        try:
            scratch.rename(place)
            _let_go(place)  # of what was here before, should another process have removed it
            return
        except OSError:
            if not place.exists():
                raise
        if is_sound():
            _discard(scratch)
            return
        _discard(place)
    raise IndexBuildError(
        f"Others keep replacing the index in {place}.", hint="Run one experiment at a time."
    )


def _fill(place: Path, chunks: Sequence[Chunk], vectors: Vectors) -> None:
    client = _client(place)
    # All of it in the index's files: what stays in Chroma's log, whoever opens the index indexes anew, and
    # writes files of free places while at it (see _clear_unused).
    whole = len(chunks)
    hnsw = HNSW | {"sync_threshold": whole, "batch_size": min(100, whole)}
    collection = client.create_collection(COLLECTION, configuration={"hnsw": hnsw}, embedding_function=None)
    for i in range(0, len(chunks), BATCH):
        part = range(i, min(i + BATCH, len(chunks)))
        collection.upsert(
            ids=[str(n) for n in part], embeddings=np.ascontiguousarray(vectors[part.start : part.stop])
        )
    # The folder moves: the client that wrote it must let go of it first.
    client._system.stop()
    _let_go(place)
    for header in place.rglob("header.bin"):
        _clear_unused(header)


def _clear_unused(header: Path) -> None:
    """Chroma writes the places it keeps free as they lay in memory, with whatever this process had there
    before: keys, documents. They become zeros. The header: version, then offset, places, used, bytes each."""
    _, _, _, used, each = struct.unpack_from("<i4Q", header.read_bytes())
    for name, size in (("data_level0.bin", each), ("length.bin", 4)):
        file = header.with_name(name)
        free = file.stat().st_size - used * size
        if free < 0:
            raise IndexBuildError(f"Chroma's files in {header.parent} are not laid out as expected.")
        with file.open("r+b") as out:
            out.seek(used * size)
            out.write(bytes(free))


def _let_go(place: Path) -> None:
    """Chroma keeps one client a path in this process, and would hand it out for another folder there."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_system.pop(str(place), None)


def _discard(place: Path) -> None:
    """Remove a folder; a client of this process that had it open must not be handed out again."""
    if place.exists():
        _let_go(place)
        shutil.rmtree(place, ignore_errors=True)
