"""The Pareto front: the points that no other point beats in every value at once.
Knows nothing about trials or objectives."""

from __future__ import annotations

from collections.abc import Sequence


def on_front(points: Sequence[Sequence[float]]) -> list[bool]:
    """Whether each point is on the Pareto front: no other is as good in all of its values and better in one.
    More is better."""
    import numpy as np  # commands import this module; experiments with several aims are few

    table = np.array(points)
    return [not ((table >= own).all(axis=1) & (table > own).any(axis=1)).any() for own in table]
