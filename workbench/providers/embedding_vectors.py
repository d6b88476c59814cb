"""Finds the vectors in an embedding server's reply, in all the forms that servers send them.
Knows nothing about requests or texts: a reply's JSON and the number of texts come in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.providers.types import Vectors

# OpenAI; Ollama's own interface, TEI and llama.cpp; Cohere, Google and others behind gateways.
NAMES = ("data", "embeddings", "embedding", "vectors", "vector", "predictions", "float", "values")


class WrongVectors(ValueError):
    """A reply without one vector for each text; the message says what it has instead."""


class WrongCount(WrongVectors):
    """There are more or fewer vectors than texts."""


def read_vectors(raw: Any, texts: int) -> Vectors:
    """[texts, dimensions], rows of unit length in the order of the texts.

    A text whose vector is missing, zero or not finite has a row of NaN: the others' are of use. Raises
    WrongVectors when there is no usable vector, or not one for each text.
    """
    rows = _rows_of(raw)
    if len(rows) == 1 and texts > 1 and _is_list_of_lists(rows[0]):
        rows = list(rows[0])  # one more list around all of them
    if len(rows) != texts:
        raise WrongCount(f"with {len(rows):,} vectors for {texts:,} texts")
    vectors = [_unit(_vector_of(row)) for row in rows]
    widths = sorted({len(vector) for vector in vectors if vector is not None})
    if not widths:
        raise WrongVectors("with vectors of length zero, or with values that are not numbers")
    if len(widths) > 1:
        raise WrongVectors(f"with vectors of {widths[0]:,} and of {widths[-1]:,} dimensions")
    missing = np.full(widths[0], np.nan, dtype=np.float32)
    return np.stack([missing if vector is None else vector for vector in vectors])


def _rows_of(raw: Any) -> list[Any]:
    """What the reply has for each text."""
    if isinstance(raw, dict):
        inner = _inner(raw)
        if inner is None and raw and all(name.isdecimal() for name in raw):
            inner = [raw[name] for name in sorted(raw, key=lambda name: (len(name), name))]
        if inner is None:
            raise WrongVectors("without vectors")
        return _rows_of(inner)
    if isinstance(raw, str) or (isinstance(raw, list) and raw and not isinstance(raw[0], list | dict | str)):
        return [raw]  # a vector by itself
    if isinstance(raw, list):
        return _in_order(raw)
    raise WrongVectors("without vectors")


def _inner(raw: dict[str, Any]) -> Any:
    return next((raw[name] for name in NAMES if raw.get(name) is not None), None)


def _in_order(rows: list[Any]) -> list[Any]:
    """By their index, where each has one of its own; else as they came."""
    indexes = [row.get("index") if isinstance(row, dict) else None for row in rows]
    if not all(isinstance(index, int) for index in indexes) or len(set(indexes)) < len(rows):
        return rows
    return [rows[position] for position in sorted(range(len(rows)), key=lambda p: indexes[p] or 0)]


def _vector_of(row: Any) -> NDArray[np.float32] | None:
    """One text's vector: a list, perhaps within lists or objects, or base64; None when there is none."""
    if isinstance(row, dict):
        return _vector_of(_inner(row))
    if isinstance(row, str):
        return _from_base64(row)
    if not isinstance(row, list) or not row:
        return None
    if isinstance(row[0], list | dict | str):
        if len(row) > 1 and isinstance(row[0], list):
            raise WrongVectors(
                "with a vector for each token: let the server pool them (llama.cpp: --pooling mean)"
            )
        return _vector_of(row[0])
    return _from_numbers(row)


def _from_numbers(values: Sequence[Any]) -> NDArray[np.float32] | None:
    try:
        with np.errstate(over="ignore"):
            vector = np.array(values, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        return None
    return vector if vector.ndim == 1 else None


def _from_base64(text: str) -> NDArray[np.float32] | None:
    """float32, little-endian, which some servers send whatever is asked for."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return np.frombuffer(data, dtype="<f4").astype(np.float32) if data and len(data) % 4 == 0 else None


def _unit(vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    if vector is None or not np.isfinite(vector).all():
        return None
    wide = vector.astype(np.float64)  # squares of large float32 values are infinite
    length = float(np.linalg.norm(wide))
    return (wide / length).astype(np.float32) if length > 0 else None


def _is_list_of_lists(row: Any) -> bool:
    return isinstance(row, list) and bool(row) and isinstance(row[0], list)
