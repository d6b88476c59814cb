"""Finds which spreads of the model of liking go with what people said, and how much each is worth.
Knows nothing about shares of answers.

With a thumb or two per trial the data say little about spreads, and one best value would promise too much. So
the estimates are a mean over many values, by adaptive importance sampling with mixtures of all proposals as
denominators (Cornuet, Marin, Mira and Robert 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, qmc

from workbench.analysis.liked.model import Fit, Kernel, Spreads, find_evidence, fit_many
from workbench.analysis.liked.types import Array

USUAL = Spreads(scores=0.7, settings=0.36, trial=0.29, question=0.6, answer=0.5, rater=0.6, taste=0.35)
"""The median of each spread beforehand. The share of a trial then has a standard deviation of about 0.09 over
trials, as in sweeps of prompts, retrieval and models."""
DOUBT = Spreads(scores=0.6, settings=0.45, trial=0.45, question=0.5, answer=0.5, rater=0.7, taste=0.5)
"""The standard deviation of the logarithm of each spread beforehand, near its median."""
TAILS = Spreads(scores=0, settings=0.12, trial=0.12, question=0, answer=0, rater=0.12, taste=0)
"""How much heavier the tails of the logarithm are than normal ones. With 0.12, 95 % of settings' spreads
lie between 0.28 and 3.6 times the median, and one in 500 is over 13 times as large. So configurations and
raters may be far apart where the ratings say so, and are not expected to be where ratings say little."""
ROUNDS, PER_ROUND, KEPT = 3, 32, 32
FEW, MANY = 100, 200
"""With more observations than these, spreads are looked for less finely: the data say more about them, and
each fit takes longer."""
_SEED = 20_261_130
_MEDIANS, _DOUBTS, _TAILS = (np.array(astuple(s)) for s in (USUAL, DOUBT, TAILS))


def find_fits(kernel: Kernel) -> list[Fit]:
    """Fits for spreads that are drawn from what is plausible, each as plausible as the others."""
    count = kernel.observations.count
    if count <= FEW:
        return fit_many(kernel, _resample(*_search(kernel, PER_ROUND), KEPT))
    if count <= MANY:
        return fit_many(kernel, _resample(*_search(kernel, PER_ROUND // 4), KEPT // 4))
    rows = np.sort(np.random.default_rng(_SEED).choice(count, MANY, replace=False))
    points, weights = _search(kernel.of_rows(rows), PER_ROUND // 4)
    return fit_many(kernel, [_spreads_at(weights @ points)])


def _search(kernel: Kernel, per_round: int) -> tuple[Array, Array]:
    """([points, spreads], [points]: their posterior probabilities among those that were tried)."""
    size = len(astuple(USUAL))
    mean, factor = np.zeros(size), np.eye(size)
    proposals: list[tuple[Array, Array]] = []
    points, evidence, weights = np.zeros((0, size)), np.zeros(0), np.zeros(0)
    for number in range(ROUNDS):
        proposals.append((mean, factor))
        drawn = mean + _normal(size, per_round, _SEED + number) @ factor.T
        points = np.vstack([points, drawn])
        evidence = np.append(evidence, find_evidence(kernel, [_spreads_at(point) for point in drawn]))
        weights = _weights(points, evidence, proposals)
        mean, factor = _moments(points, weights)
    return points, weights


def _resample(points: Array, weights: Array, count: int) -> list[Spreads]:
    """So many of the points, each as often as its weight says (systematic resampling)."""
    at = np.searchsorted(np.cumsum(weights), (np.arange(count) + 0.5) / count)
    return [_spreads_at(points[min(n, len(points) - 1)]) for n in at]


def _normal(size: int, count: int, seed: int) -> Array:
    sobol = qmc.Sobol(size, seed=seed).random(count)
    return np.asarray(norm.ppf(np.clip(sobol, 1e-6, 1 - 1e-6)))


def _spreads_at(point: Array) -> Spreads:
    """point: [spreads], standard normal beforehand."""
    return Spreads(*(float(v) for v in _MEDIANS * np.exp(_DOUBTS * point * (1 + _TAILS * point**2))))


def _weights(points: Array, evidence: Array, proposals: Sequence[tuple[Array, Array]]) -> Array:
    target = evidence - (points**2).sum(axis=1) / 2
    proposed = []
    for mean, factor in proposals:
        scaled = np.linalg.solve(factor, (points - mean).T)
        proposed.append(-(scaled**2).sum(axis=0) / 2 - np.log(np.abs(np.diag(factor))).sum())
    log_weights = target - logsumexp(np.array(proposed), axis=0)
    return np.asarray(np.exp(log_weights - logsumexp(log_weights)))


def _moments(points: Array, weights: Array) -> tuple[Array, Array]:
    """(mean, lower factor of the covariance) of the next proposal, drawn towards the one beforehand, as few
    points say little about a covariance."""
    size = points.shape[1]
    enough = 1.0 / float((weights**2).sum())
    trust = enough / (enough + 2 * size)
    mean = weights @ points
    centred = points - mean
    covariance = (weights[:, None] * centred).T @ centred
    return mean, np.linalg.cholesky(
        trust * covariance + (1 - trust) * np.eye(size) * 0.6 + 1e-6 * np.eye(size)
    )
