"""Prediction-powered means cover the truth, also with predictions that say nothing, and are the sharper the
better they predict."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.prediction_powered import Predictions, prediction_powered_mean


def _draw(
    random: np.random.Generator, count: int, share: float, quality: float
) -> tuple[np.ndarray, np.ndarray]:
    label = (random.random(count) < share).astype(float)
    return label, quality * label + (1 - quality) * random.beta(1, 4, count)


@pytest.mark.parametrize("quality", [0.0, 0.3, 0.8])
@pytest.mark.parametrize(("labels", "share"), [(30, 0.2), (100, 0.1), (150, 0.5)])
def test_the_interval_covers_the_share(labels: int, share: float, quality: float) -> None:
    random = np.random.default_rng([labels, int(10 * share), int(10 * quality)])
    covered = 0
    for _ in range(500):
        label, predicted = _draw(random, labels, share, quality)
        others = Predictions.of(_draw(random, 3_000, share, quality)[1])
        found = prediction_powered_mean(label, predicted, others)
        assert found is not None and 0 <= found.low <= found.mean <= found.high <= 1
        covered += found.low <= share <= found.high
    assert covered / 500 >= 0.92


def test_labels_of_one_cluster_count_as_one() -> None:
    random = np.random.default_rng(1)
    covered = narrow = 0
    for _ in range(500):
        cluster = np.repeat(np.arange(30), 5)
        label = (random.random(150) < random.beta(0.5, 1.5, 30)[cluster]).astype(float)
        others = Predictions.of(random.random(2_000))
        found = prediction_powered_mean(label, random.random(150), others, list(cluster))
        alone = prediction_powered_mean(label, random.random(150), others)
        assert found is not None and alone is not None
        covered += found.low <= 0.25 <= found.high
        narrow += alone.low <= 0.25 <= alone.high
    assert covered / 500 >= 0.92 > narrow / 500


def test_good_predictions_make_it_sharper_and_useless_ones_leave_the_mean_of_the_labels() -> None:
    random = np.random.default_rng(2)
    label, predicted = _draw(random, 100, 0.3, 0.9)
    others = Predictions.of(_draw(random, 5_000, 0.3, 0.9)[1])
    sharp = prediction_powered_mean(label, predicted, others)
    alone = prediction_powered_mean(label, np.full(100, 0.5), others)
    assert sharp is not None and alone is not None
    assert sharp.high - sharp.low < 0.7 * (alone.high - alone.low)
    assert alone.weight == 0.0 and alone.mean == alone.labels_alone == label.mean()


def test_labels_on_any_scale_have_a_plain_interval() -> None:
    random = np.random.default_rng(3)
    label = random.normal(10, 2, 80)
    found = prediction_powered_mean(
        label, label + random.normal(3, 1, 80), Predictions.of(random.normal(13, 2.2, 4_000))
    )
    assert found is not None and found.low < 10 < found.high and found.weight > 0.5


def test_a_few_labels_give_no_estimate() -> None:
    assert prediction_powered_mean([1.0] * 4, [0.5] * 4, Predictions(100, 50.0, 30.0)) is None
    assert prediction_powered_mean([1.0] * 40, [0.5] * 40, Predictions(100, 50.0, 30.0), ["one"] * 40) is None
