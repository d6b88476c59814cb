"""Hashes settings and content; every stage, call and configuration uses this one hash.
Knows nothing about what the values mean: anything that JSON can hold will do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

Hashed = TypeVar("Hashed")
Result = TypeVar("Result")
MOST_REMEMBERED = 512


def once_per_object(work: Callable[[Hashed], Result]) -> Callable[[Hashed], Result]:
    """`work`, done once for each object. For frozen objects that hold what cannot be hashed, such as models:
    they are told apart by identity, and kept alive so that no other object gets the same."""
    remembered: dict[int, tuple[Hashed, Result]] = {}

    @wraps(work)
    def remember(thing: Hashed) -> Result:
        entry = remembered.get(id(thing))
        if entry is None:
            if len(remembered) >= MOST_REMEMBERED:
                remembered.clear()
            entry = remembered[id(thing)] = (thing, work(thing))
        return entry[1]

    return remember


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: sorted keys, no white space. Raises ValueError for NaN."""
    return _ENCODER.encode(value)


def fingerprint(*parts: Any) -> str:
    """The hash of these parts in this order, as 32 hexadecimal digits."""
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:32]


def fingerprint_each(*parts: Any, last: Iterable[Any]) -> list[str]:
    """`fingerprint(*parts, value)` for each value of `last`, faster because `parts` is hashed only once."""
    shared = hashlib.sha256(canonical_json(parts)[:-1].encode())
    digests = []
    for value in last:
        digest = shared.copy()
        digest.update(f",{canonical_json(value)}]".encode())
        digests.append(digest.hexdigest()[:32])
    return digests
