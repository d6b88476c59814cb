"""Learn then test: a margin that is not kept passes rarely, and copies of questions are no evidence."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.clusters import Clusters
from workbench.analysis.risk_control import count_passing, excess_p_value


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_a_loss_at_the_margin_passes_in_at_most_one_case_of_twenty(share: float) -> None:
    draw = np.random.default_rng(3)
    alone = Clusters.alone(400)
    passed = 0
    for _ in range(300):
        losses = (draw.random(400) < share).astype(float)
        passed += excess_p_value(losses, share, alone) <= 0.05
    assert passed / 300 <= 0.07


def test_enough_questions_without_a_loss_pass() -> None:
    assert excess_p_value(np.zeros(400), 0.02, Clusters.alone(400)) < 0.05
    assert excess_p_value(np.zeros(60), 0.02, Clusters.alone(60)) > 0.05
    assert excess_p_value(np.zeros(0), 0.02, Clusters.alone(0)) == 1.0


def test_copies_of_questions_change_nothing() -> None:
    draw = np.random.default_rng(5)
    losses = (draw.random(200) < 0.01).astype(float)
    once = excess_p_value(losses, 0.05, Clusters.alone(200))
    thrice = excess_p_value(np.tile(losses, 3), 0.05, Clusters(np.tile(np.arange(200), 3)))
    assert thrice == pytest.approx(once)


def test_the_sequence_ends_at_the_first_that_fails() -> None:
    alone = Clusters.alone(500)
    kept, lost = np.zeros(500), np.full(500, 0.5)
    sequences = [[kept, kept, lost, kept], [lost, kept], [], [kept]]
    assert count_passing(sequences, 0.02, 0.05, alone) == [2, 0, 0, 1]
    assert count_passing([], 0.02, 0.05, alone) == []


def test_rare_losses_that_were_not_seen_are_not_taken_for_none() -> None:
    """A t test passes 13 % of these, since in as many samples none of the rare losses is seen."""
    draw, alone, passed = np.random.default_rng(11), Clusters.alone(100), 0
    for _ in range(200):
        losses = draw.normal(0, 0.05, 100) + (draw.random(100) < 0.02)
        passed += excess_p_value(losses, 0.02, alone) <= 0.05
    assert passed / 200 <= 0.05
