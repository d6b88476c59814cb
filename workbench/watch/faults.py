"""Says what is wrong with a request: by what the list of requests is filtered, and why one is taken over.
Knows nothing about pages and commands, which all use these names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from workbench.scoring.support import SUPPORTED
from workbench.store.records import Rating
from workbench.store.serving.records import NOVELTY, ServedRequest

MOST_TAKEN = 500
"""The most requests that are taken over at once."""
FAR = 0.95
"""A question whose score `novelty` is higher is far from those of the sweep."""
Fault = Literal["ungrounded", "disliked", "novel", "declined", "failed"]
FAULTS: Mapping[Fault, Mapping[str, Any]] = {
    "ungrounded": {"below": ("grounding", SUPPORTED)},
    "disliked": {"liked": -1},
    "novel": {"above": (NOVELTY, FAR)},
    "declined": {"refused": True, "state": "ok"},
    "failed": {"state": "failed"},
}
"""Fault → the fields of RequestFilter that find its requests."""
TAKEN: tuple[Fault, ...] = ("disliked", "ungrounded", "novel", "declined")
"""The faults for which a request is worth a question, the one that says most first."""
USUAL: tuple[Fault, ...] = ("disliked", "ungrounded", "novel")
"""The faults whose requests are taken over where none is named."""


def why_taken(request: ServedRequest, thumbs: Iterable[Rating]) -> str:
    """The first fault that a request has, "chosen" for one without any."""
    values = {score.name: score.value for score in request.scores if score.value is not None}
    has = {
        "disliked": any(rating.value < 0 for rating in thumbs),
        "ungrounded": values.get("grounding", 1.0) < SUPPORTED,
        "novel": values.get(NOVELTY, 0.0) > FAR,
        "declined": request.refused,
    }
    return next((fault for fault in TAKEN if has[fault]), "chosen")
