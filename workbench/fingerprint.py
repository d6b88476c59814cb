"""One way to hash settings and content, used for every stage, call and configuration.
Knows nothing about what is hashed: it takes JSON-able values."""

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
    """JSON text that is the same for equal values: sorted keys, no white space, no NaN (ValueError)."""
    return _ENCODER.encode(value)


def fingerprint(*parts: Any) -> str:
    """32 hex digits for these JSON-able parts, in order."""
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:32]


def fingerprint_each(*parts: Any, last: Iterable[Any]) -> list[str]:
    """`fingerprint(*parts, one)` for each one of `last`: what they share is hashed once."""
    shared = hashlib.sha256(canonical_json(parts)[:-1].encode())
    found = []
    for one in last:
        digest = shared.copy()
        digest.update(f",{canonical_json(one)}]".encode())
        found.append(digest.hexdigest()[:32])
    return found
