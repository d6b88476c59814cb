"""Tests a mean by betting: evidence that stays valid however often one looks at it.
Knows nothing about what is measured, nor about who is dropped or passed by it.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (JRSS B 86(1), 2024;
sections 4 and 5), and "Confidence sequences for sampling without replacement" (NeurIPS 2020). Somebody who
holds that a mean is at least 1/2 can be played against, value by value; under that hypothesis his
opponent's wealth is a non-negative supermartingale, which passes 1/a with a probability of at most a,
however often one looks (Ville's inequality).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Wealth is averaged over these shares of the largest bet that cannot be lost with everything: a mixture of
# martingales is one, and no variance need be guessed.
BETS = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95])


def evidence_against(values: Array, questions: int | None) -> Array:
    """Greatest log wealth so far of a bet against "the mean over all questions is at least 1/2".

    values: rows × questions answered so far, in [0, 1], in random order.
    questions: how many there are in all, so that they are sampled without replacement; None for a sample of
        questions without end.

    Infinite where the mean can no longer be reached. Exceeds log(1/a) with a probability of at most a where
    the hypothesis is true.
    """
    greatest = evidence_path(values, questions)[:, -1] if values.shape[1] else np.zeros(len(values))
    if questions is None:
        return greatest
    left = questions - values.shape[1]
    # The total as evidence_path adds it up, so that rounding cannot make the two disagree.
    total = np.cumsum(values, axis=1)[:, -1] if values.shape[1] else np.zeros(len(values))
    return np.where(total + left < 0.5 * questions - 1e-9, np.inf, greatest)


def evidence_path(values: Array, questions: int | None) -> Array:
    """The greatest log wealth after each of the values: rows × questions answered. See `evidence_against`."""
    rows, answered = values.shape
    wealth = np.zeros((rows, len(BETS)))
    greatest = np.zeros(rows)
    total = np.zeros(rows)
    path = np.zeros((rows, answered))
    for i in range(answered):
        # The mean of what is left, were the mean over all of them 1/2.
        expected = np.full(rows, 0.5) if questions is None else (0.5 * questions - total) / (questions - i)
        impossible = expected > 1.0 + 1e-12
        open_bet = (expected > 0.0) & ~impossible
        largest = np.where(open_bet, 1.0 / np.maximum(1.0 - expected, 1e-6), 0.0)
        gain = (expected - values[:, i])[:, None] * (largest[:, None] * BETS)
        wealth += np.log1p(np.maximum(gain, -0.999_999))
        total += values[:, i]
        mixed = np.logaddexp.reduce(wealth, axis=1) - np.log(len(BETS))
        greatest = np.where(impossible, np.inf, np.maximum(greatest, mixed))
        path[:, i] = greatest
    return path
