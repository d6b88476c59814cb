"""Vectors of texts, each text once a model: a cache by content, and filling what is missing.
Knows nothing about chunks, limits or money."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from workbench.errors import ProviderError, StoreError
from workbench.providers.types import EmbeddingModel, Vectors

VERSION = 1
LOOKUP = 500


def text_key(identity: str, text: str) -> bytes:
    return hashlib.sha256(f"{VERSION}\0{identity}\0{text}".encode()).digest()[:20]


class VectorCache:
    """float32 vectors in a SQLite file of their own, safe for threads and processes.

    It can always be made again: a damaged file is put aside and a new one begun (`was_damaged`).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.was_damaged = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
        except sqlite3.DatabaseError:
            self.was_damaged = True
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
            self._connection = self._open()
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be made: {error.strerror}.") from None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        # Vectors can be computed again, so a power cut may cost the last ones.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )
        connection.execute("SELECT count(*) FROM (SELECT 1 FROM vector LIMIT 1)").fetchone()
        return connection

    def close(self) -> None:
        self._connection.close()

    def find(self, identity: str, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Stored vectors by text."""
        keys = {text_key(identity, text): text for text in texts}
        found: dict[str, np.ndarray] = {}
        wanted = list(keys)
        for i in range(0, len(wanted), LOOKUP):
            part = wanted[i : i + LOOKUP]
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._connection.execute(
                    f"SELECT key, vector FROM vector WHERE key IN ({marks})", part
                ).fetchall()
            for key, blob in rows:
                found[keys[key]] = np.frombuffer(blob, dtype=np.float32)
        return found

    def count_stored(self, identity: str, texts: Iterable[str]) -> int:
        wanted = [text_key(identity, text) for text in set(texts)]
        total = 0
        for i in range(0, len(wanted), LOOKUP):
            part = wanted[i : i + LOOKUP]
            marks = ",".join("?" * len(part))
            with self._lock:
                query = f"SELECT count(*) FROM vector WHERE key IN ({marks})"
                total += int(self._connection.execute(query, part).fetchone()[0])
        return total

    def keep(self, identity: str, texts: Sequence[str], vectors: Vectors) -> None:
        rows = [
            (text_key(identity, text), vector.astype(np.float32).tobytes())
            for text, vector in zip(texts, vectors, strict=True)
        ]
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise StoreError(f"{self._path} cannot be written: {error}.") from error


def _checked(vectors: Vectors, texts: int, dimensions: int | None) -> Vectors:
    """A server's vectors made sure of: one a text, of one width, finite, of unit length."""
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != texts or (dimensions and vectors.shape[1] != dimensions):
        raise ProviderError(
            f"The embedding model returned vectors of shape {vectors.shape} for {texts} texts.",
            kind="nonsense",
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or (norms == 0).any():
        raise ProviderError("The embedding model returned vectors that are not numbers.", kind="nonsense")
    unit: Vectors = vectors / norms
    return unit


async def embed_texts(
    model: EmbeddingModel,
    identity: str,
    texts: Sequence[str],
    cache: VectorCache,
    *,
    batch_size: int = 64,
    on_batch: Callable[[int], None] | None = None,
) -> Vectors:
    """Unit vectors [n, d] in the order of the texts; only distinct texts that are not stored are embedded.

    Each batch is stored before the next, so an interruption repeats one batch at most. on_batch gets the
    number of texts of each. Raises ProviderError.
    """
    known = cache.find(identity, texts)
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    width = len(next(iter(known.values()))) if known else None
    for i in range(0, len(missing), batch_size):
        batch = missing[i : i + batch_size]
        reply = await model.embed(batch)
        vectors = _checked(reply.vectors, len(batch), width)
        width = vectors.shape[1]
        cache.keep(identity, batch, vectors)
        known.update(zip(batch, vectors, strict=True))
        if on_batch:
            on_batch(len(batch))
    if not texts:
        return np.zeros((0, width or 0), dtype=np.float32)
    return np.stack([known[text] for text in texts])
