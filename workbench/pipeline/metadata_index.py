"""Finds the documents and the rows of tables that meet a condition on metadata, and the chunks within them.
Knows nothing about questions, or where a condition comes from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.types import Document
from workbench.fingerprint import fingerprint
from workbench.input.conditions import BOUNDS, Condition, Scalar, condition_text, form_of, place_of
from workbench.lru_cache import LruCache
from workbench.pipeline.chunk_table import spans_by_document
from workbench.pipeline.types import Chunk

Allowed = NDArray[np.bool_]
"""Which pieces meet a condition, by their number."""
MOST_CONDITIONS = 64
"""How many conditions are remembered with what meets them."""


@dataclass(frozen=True)
class UsualValues:
    """What documents have under one key."""

    key: str
    values: tuple[Scalar, ...]
    """Distinct values, the most frequent first."""
    distinct: int
    """How many distinct values there are."""


@dataclass
class _Key:
    """What the pieces have under one key."""

    pieces: dict[str, list[int]]
    """Form of a value → the pieces that have it."""
    values: dict[str, Scalar]
    """Form of a value → the value as it was first written."""
    places: tuple[NDArray[Any], list[list[int]], NDArray[Any], list[list[int]]] | None = None
    """Numbers in order and the pieces of each, dates likewise; None until a range is asked for."""


class MetadataIndex:
    """The metadata of documents, piece by piece.

    A piece is a document, or a row of a table in one with the text that follows it up to the next row. A row
    has its own cells beside what is said of the whole document. Safe for threads.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._starts: dict[str, list[int]] = {}
        self._first: dict[str, int] = {}
        self._keys: dict[str, _Key] = {}
        self._allowed: LruCache[str, Allowed] = LruCache(MOST_CONDITIONS)
        self.count = 0
        for document in sorted(documents, key=lambda d: d.name):
            self._add(document)

    def _add(self, document: Document) -> None:
        rows = [
            (start, table.columns, cells)
            for table in document.record_tables
            for start, _, cells in table.rows
        ]
        starts = [start for start, _, _ in rows]
        before = 1 if not rows or starts[0] > 0 else 0
        self._starts[document.name] = [0] * before + starts
        self._first[document.name] = first = self.count
        self.count += before + len(rows)
        for key, value in document.metadata.items():
            self._note(key, value, range(first, self.count))
        for number, (_, columns, cells) in enumerate(rows, start=first + before):
            for column, cell in zip(columns, cells, strict=False):
                if column and cell:
                    self._note(column, cell, (number,))

    def _note(self, key: str, value: Any, pieces: Sequence[int]) -> None:
        known = self._keys.setdefault(key, _Key({}, {}))
        for one in value if isinstance(value, list) else [value]:
            form = form_of(one)
            known.values.setdefault(form, one)
            known.pieces.setdefault(form, []).extend(pieces)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that some document or row has."""
        return tuple(sorted(self._keys))

    def usual_values(self, most: int) -> Iterator[UsualValues]:
        """The keys in order, each with up to so many of its values."""
        for key in self.keys:
            known = self._keys[key]
            frequent = Counter({form: len(pieces) for form, pieces in known.pieces.items()})
            best = sorted(frequent.items(), key=lambda item: (-item[1], item[0]))[:most]
            yield UsualValues(key, tuple(known.values[form] for form, _ in best), len(known.values))

    def has_value(self, key: str, value: Scalar) -> bool:
        """Whether a document or row has this value under the key."""
        return key in self._keys and form_of(value) in self._keys[key].pieces

    @property
    def identity(self) -> str:
        """A hash of all metadata."""
        return fingerprint(
            "metadata",
            sorted(self._starts.items()),
            [[key, sorted(self._keys[key].pieces.items())] for key in self.keys],
        )

    def allowed(self, condition: Condition) -> Allowed:
        """The pieces that meet a condition. A key that a piece does not have is not met."""
        text = condition_text(condition)
        found = self._allowed.find(text)
        if found is None:
            found = np.ones(self.count, dtype=np.bool_)
            for key, wanted in condition.items():
                found &= self._meeting(key, wanted)
            self._allowed.keep(text, found)
        return found

    def _meeting(self, key: str, wanted: Any) -> Allowed:
        met = np.zeros(self.count, dtype=np.bool_)
        known = self._keys.get(key)
        if known is None:
            return met
        if isinstance(wanted, Mapping):
            for pieces in _within(known, wanted):
                met[pieces] = True
        else:
            for value in wanted if isinstance(wanted, list) else [wanted]:
                met[known.pieces.get(form_of(value), [])] = True
        return met

    def chunks_within(self, chunks: Sequence[Chunk]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each chunk the first piece in which it lies, and the one after the last."""
        first, end = np.zeros(len(chunks), dtype=np.int64), np.zeros(len(chunks), dtype=np.int64)
        for document, places, chunk_starts, chunk_ends in spans_by_document(chunks):
            begins, starts = self._first[document], self._starts[document]
            first[places] = begins + np.maximum(0, np.searchsorted(starts, chunk_starts, "right") - 1)
            end[places] = begins + np.maximum(1, np.searchsorted(starts, chunk_ends, "left"))
        return first, end


def key_of(allowed: Allowed) -> str:
    """What tells one set of pieces from another; empty when it holds all of them."""
    if allowed.all():
        return ""
    return hashlib.sha256(np.packbits(allowed).tobytes()).hexdigest()[:16]


def _within(known: _Key, bounds: Mapping[str, Scalar]) -> Iterator[list[int]]:
    """The pieces of each value within bounds."""
    if known.places is None:
        placed = [(place_of(value), form) for form, value in known.values.items()]
        numbers = sorted((p, known.pieces[form]) for p, form in placed if isinstance(p, float))
        dates = sorted((p, known.pieces[form]) for p, form in placed if isinstance(p, str))
        known.places = (
            np.array([p for p, _ in numbers]), [pieces for _, pieces in numbers],
            np.array([p for p, _ in dates], dtype="U10"), [pieces for _, pieces in dates],
        )  # fmt: skip
    low, high = (place_of(bounds[name]) if name in bounds else None for name in BOUNDS)
    are_dates = isinstance(low if low is not None else high, str)
    places, pieces = known.places[2:] if are_dates else known.places[:2]
    begin = 0 if low is None else int(np.searchsorted(places, low, side="left"))
    end = len(places) if high is None else int(np.searchsorted(places, high, side="right"))
    yield from pieces[begin:end]
