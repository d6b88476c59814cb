"""Whether the statistics keep their promises, on simulated sweeps whose truth is known; and their speed.
Knows nothing about documents or models.

    python -m benchmarks.statistics [--quick]

Claims: with no true difference, sweeps with a claim at all (5 % is what is promised). Power: the questions
that `questions_needed` asks for, and how often they then find the difference. Coverage: how often 95 %
intervals hold the truth. Speed is processor time. Last, the same on questions that share sections
(benchmarks/statistics_clusters.py).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from benchmarks.statistics_clusters import measure_clusters
from tests.analysis.simulating import TOKEN_F1_MEAN, Array, sweep, token_f1
from workbench.analysis.all_pairs import all_pairs
from workbench.analysis.confidence_intervals import difference_intervals, mean_interval, wilson_bounds
from workbench.analysis.effects import find_effects
from workbench.analysis.multiple_comparisons import ALPHA, holm
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.power import questions_needed
from workbench.analysis.significance import compare_pair, compare_with

SWEEPS = 200
MOST_CLAIMS = 21  # of 200; at 5 % more happen in 0.1 % of all cases
CONFIGURATIONS, QUESTIONS = 50, 100
SIMULATIONS = 2_000
SIZES = (20, 40, 100)
Draw = Callable[[np.random.Generator, int], tuple[Array, float]]


def share(name: str, times: int, of: int, **more: object) -> Figure:
    low, high = wilson_bounds(times / of, of)
    return Figure(name, times / of, low, high, **more)  # type: ignore[arg-type]


def claims(sweeps: int) -> list[Figure]:
    """Sweeps of 50 equal configurations in which any is called better or worse: than the first, than the one
    that leads, than any other."""
    random = np.random.default_rng(1)
    any_baseline = any_leader = any_pair = literal = 0
    one, other = np.triu_indices(CONFIGURATIONS, 1)
    for number in range(sweeps):
        table = sweep(random, CONFIGURATIONS, QUESTIONS)
        leader = int(np.argmax(table.values.mean(axis=1)))
        differences = (table.values[one] - table.values[other]).T
        p = permutation_p(differences, compared=None)
        apart = all_pairs(table.values).corrected(differences, p) <= ALPHA
        with_leader = (one == leader) | (other == leader)
        any_baseline += bool(apart[one == 0].any())
        any_leader += bool(apart[with_leader].any())
        any_pair += bool(apart.any())
        literal += bool((holm(p[with_leader]) <= ALPHA).any())
        if number % 50 == 49:
            say(f"  {number + 1} sweeps: {any_leader} apart from the leader, {any_pair} any pair")
    allowed = MOST_CLAIMS * sweeps / SWEEPS
    note = f"of {sweeps}; {CONFIGURATIONS} equal configurations, {QUESTIONS} questions"
    return [
        Figure(
            "sweeps with a false claim about any of all pairs", any_pair, bar=allowed, at_most=True, digits=0,
            note=note,
        ),
        Figure("about a pair with the baseline", any_baseline, bar=allowed, at_most=True, digits=0),
        Figure(
            "about a pair with the leader", any_leader, bar=allowed, at_most=True, digits=0,
            note=f"{literal} if Holm counted only the {CONFIGURATIONS - 1} comparisons with it",
        ),
    ]  # fmt: skip


def power_of_corrections(sweeps: int) -> list[Figure]:
    """How many of 25 configurations that are worse by 0.10 are told from the leader, of 50."""
    random = np.random.default_rng(3)
    one, other = np.triu_indices(CONFIGURATIONS, 1)
    found = by_holm = 0
    worse = CONFIGURATIONS // 2
    for _ in range(sweeps):
        table = sweep(random, CONFIGURATIONS, QUESTIONS, better=worse, by=0.10)
        leader = int(np.argmax(table.values.mean(axis=1)))
        differences = (table.values[one] - table.values[other]).T
        p = permutation_p(differences, compared=len(one))
        plain = ((one == leader) & (other < worse)) | ((other == leader) & (one < worse))
        found += int((all_pairs(table.values).corrected(differences, p)[plain] <= ALPHA).sum())
        by_holm += int((holm(p)[plain] <= ALPHA).sum())
    total = sweeps * worse
    return [
        share(
            "worse than the leader by 0.10 and told from it", found, total,
            note=f"{by_holm / total:.3f} by Holm over all pairs",
        )
    ]  # fmt: skip


def power(simulations: int) -> list[Figure]:
    """Whether as many questions as are said to be needed find the difference; the variance is known well."""
    figures = []
    random = np.random.default_rng(2)
    for by in (0.05, 0.10):
        large = sweep(random, 2, 50_000, better=1, by=by)
        needed = questions_needed(large.values[1] - large.values[0]) or 0
        found = sum(
            compare_pair(sweep(random, 2, needed, better=1, by=by), "t1", "t0").better is True
            for _ in range(simulations)
        )
        name = f"a true difference of {by:.2f} found with {needed} questions"
        say(f"  {name}: {found} of {simulations}")
        figures.append(share(name, found, simulations, bar=0.77, note="promised: 0.80"))
    level = all_pairs(sweep(random, CONFIGURATIONS, QUESTIONS).values).level
    needed = questions_needed(large.values[1] - large.values[0], level) or 0
    found = 0
    for _ in range(simulations // 5):
        table = sweep(random, CONFIGURATIONS, needed, better=1, by=0.10)
        found += compare_pair(table, f"t{CONFIGURATIONS - 1}", "t0").better is True
    figures.append(
        share(
            f"0.10, one of {CONFIGURATIONS} against the baseline, {needed} questions",
            found, simulations // 5, bar=0.72, note="promised: 0.80; of corrected p",
        )
    )  # fmt: skip
    return figures


def _rates(low: float, high: float) -> Draw:
    """A true rate between low and high, another in each simulation: at a single one Wilson's coverage depends
    on where the few possible counts happen to lie."""

    def draw(random: np.random.Generator, n: int) -> tuple[Array, float]:
        truth = float(random.uniform(low, high))
        return (random.random((n, 1)) < truth).astype(float), truth

    return draw


def _repeated(low: float, high: float) -> Draw:
    def draw(random: np.random.Generator, n: int) -> tuple[Array, float]:
        truth = float(random.uniform(low, high))
        own = random.beta(2 * truth, 2 * (1 - truth), (n, 1))
        return (random.random((n, 3)) < own).astype(float), truth

    return draw


def _f1(random: np.random.Generator, n: int) -> tuple[Array, float]:
    return token_f1(random, n, 1), TOKEN_F1_MEAN


def _repeated_f1(random: np.random.Generator, n: int) -> tuple[Array, float]:
    """Three repeats, each with the question's own answer in three of four cases."""
    own = token_f1(random, n, 1)
    return np.where(random.random((n, 3)) < 0.75, own, token_f1(random, n, 3)), TOKEN_F1_MEAN


def _skewed(random: np.random.Generator, n: int) -> tuple[Array, float]:
    return random.beta(0.5, 5, (n, 1)), 0.5 / 5.5


def _mostly_one(random: np.random.Generator, n: int) -> tuple[Array, float]:
    return np.where(random.random((n, 1)) < 0.9, 1.0, random.beta(2, 2, (n, 1))), 0.95


MEANS: dict[str, Draw] = {
    "token F1": _f1,
    "token F1, 3 repeats": _repeated_f1,
    "skewed, beta(0.5, 5)": _skewed,
    "nine of ten are 1": _mostly_one,
    "rates 0.3 to 0.7": _rates(0.3, 0.7),
    "rates 0.90 to 0.98": _rates(0.90, 0.98),
    "rates 0.02 to 0.10": _rates(0.02, 0.10),
    "rates 0.3 to 0.7, 3 repeats": _repeated(0.3, 0.7),
    "rates 0.90 to 0.98, 3 repeats": _repeated(0.90, 0.98),
}


def coverage(simulations: int) -> list[Figure]:
    random = np.random.default_rng(3)
    figures = []
    say(f"\ncoverage of 95 % intervals, {simulations} simulations")
    for name, draw in MEANS.items():
        held = {n: sum(_holds(*draw(random, n)) for _ in range(simulations)) for n in SIZES}
        figures += _covered(f"mean, {name}", held, simulations)
    for name, changed in (("half of the answers differ", 0.5), ("one in five differs", 0.2)):
        held = {}
        for n in SIZES:
            one = token_f1(random, simulations, n)
            other = np.where(random.random(one.shape) < changed, token_f1(random, *one.shape), one)
            found = difference_intervals((other - one).T, of_unit=True)
            held[n] = sum(pair is not None and pair[0] <= 0 <= pair[1] for pair in found)
        figures += _covered(f"difference, {name}", held, simulations)
    return figures


def _holds(values: Array, truth: float) -> bool:
    _, low, high, _ = mean_interval(values.tolist())
    return low is not None and high is not None and low <= truth <= high


def _covered(name: str, held: dict[int, int], simulations: int) -> list[Figure]:
    """The lowest and the highest coverage at 40 questions and more; fewer only in what is printed."""
    say(f"  {name:42}" + "".join(f"  {n}: {times / simulations:.3f}" for n, times in held.items()))
    enough = [times / simulations for n, times in held.items() if n >= 40]
    return [
        Figure(f"{name}: least", min(enough), bar=0.93, note="at 40 and 100 questions"),
        Figure(f"{name}: most", max(enough), bar=0.97, at_most=True),
    ]


def attribution(simulations: int) -> list[Figure]:
    """24 configurations: false claims about axes and pairs, and the interval of an axis's share."""
    grid = [
        dict(zip(("prompt", "retriever", "top_k", "model"), levels, strict=True))
        for levels in product(("short", "cited"), ("dense", "keyword"), (2, 4, 8), ("a", "b"))
    ]
    facts = {f"t{i}": one for i, one in enumerate(grid)}
    random = np.random.default_rng(4)
    axes = pairs = held = 0
    for _ in range(simulations):
        found = find_effects(sweep(random, len(grid), 40), facts)
        axes += any(d["real"] for one in found["axes"] for d in one["differences"])
        pairs += any(one["real"] for one in found["pairs"])
        table = sweep(random, len(grid), 60)
        gains = [0.05 * ((one["retriever"] == "keyword") + (one["prompt"] == "cited")) for one in grid]
        known = find_effects(
            type(table)(
                table.score,
                table.trial_ids,
                table.question_ids,
                table.values + np.array(gains)[:, None],
                of_unit=False,
            ),
            facts,
        )
        prompt = next(one for one in known["axes"] if one["axis"] == "prompt")
        held += (prompt["share_low"] or 0) <= 0.5 <= (prompt["share_high"] or 0)
    return [
        share("sweeps with a false claim about an axis", axes, simulations, bar=0.105, at_most=True),
        share("sweeps with a false claim about a pair of axes", pairs, simulations, bar=0.105, at_most=True),
        share("intervals that hold an axis's true share", held, simulations, note="24 trials, 60 questions"),
    ]  # fmt: skip


def speed(quick: bool) -> list[Figure]:
    random = np.random.default_rng(5)
    table = sweep(random, 200 if quick else 1_000, 200)
    started = time.process_time()
    family = all_pairs(table.values)
    compare_with(table, "t0", "leader", family)
    compare_with(table, "t1", "baseline", family)
    compared = time.process_time() - started
    axes = {
        "prompt": ["short", "cited"], "model": ["a", "b"], "splitter": ["sentence", "token"],
        "retriever": ["dense", "keyword"], "top_k": [2, 4, 8], "chunk_tokens": [64, 128, 256],
        "rerank": ["none", "mmr"],
    }  # fmt: skip
    grid = [dict(zip(axes, levels, strict=True)) for levels in product(*axes.values())]
    chosen = [grid[i] for i in sorted(random.choice(len(grid), 200, replace=False))]
    sample = sweep(random, 200, 140)
    started = time.process_time()
    find_effects(sample, {f"t{i}": one for i, one in enumerate(chosen)})
    attributed = time.process_time() - started
    return [
        Figure(
            f"s to compare {len(table.trial_ids)} trials with two others, 200 questions", compared, digits=1
        ),
        Figure(
            "s to attribute 200 trials × 140 questions, 7 axes", attributed, digits=1, bar=2.0, at_most=True
        ),
    ]


def measure(options: argparse.Namespace) -> Sequence[Figure]:
    few = bool(options.quick)
    figures = speed(few)
    figures += claims(20 if few else SWEEPS)
    figures += power_of_corrections(4 if few else 40)
    figures += power(50 if few else SIMULATIONS // 2)
    figures += coverage(100 if few else SIMULATIONS)
    figures += attribution(20 if few else SWEEPS)
    return [*figures, *measure_clusters(few)]


if __name__ == "__main__":
    raise SystemExit(run_alone("statistics", measure, __doc__))
