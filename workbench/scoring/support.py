"""Says from when on a claim counts as supported, and below what it is marked as unsupported.
Knows nothing about how support is estimated. Every page, export and comparison uses these limits."""

from __future__ import annotations

from typing import Literal

SupportState = Literal["supported", "unclear", "unsupported"]

# A claim with at least this support counts as supported.
SUPPORTED = 0.5
# A claim with less is marked as unsupported. How often a mark is right, by data set: docs/grounding.md.
UNSUPPORTED = 0.25


def support_state(support: float) -> SupportState:
    """Return what a claim's support in [0, 1] is called."""
    if support >= SUPPORTED:
        return "supported"
    return "unclear" if support >= UNSUPPORTED else "unsupported"
