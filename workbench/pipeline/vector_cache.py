"""Stores vectors of texts in a SQLite file of their own, keyed by model and text; beside it in a store that
several homes share, where there is one. Knows nothing about where vectors come from or what they are for."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import StoreError
from workbench.files.private import make_private_file, make_private_folder
from workbench.providers.types import Vectors
from workbench.store.ledger import batched
from workbench.store.sharing.shared_vectors import KEYS_PER_QUERY, SharedVectors

VERSION = 1
"""Part of every key: raised when the stored form changes."""

PAGE_BYTES = 8_192
"""Of the file. Vectors of 384 dimensions fill such pages well."""


def text_key(identity: str, text: str) -> bytes:
    """The key of a text's vector. identity: the model's fingerprint."""
    return hashlib.sha256(f"{VERSION}\0{identity}\0{text}".encode()).digest()[:20]


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken. A lock or a full disk is not damage: the vectors are still there."""
    return any(words in str(error).lower() for words in ("malformed", "not a database", "corrupt"))


def _pack(vector: Vectors) -> bytes:
    """The vector's bytes and a checksum: SQLite has none, and a changed byte would give a wrong ranking."""
    data = vector.tobytes()
    return data + zlib.crc32(data).to_bytes(4, "little")


def _unpack(blob: bytes) -> Vectors | None:
    data, checksum = blob[:-4], blob[-4:]
    if len(data) % 4 or zlib.crc32(data).to_bytes(4, "little") != checksum:
        return None
    return np.frombuffer(data, dtype=np.float32)


def _sound(rows: Mapping[bytes, bytes]) -> dict[bytes, np.ndarray]:
    """The vectors of these rows, without those whose bytes have changed."""
    unpacked = ((key, _unpack(blob)) for key, blob in rows.items())
    return {key: vector for key, vector in unpacked if vector is not None}


class VectorCache:
    """float32 vectors in a SQLite file of their own, safe for threads and processes.

    The vectors can always be computed again: a damaged file is renamed and replaced by a new one. With a
    shared store, what the file lacks is looked up there and kept in the file; new vectors go to both.
    """

    def __init__(self, path: Path, shared: SharedVectors | None = None) -> None:
        """path: the file.  shared: where other homes find them, too; None where no other home does."""
        self._path = path
        self._shared = shared
        self._lock = threading.RLock()
        self.was_damaged = False
        """Whether a damaged file was replaced since the cache was opened."""
        try:
            make_private_folder(path.parent)
            make_private_file(path)
            self._connection = self._open()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise self._unusable(error) from error
            self._replace_damaged_file()
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be created: {error.strerror}.") from None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False, isolation_level=None)
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")  # of a new file
        connection.execute("PRAGMA journal_mode=WAL")
        # Vectors can be computed again, so losing the last ones in a power cut is acceptable.
        connection.execute("PRAGMA synchronous=NORMAL")
        # With row ids: rows are appended, and only the small index of keys is written all over. Files of
        # earlier versions have none; they work as well, in nearly three times the space.
        connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        connection.execute("SELECT count(*) FROM (SELECT 1 FROM vector LIMIT 1)").fetchone()
        return connection

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"{self._path} cannot be used: {error}.", hint="Is the disk full, or the file locked?"
        )

    def _replace_damaged_file(self) -> None:
        """Rename the damaged file, so that whoever paid for its vectors can recover them, and begin a new
        one."""
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
                    raise self._unusable(error) from error
                self._connection.close()
                self._replace_damaged_file()
                return self._connection.execute(query, values).fetchall()

    def find(self, identity: str, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Stored vectors by text; a vector whose bytes have changed counts as missing."""
        text_of = {text_key(identity, text): text for text in texts}
        return {text_of[key]: vector for key, vector in self.find_keys(list(text_of)).items()}

    def find_keys(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Stored vectors by the keys of their texts; a vector whose bytes have changed counts as missing."""
        stored = _sound(self._find_here(keys))
        if self._shared is not None and len(stored) < len(keys):
            elsewhere = self._shared.find([key for key in keys if key not in stored])
            sound = _sound(elsewhere)
            self._keep_here({key: elsewhere[key] for key in sound})
            stored |= sound
        return stored

    def _find_here(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        rows: dict[bytes, bytes] = {}
        for batch in batched(keys, KEYS_PER_QUERY):
            marks = ",".join("?" * len(batch))
            rows.update(self._rows(f"SELECT key, vector FROM vector WHERE key IN ({marks})", batch))
        return rows

    def count_keys(self, distinct: Set[bytes]) -> int:
        """How many of these keys have a stored vector."""
        return len(distinct) - len(self.find_missing(distinct))

    def find_missing(self, distinct: Set[bytes]) -> set[bytes]:
        """Those of these keys that have no stored vector."""
        missing = set(distinct)
        for batch in batched(distinct, KEYS_PER_QUERY):
            marks = ",".join("?" * len(batch))
            missing.difference_update(
                key for (key,) in self._rows(f"SELECT key FROM vector WHERE key IN ({marks})", batch)
            )
        return missing - self._shared.find_stored(list(missing)) if self._shared is not None else missing

    def share(self, keys: Iterable[bytes]) -> None:
        """Give the shared store those of these keys' vectors that only the file has. Raises StoreError."""
        if self._shared is None:
            return
        for batch in batched(keys, KEYS_PER_QUERY):
            stored = self._shared.find_stored(batch)
            only_here = self._find_here([key for key in batch if key not in stored])
            self._shared.keep({key: only_here[key] for key in _sound(only_here)})

    def free(self, used: Set[bytes], *, dry_run: bool) -> tuple[int, int]:
        """Remove all vectors except those in use. Returns (how many, their bytes).

        used: the keys to keep, see `text_key`.
        dry_run: only count.
        """
        rows = self._rows("SELECT key, length(vector) FROM vector", ())
        unused = [(key, size) for key, size in rows if key not in used]
        for batch in batched(() if dry_run else (key for key, _ in unused), KEYS_PER_QUERY):
            self._rows(f"DELETE FROM vector WHERE key IN ({','.join('?' * len(batch))})", batch)
        return len(unused), sum(size for _, size in unused)

    def give_back_space(self) -> None:
        """Shrink the file by its free pages. Does nothing while another connection uses it."""
        with self._lock, suppress(sqlite3.OperationalError):
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def keep(self, identity: str, texts: Sequence[str], vectors: NDArray[Any]) -> None:
        """Store the texts' Vectors [n, d] or SparseVectors [n]. Raises StoreError when they cannot be
        written."""
        rows = {
            text_key(identity, text): _pack(vector.astype(np.float32))
            for text, vector in zip(texts, vectors, strict=True)
        }
        self._keep_here(rows)
        if self._shared is not None:
            self._shared.keep(rows)

    def _keep_here(self, rows: Mapping[bytes, bytes]) -> None:
        if not rows:
            return
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows.items())
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise StoreError(f"{self._path} cannot be written: {error}.") from error
