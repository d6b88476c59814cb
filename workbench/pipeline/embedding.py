"""Vectors of texts, each text once a model: a cache by content, and filling what is missing.
Knows nothing about chunks, limits or money."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import ProviderError, StoreError
from workbench.providers.types import EmbeddingModel, Vectors

VERSION = 1
LOOKUP = 500


def text_key(identity: str, text: str) -> bytes:
    return hashlib.sha256(f"{VERSION}\0{identity}\0{text}".encode()).digest()[:20]


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken; a lock or a full disk passes, and costs nobody his vectors."""
    return any(words in str(error).lower() for words in ("malformed", "not a database", "corrupt"))


def _pack(vector: Vectors) -> bytes:
    """The vector's bytes and their checksum: SQLite has none, and a changed byte is a wrong ranking."""
    data = vector.tobytes()
    return data + zlib.crc32(data).to_bytes(4, "little")


def _unpack(blob: bytes) -> Vectors | None:
    data, checksum = blob[:-4], blob[-4:]
    if len(data) % 4 or zlib.crc32(data).to_bytes(4, "little") != checksum:
        return None
    return np.frombuffer(data, dtype=np.float32)


class VectorCache:
    """float32 vectors in a SQLite file of their own, safe for threads and processes.

    It can always be made again: a damaged file is put aside and a new one begun (`was_damaged`).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self.was_damaged = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise self._refused(error) from error
            self._begin_anew()
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

    def _refused(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"{self._path} cannot be used: {error}.", hint="Is the disk full, or the file locked?"
        )

    def _begin_anew(self) -> None:
        """Put the damaged file aside, where whoever paid for its vectors can look for them."""
        self.was_damaged = True
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{self._path}{suffix}").replace(f"{self._path}.damaged{suffix}")
        self._connection = self._open()

    def close(self) -> None:
        self._connection.close()

    def _rows(self, query: str, values: Sequence[bytes]) -> list[Any]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise self._refused(error) from error
                self._connection.close()
                self._begin_anew()
                return self._connection.execute(query, values).fetchall()

    def find(self, identity: str, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Stored vectors by text; one whose bytes have changed counts as missing."""
        keys = {text_key(identity, text): text for text in texts}
        found: dict[str, np.ndarray] = {}
        wanted = list(keys)
        for i in range(0, len(wanted), LOOKUP):
            part = wanted[i : i + LOOKUP]
            marks = ",".join("?" * len(part))
            for key, blob in self._rows(f"SELECT key, vector FROM vector WHERE key IN ({marks})", part):
                vector = _unpack(blob)
                if vector is not None:
                    found[keys[key]] = vector
        return found

    def count_stored(self, identity: str, texts: Iterable[str]) -> int:
        wanted = [text_key(identity, text) for text in set(texts)]
        total = 0
        for i in range(0, len(wanted), LOOKUP):
            part = wanted[i : i + LOOKUP]
            marks = ",".join("?" * len(part))
            total += int(self._rows(f"SELECT count(*) FROM vector WHERE key IN ({marks})", part)[0][0])
        return total

    def free(self, wanted: Set[bytes], *, dry_run: bool) -> tuple[int, int]:
        """Remove all vectors but those under these keys (see `text_key`); returns (how many, their bytes)."""
        rows = self._rows("SELECT key, length(vector) FROM vector", ())
        moot = [(key, size) for key, size in rows if key not in wanted]
        for i in range(0, 0 if dry_run else len(moot), LOOKUP):
            part = [key for key, _ in moot[i : i + LOOKUP]]
            self._rows(f"DELETE FROM vector WHERE key IN ({','.join('?' * len(part))})", part)
        return len(moot), sum(size for _, size in moot)

    def give_back_space(self) -> None:
        """Shrink the file by what is free in it; left for another time when somebody holds it."""
        with self._lock, suppress(sqlite3.OperationalError):
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def keep(self, identity: str, texts: Sequence[str], vectors: Vectors) -> None:
        rows = [
            (text_key(identity, text), _pack(vector.astype(np.float32)))
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
