"""Keeps vectors of texts in the store, for all homes that share it: a text is embedded once for all of them.
Knows nothing about models, nor what is in a vector: to it, keys and vectors are bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session

from workbench.store import clock
from workbench.store.database import Store
from workbench.store.dialects.inserts import put
from workbench.store.ledger import batched
from workbench.store.sharing.tables import SharedVectorRow
from workbench.store.tables import sql_table

KEYS_PER_QUERY = 500
KEPT_SECONDS = 30 * 86_400.0
"""Younger vectors are not freed: whoever cleans up sees the texts of one home, and others use them, too."""

_VECTOR = sql_table(SharedVectorRow)


class SharedVectors:
    """The vectors of one store. Safe for threads and processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Stored vectors by their keys."""
        return {row.key: row.vector for row in self._rows(keys, _VECTOR.c.key, _VECTOR.c.vector)}

    def find_stored(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of these keys that have a vector."""
        return {row.key for row in self._rows(keys, _VECTOR.c.key)}

    def _rows(self, keys: Sequence[bytes], *columns: Any) -> Iterator[Any]:
        for part in batched(keys, KEYS_PER_QUERY):
            wanted = select(*columns).where(_VECTOR.c.key.in_(part))
            yield from self._store.query(lambda session, wanted=wanted: session.execute(wanted).all())  # type: ignore[misc]

    def keep(self, vectors: Mapping[bytes, bytes]) -> None:
        """Store vectors by their keys; one that is there is written over, since it may be damaged. Raises
        StoreError."""

        def work(session: Session) -> None:
            now = clock.shared_seconds(session)
            rows = [{"key": key, "vector": vector, "kept_at": now} for key, vector in vectors.items()]
            put(session, _VECTOR, rows)

        self._store.transact(work, shared=True)

    def free(self, used: Set[bytes], *, dry_run: bool) -> tuple[int, int]:
        """Remove vectors that are not in use and older than KEPT_SECONDS. Returns (how many, their bytes).

        used: the keys to keep.
        dry_run: only count.
        """
        with self._store.read() as session:
            is_old = _VECTOR.c.kept_at < clock.shared_seconds(session) - KEPT_SECONDS
            sizes = select(_VECTOR.c.key, func.length(_VECTOR.c.vector)).where(is_old)
            unused = {key: size for key, size in session.execute(sizes) if key not in used}
        for part in () if dry_run else batched(sorted(unused), KEYS_PER_QUERY):
            with self._store.write(shared=True) as session:
                session.execute(delete(_VECTOR).where(_VECTOR.c.key.in_(part)))
        return len(unused), sum(unused.values())
