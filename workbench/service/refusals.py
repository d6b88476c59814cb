"""Notes which winner's model has refused to answer since when: a revoked key, a model that is gone.
Knows nothing about asking: it hears of each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.providers.rate_limits import PERMANENT_KINDS
from workbench.service.served_winner import ServedWinner
from workbench.store.serving.records import ServedRequest
from workbench.watch.figure_words import time_text

WORDS = {
    "key": "its server refuses the key",
    "no_model": "its server has no such model",
    "payment": "its account has no credit",
    "unreachable": "its server cannot be reached",
}
"""A kind of PERMANENT_KINDS → what it means."""


@dataclass
class _Refused:
    """A model that refuses."""

    kind: str
    since: float
    """Unix seconds."""
    requests: int = 0
    """How many were not answered."""


class Refusals:
    """`note` hears of each request; `problems` says what is wrong until a model answers again.

    winners: those that are served.
    """

    def __init__(self, winners: Sequence[ServedWinner]) -> None:
        self._winners = winners
        self._refused: dict[str, _Refused] = {}

    def note(self, request: ServedRequest) -> None:
        if request.state == "ok" and not request.cached:
            self._refused.pop(request.service_id, None)
        elif request.error_kind in PERMANENT_KINDS:
            found = self._refused.setdefault(
                request.service_id, _Refused(request.error_kind, request.asked_at)
            )
            found.kind = request.error_kind
            found.requests += 1

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now, in words; the reason stands behind a colon. A winner that another one has
        replaced is asked no more."""
        names = {winner.running.service.id: winner.model_id for winner in self._winners}
        return tuple(
            f"The model of {names[id_]} does not answer: {WORDS[found.kind]} since "
            f"{time_text(found.since)} ({found.requests:,} failed)."
            for id_, found in self._refused.items()
            if id_ in names
        )
