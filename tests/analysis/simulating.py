"""Simulated sweeps: scores of configurations whose true differences are known.
Knows nothing about what is computed from them; the benchmark of the statistics draws from here, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.significance import ScoreTable

Array = NDArray[np.float64]


def token_f1(random: np.random.Generator, *shape: int) -> Array:
    """Skewed as correctness is: a third 0, a tenth 1, the rest between, leaning low. Mean 0.30625."""
    which = random.random(shape)
    between = random.beta(1.2, 2.0, shape)
    return np.where(which < 0.35, 0.0, np.where(which < 0.45, 1.0, between))


TOKEN_F1_MEAN = 0.10 + 0.55 * 1.2 / 3.2


def sweep(
    random: np.random.Generator, trials: int, questions: int, *, better: int = 0, by: float = 0.0
) -> ScoreTable:
    """Trials that share the questions' difficulty, and half of their answers with one another, as settings that
    seldom matter do. The last `better` of them are better than the first by `by` in truth."""
    difficulty = token_f1(random, questions)
    noise = random.normal(0, 0.25, (trials, questions))
    own = random.random((trials, questions)) < 0.5
    values = np.clip(difficulty + np.where(own, noise, 0.0), 0, 1)
    if better:  # shift whole answers, so that the mean moves by exactly `by` in expectation
        gains = random.random((better, questions)) < by / (1 - values[-better:].mean())
        values[-better:] = np.where(gains, 1.0, values[-better:])
    names = tuple(f"t{i}" for i in range(trials))
    return ScoreTable("correctness", names, tuple(f"q{i}" for i in range(questions)), values)


def sections(random: np.random.Generator, questions: int, mean: float = 2.9) -> NDArray[np.intp]:
    """The section that each question is about; a section has one question or more, `mean` on average."""
    sizes = 1 + random.poisson(mean - 1, questions)
    return np.repeat(np.arange(questions), sizes)[:questions]


def alike(
    random: np.random.Generator, trials: int, of_question: NDArray[np.intp], correlation: float
) -> Array:
    """Standard normal values, [trials, questions]: those of two questions about one section are correlated,
    and so are their differences between trials, which share half of the variance."""
    count = int(of_question.max()) + 1

    def draw(rows: int) -> Array:
        of_section = random.normal(size=(rows, count))[:, of_question]
        of_its_own = random.normal(size=(rows, len(of_question)))
        return np.sqrt(correlation) * of_section + np.sqrt(1 - correlation) * of_its_own

    return np.sqrt(0.5) * (draw(1) + draw(trials))


def as_token_f1(values: Array) -> Array:
    """Standard normal values with the distribution of `token_f1`."""
    from scipy import stats

    share = stats.norm.cdf(values)
    places = np.linspace(0, 1, 1_001)
    between = np.interp((share - 0.35) / 0.55, places, stats.beta.ppf(places, 1.2, 2.0))
    return np.where(share < 0.35, 0.0, np.where(share < 0.9, between, 1.0))


def as_rates(values: Array, rate: float) -> Array:
    """Standard normal values as 0 and 1, of which a share is 1."""
    from scipy import stats

    return (values > stats.norm.isf(rate)).astype(np.float64)
