"""Folds of questions, and when a gain over them is accepted.
Knows nothing about prompts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.prompt_optimisation.folds import check_gain, make_folds


@given(
    clusters=st.lists(st.integers(0, 12).map(str), min_size=1, max_size=60),
    folds=st.integers(2, 6),
    seed=st.integers(0, 9),
)
def test_each_cluster_lies_in_one_fold_and_no_fold_is_empty(
    clusters: list[str], folds: int, seed: int
) -> None:
    made = make_folds(clusters, folds, seed)
    assert len({(c, f) for c, f in zip(clusters, made, strict=True)}) == len(set(clusters))
    assert set(made) == set(range(min(folds, len(set(clusters)))))


def check(gains: list[float], *, learned_from: int = 0, clusters: list[str] | None = None, cost: float = 0.0):  # type: ignore[no-untyped-def]
    folds = [n % 3 for n in range(len(gains))]
    first = dict.fromkeys(range(len(gains)), 0.5)
    return check_gain(
        first, {n: 0.5 + gain for n, gain in enumerate(gains)}, folds=folds,
        clusters=clusters or [str(n) for n in range(len(gains))], learned_from=learned_from, length_cost=cost,
    )  # fmt: skip


def test_a_gain_on_the_fold_that_was_learned_from_counts_for_nothing() -> None:
    found = check([0.5, 0.0, 0.0] * 4)
    assert found.gain == 0 and not found.accepted and found.questions == 8
    assert "Not sure enough" in found.in_words


def test_a_steady_gain_is_accepted_and_a_wide_one_is_not() -> None:
    assert check([0.0, 0.2, 0.1] * 4).accepted
    assert not check([0.0, 0.5, -0.45, 0.0, -0.4, 0.5] * 2).accepted


def test_a_gain_in_one_fold_alone_is_not_accepted() -> None:
    assert not check([0.0, 0.4, -0.01] * 4).accepted


def test_length_costs_points() -> None:
    assert check([0.0, 0.05, 0.05] * 4).accepted and not check([0.0, 0.05, 0.05] * 4, cost=0.06).accepted


def test_wordings_of_one_fact_count_once() -> None:
    assert not check([0.2] * 6, clusters=["one"] * 6).accepted
    assert "Too few questions" in check([0.2] * 6, clusters=["one"] * 6).in_words
