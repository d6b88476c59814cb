"""Tests whether a share is above a bound, valid however often one looks and whenever it began to be.
Knows nothing about what is counted.

A betting test (Ville 1939; Howard et al. 2021, "Time-uniform, nonparametric, nonasymptotic confidence
sequences"): as long as each new one has the property with a chance of at most the bound, the likelihood ratio
of a higher share is a supermartingale, and so is a mixture over shares and over the periods in which the bet
begins. It ever reaches 1 / alpha with a chance of at most alpha.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SHARES = (1.25, 1.5, 2.0, 3.0, 5.0, 8.0)
"""The bets: so many times the bound."""


def share_above_e(counts: Sequence[tuple[int, int]], bound: float) -> float:
    """The e-value of the share being above the bound.

    counts: (all, those with the property) by period, the oldest first.
    """
    alternatives = [bound * times for times in SHARES if bound * times < 1]
    total = 0.0
    for start in range(len(counts)):
        weight = 1 / ((start + 1) * (start + 2))  # these add up to less than 1; the rest is not bet
        all_, having = (sum(column) for column in zip(*counts[start:], strict=True))
        for share in alternatives:
            log = having * math.log(share / bound) + (all_ - having) * math.log((1 - share) / (1 - bound))
            total += weight / len(alternatives) * math.exp(min(log, 600.0))
    return total + 1 / (len(counts) + 1)
