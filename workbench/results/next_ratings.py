"""Finds what a person could rate next in an experiment, and how many more ratings would decide who leads.
Knows nothing about how it is chosen: analysis/liked/next_rating.py decides. Nor about pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from workbench.results.liked import read_answers, read_liked, read_ratings
from workbench.store.database import Store
from workbench.store.learning.liked import find_ratings_of
from workbench.store.review_queue import find_preferred, find_rated

if TYPE_CHECKING:
    from workbench.analysis.liked.next_rating import NextRatings


def read_next_ratings(
    store: Store,
    experiment_id: str,
    rater: str,
    *,
    count: int = 20,
    kinds: Collection[str] = ("thumb", "choice"),
) -> NextRatings | None:
    """The most informative ratings that this rater has not given yet; None where nothing is rated so far.

    It fits the model once: about half a second with 40 trials. Pages keep it until the next rating.
    """
    from workbench.analysis.liked.next_rating import find_next_ratings

    estimates = read_liked(store, experiment_id)
    if estimates is None:
        return None
    ratings = find_ratings_of(store, experiment_id)
    thumbs, choices = read_ratings(ratings)
    return find_next_ratings(
        read_answers(store, experiment_id, ratings),
        thumbs,
        choices,
        estimates,
        rated=find_rated(store, rater),
        chosen=find_preferred(store, rater),
        count=count,
        kinds=kinds,
    )
