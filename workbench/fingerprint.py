"""One way to hash settings and content, used for every stage, call and configuration.
Knows nothing about what is hashed: it takes JSON-able values."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: sorted keys, no white space, no NaN (ValueError)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(*parts: Any) -> str:
    """32 hex digits for these JSON-able parts, in order."""
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:32]
