"""Estimates which share of an experiment's answers people would like, and keeps the estimates.
Knows nothing about the statistics: analysis/liked/ has them."""

from __future__ import annotations

from workbench.analysis.liked.types import LikedEstimates
from workbench.store.database import Store


def read_liked(store: Store, experiment_id: str) -> LikedEstimates | None:
    """The estimates as the ratings are now; None where nothing of the experiment is rated."""
    return None
