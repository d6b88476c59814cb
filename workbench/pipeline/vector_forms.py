"""The forms of vectors that models make of texts, dense and sparse: how rows are held, stacked and checked.
Knows nothing about where vectors come from, how they are stored or searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ProviderError
from workbench.providers.types import MOST_INDEXES, SparseVectors, Vectors
from workbench.space.model import Model


class HeldRows(Protocol):
    """Rows in memory."""

    array: NDArray[Any]
    """The rows: Vectors or SparseVectors."""

    def put(self, positions: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        """Set rows."""
        ...


class VectorForm(Protocol):
    """One form of vectors."""

    def rows(self, count: int, width: int) -> HeldRows:
        """Make so many rows of this width."""
        ...

    def width(self, vector: NDArray[np.float32]) -> int:
        """The dimensions of one vector, which are the same for all of a model."""
        ...

    def stack(self, vectors: Sequence[NDArray[np.float32]]) -> NDArray[Any]:
        """Vectors of one width, as rows."""
        ...

    def check(
        self, vectors: NDArray[Any], texts: Sequence[str], model: Model
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """(the vectors that a model returned for texts, as they are stored; which of them are usable).

        Raises ProviderError unless there is one row per text, and one usable vector at least.
        """
        ...


class MemoryRows:
    """Rows of an array in memory."""

    def __init__(self, rows: int, width: int) -> None:
        self.array: Vectors = np.empty((rows, width), dtype=np.float32)

    def put(self, positions: NDArray[np.int64], vectors: Vectors) -> None:
        """Set rows."""
        self.array[positions] = vectors


class SparseRows:
    """Sparse vectors in memory, each an array of its own."""

    def __init__(self, rows: int) -> None:
        self.array: SparseVectors = np.empty(rows, dtype=object)

    def put(self, positions: NDArray[np.int64], vectors: SparseVectors) -> None:
        """Set rows."""
        self.array[positions] = vectors


class DenseForm:
    """Vectors [n, d], rows of unit length."""

    def rows(self, count: int, width: int) -> MemoryRows:
        return MemoryRows(count, width)

    def width(self, vector: NDArray[np.float32]) -> int:
        return len(vector)

    def stack(self, vectors: Sequence[NDArray[np.float32]]) -> Vectors:
        return np.stack(vectors)

    def check(
        self, vectors: NDArray[Any], texts: Sequence[str], model: Model
    ) -> tuple[Vectors, NDArray[np.bool_]]:
        """Scales the rows to unit length; those that are finite and not zero are usable."""
        vectors = np.asarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise _of_other_shape(vectors, texts, model)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        usable = np.isfinite(vectors).all(axis=1) & (norms[:, 0] > 0)
        if not usable.any():
            raise ProviderError(
                f"{model.name} returned a vector that is zero or not finite.", kind="nonsense"
            )
        with np.errstate(invalid="ignore", divide="ignore"):
            unit: Vectors = vectors / norms
        return unit, usable


class SparseForm:
    """SparseVectors [n], as the model weighs them: their lengths mean something. A zero vector is usable."""

    def rows(self, count: int, width: int) -> SparseRows:
        return SparseRows(count)

    def width(self, vector: NDArray[np.float32]) -> int:
        return MOST_INDEXES

    def stack(self, vectors: Sequence[NDArray[np.float32]]) -> SparseVectors:
        stacked: SparseVectors = np.empty(len(vectors), dtype=object)
        for number, vector in enumerate(vectors):
            stacked[number] = vector
        return stacked

    def check(
        self, vectors: NDArray[Any], texts: Sequence[str], model: Model
    ) -> tuple[SparseVectors, NDArray[np.bool_]]:
        if vectors.ndim != 1 or len(vectors) != len(texts):
            raise _of_other_shape(vectors, texts, model)
        usable = np.array([bool(np.isfinite(vector).all()) for vector in vectors])
        if not usable.any():
            raise ProviderError(f"{model.name} returned a vector that is not finite.", kind="nonsense")
        return vectors, usable


DENSE, SPARSE = DenseForm(), SparseForm()


def form_of(model: Model) -> VectorForm:
    """The form of the vectors that a model makes."""
    return SPARSE if model.kind == "sparse_embedding" else DENSE


def _of_other_shape(vectors: NDArray[Any], texts: Sequence[str], model: Model) -> ProviderError:
    return ProviderError(
        f"{model.name} returned vectors of shape {vectors.shape} for {len(texts)} texts.", kind="nonsense"
    )
