"""Puts the vectors of texts into the rows of one array as they are found or arrive: in memory, or in a file.
Knows nothing about models. Texts are read a block at a time; equal texts are embedded once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.vector_cache import VectorCache, text_key
from workbench.pipeline.vector_forms import VectorForm

LOOKED_UP = 2_000
"""Texts that are in memory at once while their vectors are looked up."""


class Rows(Protocol):
    """The rows of an array that is being filled."""

    def put(self, positions: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        """Set rows: Vectors or SparseVectors. Safe for threads. Raises StoreError when they cannot be
        written."""
        ...


NewRows = Callable[[int, int], Rows]
"""Makes the rows of so many texts and dimensions."""


class TextRows:
    """The rows of some texts' vectors, and which texts have none yet. Safe for threads."""

    def __init__(self, count: int, new_rows: NewRows, form: VectorForm) -> None:
        """count: how many texts there are.  new_rows: makes the rows, once their width is known.
        form: of the vectors."""
        self.missing = array("q")
        """The positions of the distinct texts that are not stored, each where it first stands."""
        self.width: int | None = None
        """The dimensions of the vectors; None as long as there is none."""
        self.found = 0
        """How many distinct texts were stored."""
        self._count = count
        self._new_rows = new_rows
        self._form = form
        self._rows: Rows | None = None
        self._again: dict[int, list[int]] = {}
        self._lock = Lock()

    def put(self, positions: Sequence[int] | NDArray[np.int64], vectors: NDArray[Any]) -> None:
        """Set the rows of these texts and of those that equal them. Raises StoreError."""
        with self._lock:
            if self._rows is None:
                self.width = self._form.width(vectors[0])
                self._rows = self._new_rows(self._count, self.width)
        repeats = [
            (n, other) for n, position in enumerate(positions) for other in self._again.get(position, ())
        ]
        self._rows.put(np.asarray(positions, dtype=np.int64), vectors)
        if repeats:
            self._rows.put(np.array([other for _, other in repeats]), vectors[[n for n, _ in repeats]])

    def look_up(
        self,
        cache: VectorCache | None,
        identity: str,
        texts: Sequence[str],
        check: Callable[[int, int], None],
    ) -> None:
        """Set the rows of the texts whose vectors are stored, and note which are missing.

        cache: None where nothing that is stored counts.
        identity: the model's fingerprint.
        check: raises an error when the width of a vector (first) is not the earlier one's (second).
        """
        firsts: dict[bytes, int] = {}  # of texts that are missing
        stored_keys = [np.zeros(0, dtype="V16")]
        for start in range(0, len(texts), LOOKED_UP):
            places: dict[bytes, list[int]] = {}
            for position, text in enumerate(texts[start : start + LOOKED_UP], start):
                places.setdefault(text_key(identity, text), []).append(position)
            stored = cache.find_keys([key for key in places if key not in firsts]) if cache else {}
            self._put_stored(places, stored, check)
            stored_keys.append(np.array([key[:16] for key in stored], dtype="V16"))
            for key, positions in places.items():
                if key not in stored:
                    first = firsts.setdefault(key, positions[0])
                    if first == positions[0]:
                        self.missing.append(first)
                        positions = positions[1:]
                    if positions:
                        self._again.setdefault(first, []).extend(positions)
        self.found = len(np.unique(np.concatenate(stored_keys)))

    def look_up_again(
        self,
        cache: VectorCache,
        identity: str,
        texts: Sequence[str],
        positions: Sequence[int],
        check: Callable[[int, int], None],
    ) -> set[int]:
        """Set the rows of those of these missing texts whose vectors are stored by now. Returns their
        positions. See `look_up`."""
        places = {text_key(identity, texts[position]): [position] for position in positions}
        stored = cache.find_keys(list(places))
        self._put_stored(places, stored, check)
        return {places[key][0] for key in stored}

    def _put_stored(
        self,
        places: Mapping[bytes, Sequence[int]],
        stored: Mapping[bytes, NDArray[np.float32]],
        check: Callable[[int, int], None],
    ) -> None:
        if not stored:
            return
        width = self.width or self._form.width(next(iter(stored.values())))
        for vector in stored.values():
            check(self._form.width(vector), width)
        pairs = sorted((position, key) for key in stored for position in places[key])
        self.put([position for position, _ in pairs], self._form.stack([stored[key] for _, key in pairs]))
