"""The passages that a system says it retrieved for an answer, as it gave them.
Knows nothing about the corpus: whether they stand in a document is found out later."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

MOST_PASSAGES = 200
MOST_CHARACTERS = 200_000
"""Of one passage. More of either is left out, and said."""


@dataclass(frozen=True, slots=True)
class SystemPassage:
    """A passage in a system's own words."""

    text: str
    document: str = ""
    """The name that the system has for its document; "" when it gives none."""
    start: int | None = None
    """Where it says that the passage begins in the document's text, in characters."""
    end: int | None = None
    """Where it says that it ends; exclusive."""
    score: float | None = None
    """Its retrieval score; None when the system gives none."""

    def to_json(self) -> dict[str, Any]:
        """Its fields that are set."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SystemPassage:
        return cls(**{"text": "", **data})


def read_passage(
    text: Any, document: Any = None, start: Any = None, end: Any = None, score: Any = None
) -> SystemPassage | None:
    """The passage that values of JSON describe; None where they have neither a text nor a place.

    A place that is no pair of whole numbers in order, and a score that is no number, are left out.
    """
    words = text.strip() if isinstance(text, str) else ""
    named = document.strip()[:1000] if isinstance(document, str) else ""
    first, last = _whole(start), _whole(end)
    if first is None or last is None or first >= last:
        first = last = None
    if not words and (not named or first is None):
        return None
    return SystemPassage(words[:MOST_CHARACTERS], named, first, last, _finite(score))


def limit_passages(
    found: Iterable[SystemPassage | None],
) -> tuple[tuple[SystemPassage, ...], tuple[str, ...]]:
    """(passages, flags): each passage once, at most MOST_PASSAGES. None stands for one without a text."""
    listed = list(found)
    kept = list(dict.fromkeys(passage for passage in listed if passage is not None))
    flags = {
        "passages_without_text": any(passage is None for passage in listed),
        "passages_cut": len(kept) > MOST_PASSAGES
        or any(len(passage.text) >= MOST_CHARACTERS for passage in kept),
    }
    return tuple(kept[:MOST_PASSAGES]), tuple(flag for flag, holds in flags.items() if holds)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and value >= 0 and value == int(value) else None


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
