"""Finds the score `novelty` of served requests, by the questions that their services' winners keep.
Knows nothing about how the score is computed, or who asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.errors import StoreError
from workbench.ship.winner import Winner
from workbench.store.database import Store
from workbench.store.serving.records import ServedRequest, ServedScore
from workbench.store.serving.services import get_service
from workbench.watch.novelty import Novelty

_known: dict[tuple[Path, str], tuple[str, Novelty | None]] = {}
"""(file of the store, service) → when its winner was exported, and what scores its requests. Kept as long as
the process lives, because the first score embeds the sweep's questions."""


def score_novelty(store: Store, requests: Sequence[ServedRequest]) -> list[tuple[ServedScore, ...]]:
    """The score of each request; () where its winner keeps no questions, or is not known."""
    try:
        found = {id_: _find(store, id_) for id_ in {request.service_id for request in requests}}
    except StoreError:  # the other scores do not need the store
        return [() for _ in requests]
    return [
        () if (novelty := found[r.service_id]) is None else (novelty.score(r.question, r.history),)
        for r in requests
    ]


def _find(store: Store, service_id: str) -> Novelty | None:
    service = get_service(store, service_id)
    written = (service.winner if service is not None else None) or {}
    exported_at = str(written.get("exported_at", ""))
    known = _known.get((store.path, service_id))
    if known is None or known[0] != exported_at:
        novelty = Novelty(Winner.model_validate(written)) if written.get("questions") else None
        known = _known[store.path, service_id] = (exported_at, novelty)
    return known[1]
