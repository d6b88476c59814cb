"""Writes unit vectors as short texts and reads them again.
Knows nothing about what they are the vectors of."""

from __future__ import annotations

import base64

import numpy as np

from workbench.providers.types import Vectors

_SCALE = 127


def pack_vector(vector: Vectors) -> str:
    """A unit vector as base64, one signed byte per number; cosines stay right to about 0.005."""
    return base64.b64encode(
        np.round(vector * _SCALE).clip(-_SCALE, _SCALE).astype(np.int8).tobytes()
    ).decode()


def unpack_vector(packed: str) -> Vectors:
    """The unit vector of a text that `pack_vector` made. Raises ValueError for any other text."""
    vector = np.frombuffer(base64.b64decode(packed, validate=True), dtype=np.int8).astype(np.float32)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)
