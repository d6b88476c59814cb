"""Cuts the texts that a model embeds into parts, so that several processes can embed them at the same time.
Knows nothing about processes. A text's part depends on the text alone, so that all cut alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from workbench.pipeline.vector_cache import text_key
from workbench.providers.types import Vectors
from workbench.space.model import Model


class Part(NamedTuple):
    """One of several parts of the texts."""

    number: int
    """From 0."""
    of: int
    """How many parts there are."""


@dataclass(frozen=True)
class Unembedded:
    """The texts of one corpus that a model has yet to embed."""

    key: str
    """The key of the index that their vectors are for."""
    distinct: int
    """How many different texts the corpus has."""
    missing: frozenset[bytes]
    """The keys of those without a stored vector."""

    def count_in_parts(self, parts: int) -> Counter[Part]:
        """How many of them are in each part, without the parts that have none."""
        numbers = numbers_of(list(self.missing)) % np.uint64(parts)
        return Counter(Part(int(number), parts) for number in numbers)


def keys_of(texts: Sequence[str], identity: str, model: Model) -> list[bytes]:
    """The keys of the vectors that the texts of documents have or get, one each.

    identity: the model's fingerprint (`fingerprints.vectors`).
    """
    return [text_key(identity, model.document_prefix + text) for text in texts]


def numbers_of(keys: Sequence[bytes]) -> NDArray[np.uint64]:
    """What decides in which part each text is: a number [n] from its key."""
    return np.frombuffer(b"".join(key[:8] for key in keys), dtype=">u8").astype(np.uint64)


class TextsOfPart(Sequence[str]):
    """The texts of one part. Equal texts are in the same part."""

    def __init__(self, texts: Sequence[str], numbers: NDArray[np.uint64], part: Part) -> None:
        """numbers: one for each text, see `numbers_of`."""
        self._texts = texts
        self._places = np.flatnonzero(numbers % np.uint64(part.of) == part.number)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self._texts[n] for n in self._places[place].tolist()]
        return self._texts[int(self._places[place])]


class NoRows:
    """Rows of vectors that are only to be stored by text."""

    def __init__(self, rows: int, width: int) -> None:
        pass

    def put(self, positions: NDArray[np.int64], vectors: Vectors) -> None:
        """Do nothing."""
