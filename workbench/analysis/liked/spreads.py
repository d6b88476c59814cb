"""Finds which spreads of the model of liking go with what people said, and how much each is worth.
Knows nothing about shares of answers.

With a thumb or two per trial the data say little about spreads, and one best value would promise too much. So
the estimates are a mean over many values, by adaptive importance sampling with mixtures of all proposals as
denominators (Cornuet, Marin, Mira and Robert 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, qmc

from workbench.analysis.liked.model import Fit, Kernel, Spreads, fit_many
from workbench.analysis.liked.types import Array

USUAL = Spreads(scores=0.7, settings=0.36, trial=0.26, question=0.6, answer=0.5, rater=0.6, taste=0.35)
"""The median of each spread beforehand. The share of a trial then has a standard deviation of about 0.09 over
trials, as in sweeps of prompts, retrieval and models."""
DOUBT = Spreads(scores=0.6, settings=0.45, trial=0.45, question=0.5, answer=0.5, rater=0.9, taste=0.5)
"""The standard deviation of the logarithm of each spread beforehand; with 0.5, 95 % lie between 0.4 and 2.7
times the median. Raters may differ by much, and where there is one, it does not matter."""
ROUNDS, PER_ROUND = 3, 32
FEW, MANY = 100, 300
"""With more observations than these, spreads are looked for less finely: the data say more about them, and
each fit takes longer."""
_SEED = 20_261_130


@dataclass(frozen=True, eq=False)
class Weighted:
    """A fit and its posterior probability among those that were tried."""

    fit: Fit
    weight: float


def find_fits(kernel: Kernel) -> list[Weighted]:
    """Fits for spreads that are spread over what is plausible, with weights that sum to 1."""
    count = kernel.observations.count
    if count <= FEW:
        return _search(kernel, ROUNDS, PER_ROUND)
    if count <= MANY:
        return _search(kernel, ROUNDS, PER_ROUND // 4)
    rows = np.sort(np.random.default_rng(_SEED).choice(count, MANY, replace=False))
    found = _search(kernel.of_rows(rows), ROUNDS, PER_ROUND // 4)
    return [Weighted(fit_many(kernel, [_mean(found)])[0], 1.0)]


def _mean(found: Sequence[Weighted]) -> Spreads:
    """The geometric mean of the spreads, by weight."""
    logs = sum(f.weight * np.log(astuple(f.fit.spreads)) for f in found)
    return Spreads(*map(float, np.exp(logs)))


def _search(kernel: Kernel, rounds: int, per_round: int) -> list[Weighted]:
    size = len(astuple(USUAL))
    mean, factor = np.zeros(size), np.eye(size)
    proposals: list[tuple[Array, Array]] = []
    points: list[Array] = []
    fits: list[Fit] = []
    weights = np.ones(0)
    for number in range(rounds):
        normal = _normal(size, per_round, _SEED + number)
        proposals.append((mean, factor))
        drawn = mean + normal @ factor.T
        points += list(drawn)
        fits += fit_many(kernel, [_spreads_at(point) for point in drawn])
        weights = _weights(np.array(points), fits, proposals)
        mean, factor = _moments(np.array(points), weights)
    return [Weighted(f, float(w)) for f, w in zip(fits, weights, strict=True)]


def _normal(size: int, count: int, seed: int) -> Array:
    sobol = qmc.Sobol(size, seed=seed).random(count)
    return np.asarray(norm.ppf(np.clip(sobol, 1e-6, 1 - 1e-6)))


def _spreads_at(point: Array) -> Spreads:
    """point: [spreads], in standard deviations of the logarithm from the usual ones."""
    return Spreads(*(float(v) for v in np.array(astuple(USUAL)) * np.exp(np.array(astuple(DOUBT)) * point)))


def _weights(points: Array, fits: Sequence[Fit], proposals: Sequence[tuple[Array, Array]]) -> Array:
    target = np.array([f.evidence for f in fits]) - (points**2).sum(axis=1) / 2
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
