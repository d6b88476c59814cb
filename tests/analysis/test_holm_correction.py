"""Holm's correction is statsmodels' own, without its price.
Knows nothing about what is compared."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from workbench.analysis.holm_correction import holm


@given(st.lists(st.one_of(st.sampled_from([0.0, 1e-6, 0.04, 1.0]), st.floats(0, 1)), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_it_is_what_statsmodels_says_in_any_order_and_with_ties(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-15)


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
