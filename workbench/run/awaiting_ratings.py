"""Says when a run that follows `liked` has to wait for people's ratings, and what they are to do.
Knows nothing about how `liked` is estimated."""

from __future__ import annotations

from workbench.results.liked import read_liked
from workbench.results.measured import NO_RATINGS
from workbench.space.experiment import LIKED, Objective
from workbench.store.database import Store

_RATE = "Rate some answers on the page Review or with the command rate, then resume:"
SEARCH_WAITS = (
    f"{NO_RATINGS} The search follows what people like, so it cannot go on. {_RATE} it goes on from here."
)
FINALISTS_WAIT = (
    f"{NO_RATINGS} All selection questions are answered; the held-out ones are for the best configurations "
    f"by what people like. {_RATE} they are chosen then."
)


def lacks_ratings(store: Store, experiment_id: str, objective: Objective) -> bool:
    """Whether the best trials cannot be chosen, as what ranks or restricts them is `liked` and nobody has
    rated an answer."""
    decides = LIKED in (objective.target, *objective.at_least, *objective.at_most)
    return decides and read_liked(store, experiment_id) is None
