"""Draws means under random weights with one more observation, the worst that is possible: Gaffke's test.
Knows nothing about what is tested, nor at which level.

A Bayesian bootstrap of a mean, with one observation more that is as bad as can be (Gaffke, "Three test
statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable", Mathematical
Methods of Statistics 14, 2005; Learned-Miller and Thomas, "A new confidence interval for the mean of a
bounded random variable", 2020). For yes and no it is Clopper and Pearson's exact test, so 40 equal answers
do not prove that fewer than 1 in 50 is worse; a t test would say that they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DRAWS = 10_000
SEED = 20_261_129
_CHUNK = 1_000
_KEPT_UP_TO = 400


def draw_means(sums: Array, sizes: Array, added: Array) -> Array:
    """Means over questions under random weights of their clusters: [draws, columns], in no order.

    sums: [clusters, columns], of the questions' values.
    sizes: [clusters], how many questions each has; the same for every column.
    added: [columns], the value of the questions of the one more cluster, which has the mean size.
    """
    size, columns = float(sizes.mean()), np.column_stack([sums, sizes])
    means = []
    for weights, more in _weights(len(sums)):
        totals = weights @ columns
        extra = (more * size)[:, None]
        means.append((totals[:, :-1] + extra * added) / (totals[:, -1:] + extra))
    return np.concatenate(means)


def share_of_draws(count: int | np.integer) -> float:
    """The p value of so many draws, which is never 0."""
    return (int(count) + 1) / (DRAWS + 1)


def _weights(clusters: int) -> Iterable[tuple[Array, Array]]:
    """Random weights of the clusters, [draws, clusters], and of the one more, [draws]; in pieces."""
    return _kept_weights(clusters) if clusters <= _KEPT_UP_TO else _draw_weights(clusters)


def _draw_weights(clusters: int) -> Iterator[tuple[Array, Array]]:
    random = np.random.default_rng(SEED)
    for _ in range(DRAWS // _CHUNK):
        yield random.standard_exponential((_CHUNK, clusters)), random.standard_exponential(_CHUNK)


@lru_cache(maxsize=1)
def _kept_weights(clusters: int) -> list[tuple[Array, Array]]:
    """Kept, because several tests look at the same questions: at most 32 MB."""
    return list(_draw_weights(clusters))
