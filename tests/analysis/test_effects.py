"""What each axis does and which pairs depend on each other, on scores whose making is known.
Knows nothing about the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from workbench.analysis.effects import find_effects
from workbench.analysis.factorial_model import (
    bootstrap_weights,
    fit,
    hotelling_p,
    make_blocks,
    sum_of_squares,
)
from workbench.analysis.significance import ScoreTable

AXES: dict[str, list[Any]] = {
    "prompt": ["short", "cited"], "retriever": ["dense", "keyword"], "top_k": [2, 4, 8], "model": ["small", "large"],
}  # fmt: skip
GRID = [dict(zip(AXES, levels, strict=True)) for levels in product(*AXES.values())]
Make = Callable[[dict[str, Any]], float]
STATSMODELS = {
    "prompt": 0.08704329472274541, "retriever": 0.002285677577530194, "top_k": 0.46685000903090446,
    "model": 0.03869976797729706,
}  # fmt: skip


def keyword_helps(one: dict[str, Any]) -> float:
    return 0.06 * (one["retriever"] == "keyword")


def cited_helps_with_few_passages(one: dict[str, Any]) -> float:
    return keyword_helps(one) + 0.12 * (one["prompt"] == "cited" and one["top_k"] <= 4)


def scores(
    settings: list[dict[str, Any]], make: Make, *, questions: int = 100, seed: int = 0, noise: float = 0.2
) -> tuple[ScoreTable, dict[str, dict[str, Any]]]:
    random = np.random.default_rng(seed)
    difficulty = random.beta(1, 1, questions)
    values = np.array([difficulty + random.normal(make(one), noise, questions) for one in settings])
    names = tuple(f"t{i}" for i in range(len(settings)))
    table = ScoreTable("correctness", names, tuple(f"q{i}" for i in range(questions)), values, of_unit=False)
    return table, dict(zip(names, settings, strict=True))


def axis_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["axes"] if one["axis"] == name)


def test_sums_of_squares_are_those_of_a_type_ii_analysis_of_variance_with_questions_as_blocks() -> None:
    """With holes: the same model with one dummy per question, fitted by least squares with and without each
    axis. The sums are also those of statsmodels 0.15.0 (ols and anova_lm, type II) for these scores."""
    table, facts = scores(GRID[:9] + GRID[12:20], cited_helps_with_few_passages, questions=12)
    values = table.values.copy()
    values[np.random.default_rng(3).random(values.shape) < 0.25] = np.nan
    blocks = make_blocks(values)
    coded = {
        name: np.array(
            [
                np.eye(len(levels))[levels.index(facts[t][name])][:-1] - (facts[t][name] == levels[-1])
                for t in table.trial_ids
            ]
        )
        for name, levels in AXES.items()
    }
    asked = np.isfinite(values)
    trial, question = np.nonzero(asked)
    dummies = np.eye(values.shape[1])[question]

    def left_over(axes: Sequence[str]) -> float:
        whole = np.hstack([dummies, *(coded[name][trial] for name in axes)])
        return float(np.linalg.lstsq(whole, values[asked])[1].sum())

    design = np.hstack(list(coded.values()))
    found = fit(blocks, design)
    start = 0
    for name, columns in coded.items():
        own = list(range(start, start + columns.shape[1]))
        start += columns.shape[1]
        # `value` is per the whole fit: what leaving the axis out adds to the residual
        got = sum_of_squares(found, own, bootstrap_weights(12)).value
        expected = left_over([n for n in coded if n != name]) - left_over(list(coded))
        assert got == pytest.approx(expected, rel=1e-6), name
        assert got == pytest.approx(STATSMODELS[name], rel=1e-6), name


def test_differences_between_levels_are_found_and_said() -> None:
    found = find_effects(*scores(GRID, keyword_helps))
    retriever = axis_of(found, "retriever")
    (difference,) = retriever["differences"]
    assert difference["real"] and difference["low"] < 0.06 < difference["high"]
    assert retriever["sentence"].startswith("Retriever: dense → keyword +0.0")
    assert retriever["share_low"] > 0.5
    for other in ("prompt", "model"):
        assert not axis_of(found, other)["differences"][0]["real"]
        assert axis_of(found, other)["share"] < 0.1
        assert "no significant difference" in axis_of(found, other)["sentence"]


def test_level_means_are_the_means_of_the_full_grid() -> None:
    table, facts = scores(GRID, keyword_helps)
    for level in axis_of(find_effects(table, facts), "top_k")["levels"]:
        own = [i for i, t in enumerate(table.trial_ids) if facts[t]["top_k"] == level["level"]]
        assert level["mean"] == pytest.approx(table.values[own].mean())
        assert level["configurations"] == 8
        assert level["low"] < level["mean"] < level["high"]


def test_a_prompt_that_helps_only_with_few_passages_is_said_to() -> None:
    found = find_effects(*scores(GRID, cited_helps_with_few_passages))
    (real,) = [pair for pair in found["pairs"] if pair["real"]]
    assert real["axes"] == ["prompt", "top_k"]
    assert real["sentence"].startswith("Prompt cited instead of short helps only at Top k ≤ 4: ")
    assert real["sentence"] in found["sentences"]
    assert len(real["cells"]) == 6


def test_where_less_is_better_helping_means_less() -> None:
    table, facts = scores(GRID, lambda one: -cited_helps_with_few_passages(one))
    less = ScoreTable(
        "cost", table.trial_ids, table.question_ids, table.values, of_unit=False, maximize=False
    )
    (real,) = [pair for pair in find_effects(less, facts)["pairs"] if pair["real"]]
    assert real["sentence"].startswith("Prompt cited instead of short helps only at Top k ≤ 4: -0.1")


def test_a_change_that_helps_here_and_hurts_there_is_said_to() -> None:
    found = find_effects(
        *scores(GRID, lambda one: (0.1 if one["top_k"] == 2 else -0.1) * (one["prompt"] == "cited"))
    )
    (real,) = [pair for pair in found["pairs"] if pair["real"]]
    assert "Prompt short instead of cited helps at Top k ≥ 4 and hurts at Top k = 2: " in real["sentence"]


def test_holes_and_a_fraction_of_the_grid_do_not_bias_the_differences() -> None:
    """An adaptive search asks the worse trials fewer questions, and the hard questions come last."""
    random = np.random.default_rng(5)
    settings = [GRID[i] for i in sorted(random.choice(len(GRID), 17, replace=False))]
    table, facts = scores(settings, keyword_helps, questions=200, seed=6)
    values = table.values[:, np.argsort(-table.values.mean(axis=0))]
    for i, one in enumerate(settings):
        if one["retriever"] == "dense":
            values[i, 60 + 5 * i :] = np.nan
    raw = [
        np.nanmean(values[[i for i, s in enumerate(settings) if s["retriever"] == r]])
        for r in AXES["retriever"]
    ]
    assert raw[1] - raw[0] < 0  # counted without blocks, keyword looks worse
    holed = ScoreTable("correctness", table.trial_ids, table.question_ids, values, of_unit=False)
    (difference,) = axis_of(find_effects(holed, facts), "retriever")["differences"]
    assert difference["real"] and difference["low"] < 0.06 < difference["high"]


def test_axes_that_always_change_together_are_said_to_and_one_is_dropped() -> None:
    settings = [{**one, "rerank": "mmr" if one["model"] == "large" else "none"} for one in GRID]
    found = find_effects(*scores(settings, keyword_helps))
    assert [one["axis"] for one in found["axes"] if one["axis"] in ("model", "rerank")] == ["model"]
    assert found["notes"][0] == (
        "Reranker is left out: in the configurations that were tried, it varies together with Model, so their effects "
        "cannot be separated."
    )


def test_an_axis_that_some_configurations_do_not_have_is_judged_among_the_others() -> None:
    """Keyword search has no embedding; among the rest the second embedding is better."""
    settings = [
        {"retriever": r, "embedding": e, "top_k": k}
        for r, e in [
            ("keyword", None),
            ("dense", "one"),
            ("dense", "two"),
            ("hybrid", "one"),
            ("hybrid", "two"),
        ]
        for k in (2, 4)
    ]
    found = find_effects(*scores(settings, lambda one: 0.08 * (one["embedding"] == "two")))
    assert axis_of(found, "embedding")["sentence"].startswith("Embedding model: one → two +0.0")
    assert not any("left out" in note for note in found["notes"])


def test_pairs_that_a_fraction_of_the_grid_cannot_tell_apart_are_named() -> None:
    half = [
        {"a": a, "b": b, "c": c, "d": "xy"[(a == "y") ^ (b == "y") ^ (c == "y")]}
        for a, b, c in product("xy", repeat=3)
    ]
    found = find_effects(*scores(half, lambda one: 0.15 * (one["a"] == one["b"])))
    pair = next(one for one in found["pairs"] if one["axes"] == ["a", "b"])
    assert pair["goes_along_with"] == ["c × d"]
    assert pair["real"] and pair["sentence"].endswith("(or it is due to c × d)")


def test_with_no_true_effect_axes_and_pairs_are_rarely_called_real() -> None:
    random = np.random.default_rng(9)
    axes = pairs = 0
    for seed in random.integers(0, 2**31, 100):
        found = find_effects(*scores(GRID, lambda one: 0.0, questions=40, seed=int(seed)))
        axes += any(d["real"] for one in found["axes"] for d in one["differences"])
        pairs += any(one["real"] for one in found["pairs"])
    assert axes <= 13 and pairs <= 13  # at 5 % more in 0.1 % of all cases


@pytest.mark.parametrize(
    ("settings", "questions", "words"),
    [
        (GRID[:1], 30, "There is nothing to analyse"),
        (GRID, 1, "There is nothing to analyse"),
        ([GRID[0]] * 3, 30, "All configurations have the same settings"),
    ],
)
def test_what_cannot_be_attributed_is_said_plainly(
    settings: list[dict[str, Any]], questions: int, words: str
) -> None:
    found = find_effects(*scores(settings, keyword_helps, questions=questions))
    assert found["axes"] == [] and words in found["notes"][0]


@pytest.mark.parametrize("questions", [2, 3, 8])
def test_few_questions_and_equal_scores_give_no_nan(questions: int) -> None:
    for noise, make in ((0.2, keyword_helps), (0.0, keyword_helps), (0.0, lambda one: 0.0)):
        found = find_effects(*scores(GRID, make, questions=questions, noise=noise))
        json.dumps(found, allow_nan=False)
        assert len(found["axes"]) == 4


def test_two_hundred_configurations_take_two_seconds() -> None:
    """Processor time, so that a busy machine says the same; figures: benchmarks/README.md."""
    axes = {
        **AXES,
        "chunk_tokens": [64, 128, 256],
        "rerank": ["none", "mmr"],
        "splitter": ["sentence", "token"],
    }
    grid = [dict(zip(axes, levels, strict=True)) for levels in product(*axes.values())]
    random = np.random.default_rng(1)
    settings = [grid[i] for i in sorted(random.choice(len(grid), 200, replace=False))]
    table, facts = scores(settings, cited_helps_with_few_passages, questions=140)
    find_effects(table, facts)  # imports
    started = time.process_time()
    find_effects(table, facts)
    assert time.process_time() - started < 8


def test_hotellings_p_is_what_statsmodels_says() -> None:
    """statsmodels 0.15.0: test_mvmean(values).pvalue."""
    values = np.array(
        [[0.1, 0.0, -0.2], [0.3, 0.2, 0.1], [-0.1, 0.4, 0.0], [0.2, 0.1, 0.3], [0.0, -0.2, 0.1],
         [0.4, 0.3, -0.1], [0.1, 0.2, 0.2]]
    )  # fmt: skip
    assert hotelling_p(values) == pytest.approx(0.2772623901984252)
    assert hotelling_p(values[:, :2]) == pytest.approx(0.14001247869903205)
    assert hotelling_p(10 * values + 2) == pytest.approx(0.01443804100388094)
