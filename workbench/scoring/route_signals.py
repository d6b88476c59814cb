"""Measures the free signs by which a cascade judges the answer of its cheap end.
Knows nothing about routes: a rule in space/route.py says which signs are enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.scoring.refusal import is_refusal
from workbench.text import content_tokens

ESCALATED = "escalated"
"""The flag of an answer of the strong end."""


@dataclass(frozen=True)
class RouteSignals:
    """What an answer shows, without any further call."""

    grounding: float | None
    """Its score `grounding`; None where nothing is claimed."""
    declined: bool
    """Whether it declines."""
    coverage: float | None
    """See `cover_question`."""


def cover_question(question: str, passages: Iterable[str]) -> float | None:
    """The share of the question's distinct content words that stand in the passages; None without any.

    A retriever's own scores would not do: cosines, BM25 and rank sums have no scale in common. This share
    lies in [0, 1] whatever found the passages.
    """
    wanted = set(content_tokens(question))
    if not wanted:
        return None
    found = {token for passage in passages for token in content_tokens(passage)}
    return len(wanted & found) / len(wanted)


def measure_signals(
    question: str, answer: str, passages: Iterable[str], grounding: float | None
) -> RouteSignals:
    """grounding: the answer's, as it was scored already."""
    return RouteSignals(grounding, is_refusal(answer), cover_question(question, passages))
