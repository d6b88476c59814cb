"""Approximates the posterior of log odds by normal distributions, given what was said and their covariance.
Knows nothing about what the covariance is made of.

First at its mode (Laplace; Rasmussen and Williams 2006, algorithm 3.1), which also gives the marginal
likelihood; then by the normal distribution that is nearest to it (Opper and Archambeau 2009). With the first
alone, shares near 0 and 1 are drawn towards one half; with the second, what is expected of the ratings and
what they are have equal sums.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.special import expit, log_expit

from workbench.analysis.liked.types import Array

_STEPS, _ROUNDS = 50, 7
_CLOSE = 1e-5
_LEAST = 1e-9
_SMALL = 80  # rows; matrices with fewer are faster all at once


def find_modes(yes: Array, covariance: Array) -> tuple[Array, Array]:
    """([fits, rows]: the modes, [fits]: the logarithms of the marginal likelihoods).

    covariance: [fits, rows, rows].
    """
    log_odds = np.zeros(covariance.shape[:2])
    before = np.full(len(covariance), -np.inf)
    for _ in range(_STEPS):
        chance = expit(log_odds)
        weight = np.maximum(chance * (1 - chance), _LEAST)
        root = np.sqrt(weight)
        whole = _whole(covariance, root)
        pull = weight * log_odds + yes - chance
        dual = pull - root * _times(_invert(whole), root * _times(covariance, pull))
        log_odds = _times(covariance, dual)
        value = log_expit((2 * yes - 1) * log_odds).sum(axis=1) - (dual * log_odds).sum(axis=1) / 2
        if np.all(np.abs(value - before) < _CLOSE * (1 + np.abs(value))):
            break
        before = value
    return log_odds, value - np.linalg.slogdet(whole)[1] / 2


def find_nearest(yes: Array, covariance: Array, modes: Array) -> tuple[Array, Array]:
    """([fits, rows]: the targets, [fits, rows]: the weights) of the normal distribution that is nearest to
    the posterior: were each target observed with a noise of variance 1 / weight, it would be the posterior.

    As for the mode, with expected chances and weights in place of those at one point.
    """
    chance = expit(modes)
    weight = np.maximum(chance * (1 - chance), _LEAST)
    targets = modes + (yes - chance) / weight
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)
        inverse = _invert(_whole(covariance, root))
        means = _times(covariance, root * _times(inverse, root * targets))
        variance = np.maximum(1 - np.diagonal(inverse, axis1=1, axis2=2), 0.0) / weight
        # The mean of a logistic function of a normal variable (MacKay 1992).
        shrink = 1 / np.sqrt(1 + np.pi / 8 * variance)
        chance = expit(shrink * means)
        weight = np.maximum(shrink * chance * (1 - chance), _LEAST)
        targets = means + (yes - chance) / weight
    return targets, weight


def _whole(covariance: Array, root: Array) -> Array:
    """[fits, rows, rows]: the identity plus the covariance in units of what observations tell."""
    return np.asarray(np.eye(root.shape[1]) + root[:, :, None] * covariance * root[:, None, :])


def _times(matrices: Array, vectors: Array) -> Array:
    """[fits, rows]: each matrix times its vector."""
    return np.asarray((matrices @ vectors[:, :, None])[:, :, 0])


def _invert(matrices: Array) -> Array:
    """The inverses of symmetric matrices, at once where they are small."""
    if matrices.shape[1] < _SMALL:
        return np.asarray(np.linalg.inv(matrices))
    inverses = np.empty_like(matrices)
    for number, matrix in enumerate(matrices):
        lower, _ = dpotrf(matrix, lower=1)
        half, _ = dpotri(lower, lower=1)
        inverses[number] = np.tril(half) + np.tril(half, -1).T
    return inverses
