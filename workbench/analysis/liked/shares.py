"""Turns the model of liking into the share of each trial's answers that people would like, with intervals.
Knows nothing about how the model is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import expit

from workbench.analysis.liked.design import Design
from workbench.analysis.liked.model import Fit, Spreads
from workbench.analysis.liked.observations import Observations
from workbench.analysis.liked.types import Answers, Array

DRAWS, FEWEST_DRAWS = 320, 128
MOST_DRAWN = 12_000_000
"""Answers × draws. Of very many answers fewer draws are made: an interval's width then varies by 6 %."""
_AT_ONCE = 4_000_000  # answers × draws that are in memory
_SEED = 20_261_201


@dataclass(frozen=True, eq=False)
class Shares:
    """What is drawn from the posterior."""

    draws: dict[str, Array]
    """Part → [trials, draws]: the trial's share; NaN where it has no answers to that part."""
    values: Array
    """[seen]: the expected share of people who like it."""


def draw_shares(
    answers: Answers,
    design: Design,
    observations: Observations,
    fits: Sequence[Fit],
    count: int | None = None,
) -> Shares:
    """Draw shares of all trials from the posterior.

    In each draw questions have random weights, by cluster (the Bayesian bootstrap, Rubin 1981), as they are a
    sample of what may be asked; the same in all trials, so that differences pair by question.

    count: how many draws; None for as many as time allows.
    """
    random = np.random.default_rng(_SEED)
    if count is None:
        count = min(DRAWS, max(FEWEST_DRAWS, MOST_DRAWN // max(len(answers.seen), 1)))
    each = -(-count // len(fits))
    count = each * len(fits)
    parts = sorted(set(answers.parts))
    adding = {part: _adding(answers, part) for part in parts}
    importance = random.standard_exponential((design.cluster_count, count))
    sums = {part: np.zeros((len(answers.trial_ids), count)) for part in parts}
    totals = {part: _asked(answers, part, design.cluster_count) @ importance for part in parts}
    values = np.zeros(len(answers.seen))
    at = 0
    for fit in fits:
        effects = fit.draw(random, each)
        step = max(1, _AT_ONCE // max(len(answers.seen), 1))
        for begin in range(0, effects.shape[1], step):
            some = effects[:, begin : begin + step]
            liked = _liked(design, observations, fit.spreads, some)
            values += liked.sum(axis=1)
            columns = slice(at, at + some.shape[1])
            liked *= importance[:, columns][design.clusters]
            for part in parts:
                sums[part][:, columns] = adding[part] @ liked
            at += some.shape[1]
    draws = {
        part: np.where(totals[part] > 0, sums[part] / np.where(totals[part] > 0, totals[part], 1.0), np.nan)
        for part in parts
    }
    return Shares(draws, values / count)


def _adding(answers: Answers, part: str) -> sparse.csr_array:
    """[trials, seen]: how often a trial shows it in answers to this part."""
    of_part = np.array([p == part for p in answers.parts], dtype=bool)[answers.question]
    where = (answers.trial[of_part], answers.item[of_part])
    shape = (len(answers.trial_ids), len(answers.seen))
    return sparse.csr_array((np.ones(int(of_part.sum())), where), shape=shape)


def _asked(answers: Answers, part: str, clusters: int) -> sparse.csr_array:
    """[trials, clusters]: how many answers to questions of this part a trial has."""
    of_part = np.array([p == part for p in answers.parts], dtype=bool)[answers.question]
    where = (answers.trial[of_part], answers.clusters[answers.question[of_part]])
    return sparse.csr_array((np.ones(int(of_part.sum())), where), shape=(len(answers.trial_ids), clusters))


def _liked(design: Design, observations: Observations, spreads: Spreads, effects: Array) -> Array:
    """[seen, draws]: the share of the raters who like it."""
    widths = (1, design.features.shape[1], design.settings.shape[1], design.trials.shape[1],
              design.cluster_count, len(observations.rated))  # fmt: skip
    level, scores, settings, trials, questions, answers = np.split(effects, np.cumsum(widths)[:-1])
    log_odds = level + design.features @ scores + design.settings @ settings + design.trials @ trials
    log_odds += questions[design.clusters]
    log_odds[observations.rated] += answers
    unknown = np.full(len(log_odds), spreads.answer**2)
    unknown[observations.rated] = 0.0
    raters = len(observations.rater_names)
    if raters > 1:
        tastes = spreads.scores**2 * (design.features**2).sum(axis=1) + spreads.settings**2 + spreads.trial**2
        unknown += (spreads.rater**2 + spreads.taste**2 * tastes) * (1 - 1 / raters)
    # The mean of a logistic function of a normal variable (MacKay 1992).
    return np.asarray(expit(log_odds / np.sqrt(1 + np.pi / 8 * unknown)[:, None]))
