"""Holm's correction is what statsmodels says, and what Holm's definition says.
Knows nothing about what is compared."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.multiple_comparisons import holm

# statsmodels 0.15.0: multipletests(p, method="holm")[1]
STATSMODELS = [
    ([0.03], [0.03]),
    ([1.0, 1.0], [1.0, 1.0]),
    ([0.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
    ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
    ([0.02, 0.02, 0.02, 0.5], [0.08, 0.08, 0.08, 0.5]),
    ([0.9, 0.04, 1e-6, 0.04, 0.3, 0.04], [0.9, 0.2, 6e-6, 0.2, 0.6, 0.2]),
    ([0.2, 0.001, 0.2, 0.013, 0.013, 0.6, 0.05], [0.6, 0.007, 0.6, 0.078, 0.078, 0.6, 0.2]),
]


@pytest.mark.parametrize(("p", "expected"), STATSMODELS)
def test_it_is_what_statsmodels_says_in_any_order_and_with_ties(
    p: list[float], expected: list[float]
) -> None:
    assert holm(p) == pytest.approx(expected, abs=1e-15)


@given(st.lists(st.one_of(st.sampled_from([0.0, 1e-6, 0.04, 1.0]), st.floats(0, 1)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_each_is_the_largest_that_a_step_down_of_no_larger_ones_gives(p: list[float]) -> None:
    """Holm's definition, one p at a time: the smallest of n counts n times, the next n - 1 times."""
    steps = [(value, (len(p) - rank) * value) for rank, value in enumerate(sorted(p))]
    expected = [min(1.0, max(raised for value, raised in steps if value <= one)) for one in p]
    assert holm(p) == pytest.approx(expected, abs=1e-15)


def test_nothing_to_correct_is_nothing() -> None:
    assert holm([]).shape == (0,)


def test_it_collects_no_garbage() -> None:
    runs: list[str] = []
    gc.callbacks.append(lambda phase, _: runs.append(phase))
    try:
        gc.disable()
        holm(np.linspace(0, 1, 1_000))
    finally:
        gc.enable()
        gc.callbacks.pop()
    assert runs == []
