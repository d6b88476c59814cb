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
