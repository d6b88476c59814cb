"""A fall is found since its day, noise is not, and the chance of a false alarm holds where nothing changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.change_detection import Days, Reference, detect_fall
from workbench.analysis.change_detection import _minimise as minimise
from workbench.analysis.change_detection import _Processes as Processes


def _days(values: list[np.ndarray]) -> Days:
    return Days(
        *(np.array([f(day) for day in values], dtype=float) for f in (len, np.sum, lambda v: np.sum(v**2)))
    )


def _draw(random: np.random.Generator, mean: float, count: int = 100) -> np.ndarray:
    """Values within [0, 1] of a mean, most of them at an end."""
    return np.where(random.random(count) < 0.7, random.random(count) < mean, mean).astype(float)


def test_a_fall_is_found_since_its_day() -> None:
    random = np.random.default_rng(1)
    days = _days([_draw(random, 0.85 if day < 40 else 0.70) for day in range(50)])
    found = detect_fall(days, alpha=0.01, least=0.02)
    assert found is not None and found.is_fall and found.found_on is not None
    assert 40 <= found.found_on < 50
    assert abs(found.since - 40) <= 1
    assert found.since_earliest <= 40 <= found.since_latest
    assert found.p < 0.01


def test_a_rise_is_a_fall_of_what_is_left() -> None:
    random = np.random.default_rng(2)
    days = _days([(random.random(200) < (0.01 if day < 30 else 0.06)).astype(float) for day in range(40)])
    assert not detect_fall(days, alpha=0.01, least=0.01).is_fall  # type: ignore[union-attr]
    assert detect_fall(days.turned(), alpha=0.01, least=0.01).is_fall  # type: ignore[union-attr]


def test_a_reference_lets_a_fall_be_found_on_the_first_day() -> None:
    random = np.random.default_rng(3)
    days = _days([_draw(random, 0.5, 200)])
    assert not detect_fall(days, alpha=0.01, least=0.02).is_fall  # type: ignore[union-attr]
    reference = Reference(0.85, 0.80, 200)
    assert detect_fall(days, alpha=0.01, least=0.02, reference=reference).is_fall  # type: ignore[union-attr]


def test_a_reference_of_few_values_changes_nothing() -> None:
    random = np.random.default_rng(4)
    days = _days([_draw(random, 0.7) for _ in range(20)])
    assert detect_fall(days, alpha=0.01, least=0.02) == detect_fall(
        days, alpha=0.01, least=0.02, reference=Reference(0.9, 0.8, 9)
    )


def test_a_fall_smaller_than_what_is_worth_an_alarm_raises_none() -> None:
    random = np.random.default_rng(5)
    days = _days([_draw(random, 0.85 if day < 100 else 0.75, 300) for day in range(200)])
    assert detect_fall(days, alpha=0.05, least=0.02).is_fall  # type: ignore[union-attr]
    assert not detect_fall(days, alpha=0.05, least=0.12).is_fall  # type: ignore[union-attr]


@pytest.mark.parametrize("day_sd", [0.0, 0.02])
def test_false_alarms_are_as_rare_as_promised(day_sd: float) -> None:
    """At a level of 0.2, over 60 days with an alarm at any time."""
    random = np.random.default_rng([6, int(100 * day_sd)])
    false = 0
    for _ in range(200):
        means = np.clip(0.8 + random.normal(0, day_sd, 60), 0, 1)
        found = detect_fall(_days([_draw(random, mean, 60) for mean in means]), alpha=0.2, least=0.001)
        false += found is not None and found.is_fall
    assert false / 200 <= 0.2


def test_no_day_tells_nothing() -> None:
    assert detect_fall(Days(*(np.zeros(0),) * 3), alpha=0.05, least=0.02) is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=6), min_size=1, max_size=12),
    st.floats(0.001, 0.3),
)
def test_later_days_never_take_an_alarm_back(values: list[list[float]], least: float) -> None:
    days = _days([np.array(day) for day in values])
    ps = []
    for last in range(1, len(days) + 1):
        found = detect_fall(
            Days(days.count[:last], days.total[:last], days.squares[:last]), alpha=0.05, least=least
        )
        assert found is not None and 0 < found.p <= 1
        ps.append(found.p)
    assert all(later <= earlier * (1 + 1e-6) for earlier, later in zip(ps, ps[1:], strict=False))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000))
def test_the_level_with_the_least_evidence_is_found(seed: int) -> None:
    random = np.random.default_rng(seed)
    days = _days([_draw(random, random.random(), 20) for _ in range(8)])
    processes = Processes.of(days, 0.02, Reference(0.8, 0.7, 50))
    on = np.arange(8)
    _, least = minimise(lambda level: processes.mixed(level, on), 8)
    for level in np.linspace(0, 1, 101):
        assert (processes.mixed(np.full(8, level), on) >= least - 1e-3).all()
