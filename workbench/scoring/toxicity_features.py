"""Turns a normalised text into hashed features: pieces of words (2 to 5 characters), words, pairs of words.
Knows nothing about toxicity or about weights."""

from __future__ import annotations

import re
import zlib

import numpy as np
from numpy.typing import NDArray

# Raise it when the same text gets other features: a model's weights fit one version only.
VERSION = 1
SIZE = 2**18
"""The number of buckets; unrelated features that fall into one share its weight."""
LENGTHS = (2, 3, 4, 5)
"""Characters in a piece of a word."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SPACE = np.uint64(32)


def extract_features(text: str) -> NDArray[np.int64]:
    """Return the distinct buckets of a text's features, in ascending order; none for a text without words."""
    words = _WORD.findall(text)
    if not words:
        return np.empty(0, np.int64)
    named = [zlib.crc32(word.encode()) for word in (f"w {word}" for word in words)]
    named += [
        zlib.crc32(f"p {first} {second}".encode()) for first, second in zip(words, words[1:], strict=False)
    ]
    buckets = [np.array(named, np.int64) % SIZE, *_pieces(f" {' '.join(words)} ")]
    return np.unique(np.concatenate(buckets))


def _pieces(text: str) -> list[NDArray[np.int64]]:
    """The buckets of all pieces of a text that do not reach across a space, for each length."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    spaces = codes == _SPACE
    # How many spaces come before each position: a space may only be a piece's first or last character.
    before = np.concatenate(([0], np.cumsum(spaces)))
    hashed = np.zeros(len(codes), np.uint64)
    found = []
    for length in range(1, LENGTHS[-1] + 1):
        count = len(codes) - length + 1
        if count <= 0:
            break
        hashed = (hashed[:count] * _MULTIPLIER) ^ (codes[length - 1 :] + np.uint64(length))
        if length in LENGTHS:
            inside = before[length - 1 : length - 1 + count] - before[1 : 1 + count] == 0
            mixed = (hashed[inside] * _MULTIPLIER) >> np.uint64(46)
            found.append(mixed.astype(np.int64))
    return found
