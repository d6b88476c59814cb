"""The Pareto front: the points that no other point beats in every value at once.
Knows nothing about trials or objectives."""

from __future__ import annotations

from collections.abc import Sequence


def on_front(points: Sequence[Sequence[float]]) -> list[bool]:
    """Whether each point is on the Pareto front: no other point is as good in all values and better in one.

    points: one sequence of values per point; more is better.
    """
    import numpy as np  # here, since every command imports this module and few need it

    table = np.array(points)
    return [not ((table >= point).all(axis=1) & (table > point).any(axis=1)).any() for point in table]
