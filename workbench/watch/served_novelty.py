"""Scores how far served requests are from the questions of the sweep that chose what answers them.
Knows nothing about when that is done."""

from __future__ import annotations

from functools import lru_cache

from pydantic import ValidationError

from workbench.ship.winner import Winner
from workbench.store.database import Store
from workbench.store.serving.records import NOVELTY, ServedRequest, ServedScore
from workbench.store.serving.services import get_service
from workbench.watch.novelty import Novelty

MOST_WINNERS = 8
"""So many winners' questions are kept as vectors, 1 MB each at most."""


def score_novelty(store: Store, request: ServedRequest) -> tuple[ServedScore, ...]:
    """The score of a request; none where it is scored already, or where its service cannot have one: an
    imported one, or a winner whose file says too little of the questions it was chosen on."""
    if any(score.name == NOVELTY for score in request.scores):
        return ()
    novelty = _novelty_of(store, request.service_id)
    if novelty is None or novelty.problem:
        return ()
    return (novelty.score(request.question, request.history),)


@lru_cache(maxsize=MOST_WINNERS)
def _novelty_of(store: Store, service_id: str) -> Novelty | None:
    service = get_service(store, service_id)
    if service is None or service.winner is None:
        return None
    try:
        return Novelty(Winner.model_validate(service.winner))
    except ValidationError:  # stored by a version whose winners were others
        return None
