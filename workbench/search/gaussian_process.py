"""Predicts every answer's worth, and each configuration's mean over all questions, from some of the answers.
Knows nothing about what is asked next.

The model. The worths of one question over all configurations are y_q = middle + r_q f + g_q. f, the same for
every question, has covariance K1; g_q, the question's own, has r_q^2 K2 + level (how hard it is, the same for
all configurations). r_q^2 is how much question q tells configurations apart: little, where all answer alike.
K1 and K2 are sums of the pieces of `likeness`, each with a variance of its own: a knob that does not matter
has almost none, and what is learnt about one configuration is learnt about those like it. All is jointly
Gaussian, an answer is known exactly, and what is wanted is the mean over these questions, asked or not.

The variances are those of highest posterior density: minorise-maximise steps for variance components (Zhou,
Hu, Zhou and Lange 2019, "MM algorithms for variance components models", J. Comput. Graph. Stat. 28) under
inverse-gamma priors, which a few answers move little. A question's answers enter by the inverse of their own
small covariance (an information filter), so that the work is configurations cubed, however many answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from workbench.search.kernel import Likeness
from workbench.search.types import Mask, Values

Indices = NDArray[np.intp]
Variance = TypeVar("Variance", float, Values)
FIRM = 0.2  # how firmly the prior of a piece of K2 holds, in observations of it
FIRM_SHARED = 1.0  # the same of K1, of which there is only one draw
LIKE_OWN = 0.7  # of K1's prior, shaped like K2 as learnt so far; the rest as before any answer
RATIO = (0.03, 1.0)  # bounds of how large K1's prior is beside K2
SHARED = 0.1  # that ratio, before any answer
QUESTION_FIRM = (6.0, 100.0)  # bounds of how firmly a question's scale is held at 1, in answers
FEW_QUESTIONS, FIRM_WITH_FEW = 10, 10.0  # with fewer questions answered, it is held so firmly
NUGGET = 1e-4  # of the variance, added so that equal configurations do not make a covariance singular


@dataclass(frozen=True)
class Sheet:
    """One question's answers. configs: which were asked.  inverse: of their covariance given f.

    scale: the question's r_q squared.  away: their worths less the overall mean.
    """

    configs: Indices
    inverse: Values
    scale: float
    away: Values

    def unexplained(self, shared: Values) -> Values:
        """Worths less the overall mean and what all questions have in common."""
        left: Values = self.away - np.sqrt(self.scale) * shared[self.configs]
        return left


@dataclass(frozen=True)
class Fitted:
    """f given all answers: mean `shared`, covariance `spread`; `told` is the precision that the answers add
    and `pull` their weighted worths. own: K2."""

    sheets: tuple[Sheet | None, ...]
    own: Values
    told: Values
    pull: Values
    shared: Values
    spread: Values


@dataclass(frozen=True)
class Belief:
    """What is believed about each configuration's mean worth over all questions, known answers included.

    map_to_mean: configurations × configurations, how a mean moves with f.  level, scales: as in Variances.
    questions: how many count.
    """

    mean: Values
    covariance: Values
    map_to_mean: Values
    fitted: Fitted
    level: float
    scales: Values
    questions: int


@dataclass
class Variances:
    """What is learnt, carried from step to step. shared, own: of the pieces of K1 and K2.  level: of how hard
    questions are.  scales: by question, r_q squared.  middle: the mean of the first answers."""

    shared: Values
    own: Values
    level: float
    scales: Values
    prior_shared: Values
    prior_own: Values
    middle: float


def start(likeness: Likeness, worth: Values) -> Variances:
    """From the first answers' variance between and within questions, shared out as the prior has it."""
    seen = ~np.isnan(worth)
    counts = np.maximum(seen.sum(axis=0), 1)
    means = np.nansum(worth, axis=0) / counts
    away = np.where(seen, worth - means, 0.0)
    overall = float(np.var(worth[seen])) if seen.any() else 0.0
    freedom = int((counts - 1)[seen.any(axis=0)].sum())
    within = float((away**2).sum()) / freedom if freedom else overall
    within = max(within, 1e-3 * overall, 1e-12)
    level = max(overall - within, 0.1 * within)
    prior_own, prior_shared = likeness.prior(within), likeness.prior(SHARED * within)
    return Variances(
        shared=prior_shared.copy(),
        own=prior_own.copy(),
        level=level,
        scales=np.ones(worth.shape[1]),
        prior_shared=prior_shared,
        prior_own=prior_own,
        middle=float(worth[seen].mean()) if seen.any() else 0.0,
    )


def _sheet(own: Values, variances: Variances, question: int, column: Values) -> Sheet | None:
    configs = np.flatnonzero(~np.isnan(column))
    if not len(configs):
        return None
    scale = float(variances.scales[question])
    covariance = scale * own[np.ix_(configs, configs)] + variances.level
    covariance[np.diag_indices(len(configs))] += NUGGET * own[0, 0]
    inverse = np.linalg.inv(covariance)
    return Sheet(configs, (inverse + inverse.T) / 2, scale, column[configs] - variances.middle)


def _fit(likeness: Likeness, variances: Variances, worth: Values) -> Fitted:
    count = len(worth)
    own = likeness.kernel(variances.own)
    sheets = tuple(_sheet(own, variances, q, worth[:, q]) for q in range(worth.shape[1]))
    told, pull = np.zeros((count, count)), np.zeros(count)
    for sheet in sheets:
        if sheet is not None:
            told[np.ix_(sheet.configs, sheet.configs)] += sheet.scale * sheet.inverse
            pull[sheet.configs] += np.sqrt(sheet.scale) * (sheet.inverse @ sheet.away)
    prior = likeness.kernel(variances.shared)
    prior[np.diag_indices(count)] += NUGGET * prior[0, 0]
    root = np.linalg.cholesky(prior)
    inner = root.T @ told @ root
    inner[np.diag_indices(count)] += 1.0
    spread = root @ cho_solve(cho_factor(inner, lower=True, overwrite_a=True), root.T, overwrite_b=False)
    spread = (spread + spread.T) / 2
    return Fitted(sheets, own, told, pull, spread @ pull, spread)


def learn(likeness: Likeness, variances: Variances, worth: Values, steps: int) -> None:
    """Move the variances uphill, in place. worth: configurations × questions, NaN where not known."""
    for _ in range(steps):
        fitted = _fit(likeness, variances, worth)
        firm = _firmness(fitted)
        both = fitted.own + likeness.kernel(variances.shared)
        up, down = np.zeros_like(fitted.own), np.zeros_like(fitted.own)
        level_up = level_down = 0.0
        for question, sheet in enumerate(fitted.sheets):
            if sheet is None:
                continue
            at = np.ix_(sheet.configs, sheet.configs)
            pull = sheet.inverse @ sheet.unexplained(fitted.shared)
            told = sheet.inverse - sheet.scale * (sheet.inverse @ fitted.spread[at] @ sheet.inverse)
            up[at] += sheet.scale * np.outer(pull, pull)
            down[at] += sheet.scale * told
            level_up, level_down = level_up + pull.sum() ** 2, level_down + told.sum()
            variances.scales[question] = _scale(sheet, both[at], variances.level, firm)
        ratio = float(np.clip(variances.shared.sum() / variances.own.sum(), *RATIO))
        prior_shared = LIKE_OWN * ratio * variances.own + (1 - LIKE_OWN) * variances.prior_shared
        pull = fitted.pull - fitted.told @ fitted.shared
        told = fitted.told - fitted.told @ fitted.spread @ fitted.told
        gain, loss = likeness.total(np.outer(pull, pull)), likeness.total(told)
        variances.shared = _moved(variances.shared, gain, loss, prior_shared, FIRM_SHARED / 2)
        gain, loss = likeness.total(up), likeness.total(down)
        variances.own = _moved(variances.own, gain, loss, variances.prior_own, FIRM / 2)
        variances.level = float(_moved(variances.level, level_up, level_down, variances.level, 1e-3))


def _scale(sheet: Sheet, kernel: Values, level: float, firm: float) -> float:
    """A question's scale, one step uphill, by its own answers: a draw of covariance scale kernel + level."""
    covariance = sheet.scale * kernel + level
    covariance[np.diag_indices(len(kernel))] += NUGGET * kernel[0, 0]
    inverse = np.linalg.inv(covariance)
    pull = inverse @ sheet.away
    return float(_moved(sheet.scale, pull @ kernel @ pull, (inverse * kernel).sum(), 1.0, firm / 2))


def _firmness(fitted: Fitted) -> float:
    """How firmly questions' scales are held at 1: by how much more they vary than by chance."""
    raw, chance = [], []
    for sheet in fitted.sheets:
        if sheet is not None and len(sheet.configs) > 2:
            left = sheet.unexplained(fitted.shared)
            raw.append(sheet.scale * float(left @ sheet.inverse @ left) / len(left))
            chance.append(2.0 / (len(left) - 1))
    if len(raw) < FEW_QUESTIONS:
        return FIRM_WITH_FEW
    # The variance of the logarithm of a chi-squared over its k degrees of freedom is about 2/k.
    beyond = float(np.var(np.log(np.maximum(raw, 0.02)))) - float(np.mean(chance))
    return float(np.clip(2.0 / max(beyond, 1e-3), *QUESTION_FIRM))


def _moved(variance: Variance, up: Variance, down: Variance, prior: Variance, firm: float) -> Variance:
    """One step. up, down: twice the positive and the negative part of the likelihood's derivative.

    prior: where an inverse-gamma prior has its mode.  firm: its shape + 1.
    """
    moved: Variance = np.sqrt(
        (variance**2 * up + 2 * firm * prior) / (np.maximum(down, 0.0) + 2 * firm / variance)
    )
    return moved


def believe(likeness: Likeness, variances: Variances, worth: Values, counted: Mask) -> Belief:
    """Means over the questions that are counted: known answers as they are, the others as predicted.

    worth: configurations × questions, NaN where not known; a question that is not counted has no worth.
    """
    fitted, level = _fit(likeness, variances, worth), variances.level
    count, questions = len(worth), max(int(counted.sum()), 1)
    half, once, power, twice = (np.zeros((count, count)) for _ in range(4))
    pull, level_pull, plain = np.zeros(count), 0.0, 0.0
    for sheet in fitted.sheets:
        if sheet is None:
            continue
        at, root = np.ix_(sheet.configs, sheet.configs), np.sqrt(sheet.scale)
        half[at] += root * sheet.inverse
        once[at] += sheet.scale * sheet.inverse
        twice[at] += sheet.scale**2 * sheet.inverse
        power[at] += sheet.scale * root * sheet.inverse
        plain += sheet.inverse.sum()
        residual = sheet.inverse @ sheet.unexplained(fitted.shared)
        pull[sheet.configs] += sheet.scale * residual
        level_pull += float(residual.sum())
    stretch = float(np.sqrt(variances.scales[counted]).sum())
    mean = variances.middle + (stretch * fitted.shared + fitted.own @ pull + level * level_pull) / questions
    map_to_mean = stretch * np.eye(count) - fitted.own @ power - level * half.sum(axis=0)[None, :]
    map_to_mean /= questions
    cross = fitted.own @ once.sum(axis=1)
    left = variances.scales[counted].sum() * fitted.own + questions * level - fitted.own @ twice @ fitted.own
    left -= level * (cross[:, None] + cross[None, :]) + level**2 * plain
    covariance = map_to_mean @ fitted.spread @ map_to_mean.T + left / questions**2
    covariance = (covariance + covariance.T) / 2
    return Belief(mean, covariance, map_to_mean, fitted, level, variances.scales.copy(), questions)
