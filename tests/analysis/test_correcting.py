"""Holm's correction against statsmodels'. Knows nothing about what is tested."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from workbench.analysis.correcting import holm


@settings(deadline=None, max_examples=25)  # the other one collects garbage at every call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_holms_correction_is_that_of_statsmodels(p: list[float]) -> None:
    assert holm(np.array(p)) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_nothing_tested_is_nothing_corrected() -> None:
    assert len(holm(np.array([]))) == 0
