"""Estimates of shares with means and a covariance of the test's choice.
Knows nothing about how they would come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.analysis.liked.types import Disagreement, Liked, LikedEstimates, PartEstimates
from workbench.analysis.wilson import Z


def joint_estimates(
    means: Mapping[str, float],
    covariance: np.ndarray,
    *,
    draws: int = 1_000,
    questions: int = 20,
    disagreement: Disagreement | None = None,
    thumbs: int = 23,
    choices: int = 8,
    raters: int = 2,
) -> LikedEstimates:
    """means: trial id → share. Each trial has the same value on each question. The draws have exactly these
    means and this covariance."""
    ids, centre = tuple(means), np.array(list(means.values()))
    noise = np.random.default_rng(5).standard_normal((draws, len(ids)))
    noise -= noise.mean(axis=0)
    noise = np.linalg.qr(noise)[0] * np.sqrt(draws)  # columns of mean 0, variance 1, not correlated
    sizes, directions = np.linalg.eigh(covariance)
    root = directions * np.sqrt(np.maximum(sizes, 0.0))
    found = centre[:, None] + root @ noise.T
    liked = [_liked(mean, float(np.sqrt(covariance[i, i]))) for i, mean in enumerate(centre)]
    part = PartEstimates(
        ids, tuple(liked), found, tuple(f"q{n}" for n in range(questions)),
        np.repeat(centre[:, None], questions, axis=1),
    )  # fmt: skip
    return LikedEstimates(
        {"search": part}, thumbs, choices, raters, disagreement or disagree(0, 0, None), {}, {}
    )


def disagree(items: int, pairs: int, share: float | None, raters: Sequence[str] = ()) -> Disagreement:
    return Disagreement(items, pairs, share, dict.fromkeys(raters, (5, 0.6)))


def _liked(mean: float, error: float) -> Liked:
    return Liked(float(mean), float(mean) - Z * error, float(mean) + Z * error, 4, 2, 1)
