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
LIKE_PER_QUESTION = 0.7  # of K1's prior, shaped like K2 as learnt so far; the rest as before any answer
RATIO = (0.03, 1.0)  # bounds of how large K1's prior is beside K2
SHARED = 0.1  # that ratio, before any answer
QUESTION_FIRM = (6.0, 100.0)  # bounds of how firmly a question's scale is held at 1, in answers
FEW_QUESTIONS, FIRM_WITH_FEW = 10, 10.0  # with fewer questions answered, it is held so firmly
NUGGET = 1e-4  # of the variance, added so that equal configurations do not make a covariance singular


@dataclass(frozen=True)
class Sheet:
    """One question's answers."""

    configs: Indices
    """The configurations that answered."""
    inverse: Values
    """Inverse of the answers' covariance given f."""
    scale: float
    """The question's r_q squared."""
    away: Values
    """The answers' worths less the overall mean."""

    def unexplained(self, shared: Values) -> Values:
        """Worths less the overall mean and what all questions have in common."""
        left: Values = self.away - np.sqrt(self.scale) * shared[self.configs]
        return left


@dataclass(frozen=True)
class Fitted:
    """f given all answers."""

    sheets: tuple[Sheet | None, ...]
    """By question; None where nothing is answered."""
    per_question: Values
    """K2."""
    told: Values
    """The precision that the answers add."""
    pull: Values
    """The answers' worths, weighted by precision."""
    shared: Values
    """Mean of f."""
    spread: Values
    """Covariance of f."""


@dataclass(frozen=True)
class Belief:
    """What is believed about each configuration's mean worth over all questions, known answers included."""

    mean: Values
    """Of each configuration."""
    covariance: Values
    """Of those means."""
    map_to_mean: Values
    """How the means move with f: configurations × configurations."""
    fitted: Fitted
    level: float
    """As in `Variances`."""
    scales: Values
    """As in `Variances`."""
    questions: int
    """How many count."""


@dataclass
class Variances:
    """What is learnt, carried from step to step."""

    shared: Values
    """Variances of the pieces of K1."""
    per_question: Values
    """Variances of the pieces of K2."""
    level: float
    """Variance of how hard questions are."""
    scales: Values
    """r_q squared, by question."""
    prior_shared: Values
    """Prior modes of `shared`, before any answer."""
    prior_per_question: Values
    """Prior modes of `per_question`."""
    middle: float
    """Mean of the first answers."""


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
    prior_per_question, prior_shared = likeness.prior(within), likeness.prior(SHARED * within)
    return Variances(
        shared=prior_shared.copy(),
        per_question=prior_per_question.copy(),
        level=level,
        scales=np.ones(worth.shape[1]),
        prior_shared=prior_shared,
        prior_per_question=prior_per_question,
        middle=float(worth[seen].mean()) if seen.any() else 0.0,
    )


def _sheet(kernel: Values, variances: Variances, question: int, column: Values) -> Sheet | None:
    configs = np.flatnonzero(~np.isnan(column))
    if not len(configs):
        return None
    scale = float(variances.scales[question])
    covariance = scale * kernel[np.ix_(configs, configs)] + variances.level
    covariance[np.diag_indices(len(configs))] += NUGGET * kernel[0, 0]
    inverse = np.linalg.inv(covariance)
    return Sheet(configs, (inverse + inverse.T) / 2, scale, column[configs] - variances.middle)


def _fit(likeness: Likeness, variances: Variances, worth: Values) -> Fitted:
    count = len(worth)
    kernel = likeness.kernel(variances.per_question)
    sheets = tuple(_sheet(kernel, variances, q, worth[:, q]) for q in range(worth.shape[1]))
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
    return Fitted(sheets, kernel, told, pull, spread @ pull, spread)


def learn(likeness: Likeness, variances: Variances, worth: Values, steps: int) -> None:
    """Move the variances uphill, in place. worth: configurations × questions, NaN where not known."""
    for _ in range(steps):
        fitted = _fit(likeness, variances, worth)
        firm = _firmness(fitted)
        both = fitted.per_question + likeness.kernel(variances.shared)
        up, down = np.zeros_like(fitted.per_question), np.zeros_like(fitted.per_question)
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
        ratio = float(np.clip(variances.shared.sum() / variances.per_question.sum(), *RATIO))
        prior_shared = (
            LIKE_PER_QUESTION * ratio * variances.per_question
            + (1 - LIKE_PER_QUESTION) * variances.prior_shared
        )
        pull = fitted.pull - fitted.told @ fitted.shared
        told = fitted.told - fitted.told @ fitted.spread @ fitted.told
        gain, loss = likeness.total(np.outer(pull, pull)), likeness.total(told)
        variances.shared = _moved(variances.shared, gain, loss, prior_shared, FIRM_SHARED / 2)
        gain, loss = likeness.total(up), likeness.total(down)
        variances.per_question = _moved(
            variances.per_question, gain, loss, variances.prior_per_question, FIRM / 2
        )
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
    kernel = fitted.per_question
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
    mean = variances.middle + (stretch * fitted.shared + kernel @ pull + level * level_pull) / questions
    map_to_mean = stretch * np.eye(count) - kernel @ power - level * half.sum(axis=0)[None, :]
    map_to_mean /= questions
    cross = kernel @ once.sum(axis=1)
    left = variances.scales[counted].sum() * kernel + questions * level - kernel @ twice @ kernel
    left -= level * (cross[:, None] + cross[None, :]) + level**2 * plain
    covariance = map_to_mean @ fitted.spread @ map_to_mean.T + left / questions**2
    covariance = (covariance + covariance.T) / 2
    return Belief(mean, covariance, map_to_mean, fitted, level, variances.scales.copy(), questions)
