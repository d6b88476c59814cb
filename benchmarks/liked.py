"""Whether the share of liked answers keeps its promises, with few thumbs and free scores: coverage and width.
Knows nothing about how it is estimated.

    python -m benchmarks.liked [--quick] [--only simulated|next|real]

Simulated sweeps of 40 configurations × 150 questions with 50 thumbs, in worlds that differ in what scores
see, how people differ, and what settings do (benchmarks/liked_simulated.py); what to rate next
(benchmarks/liked_next.py); people's labels of real answers (benchmarks/liked_real.py). The same estimates
without scores, and Wilson's interval of each configuration's own thumbs, stand beside the width.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from benchmarks.liked_next import measure_next
from benchmarks.liked_real import measure_real
from benchmarks.liked_simulated import WORLDS, World, rate_at_random, simulate
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.types import Answers, Array, Choice, LikedEstimates, Thumb
from workbench.analysis.wilson import wilson_bounds

SIMULATIONS, RATINGS = 1_000, 50
SEED = 12
"""What is usual beforehand (analysis/liked/spreads.py) was set by hand on simulations of seed 11."""
LOW, HIGH = 0.93, 0.97
WIDTH_BAR = 0.75
USEFUL = ("scores as right as correctness", "liked from a threshold on")
PARTS = ("simulated", "next", "real")


@dataclass(frozen=True)
class Held:
    """What one simulated sweep showed."""

    covered: float
    """The share of configurations whose interval holds the truth."""
    differences: float
    """The same of the differences from the first configuration."""
    width: float
    """The mean width of the intervals."""
    without_scores: float
    """The same, with thumbs alone."""
    covered_without: float
    own_thumbs: float
    """The same of Wilson's interval of each configuration's own thumbs; 1 where it has none."""
    off: float
    """The mean of the estimates minus the truth."""


def without_scores(answers: Answers) -> Answers:
    """The same answers, of which nothing is known but who gave them to which question."""
    return replace(answers, scores=np.zeros((len(answers.item), 0)), score_names=())


def intervals(estimates: LikedEstimates | None) -> tuple[Array, Array, Array]:
    """(means, lower ends, upper ends) of all trials on the search part."""
    assert estimates is not None
    liked = estimates.parts["search"].liked
    return tuple(np.array([getattr(one, f) for one in liked]) for f in ("mean", "low", "high"))  # type: ignore[return-value]


def own_widths(answers: Answers, thumbs: Sequence[Thumb]) -> Array:
    """[trials]: the width of Wilson's interval of its own thumbs."""
    place = {key: n for n, key in enumerate(answers.seen)}
    given: dict[int, list[bool]] = {}
    for thumb in thumbs:
        for trial in set(answers.trial[answers.item == place[thumb.seen]]):
            given.setdefault(int(trial), []).append(thumb.liked)
    widths = np.ones(len(answers.trial_ids))
    for trial, votes in given.items():
        low, high = wilson_bounds(sum(votes) / len(votes), len(votes))
        widths[trial] = high - low
    return widths


def simulate_once(world: World, seed: int) -> Held:
    random = np.random.default_rng([seed, SEED])
    sweep = simulate(world, random)
    thumbs, choices = rate_at_random(sweep, RATINGS, random)
    return held(sweep.answers, thumbs, choices, sweep.truth)


def held(answers: Answers, thumbs: list[Thumb], choices: list[Choice], truth: Array) -> Held:
    estimates = estimate_liked(answers, thumbs, choices)
    means, low, high = intervals(estimates)
    _, low_alone, high_alone = intervals(estimate_liked(without_scores(answers), thumbs, choices))
    assert estimates is not None
    ids = answers.trial_ids
    found = [estimates.difference(ids[n], ids[0]) for n in range(1, len(ids))]
    there = [lower <= truth[n] - truth[0] <= upper for n, (_, lower, upper) in enumerate(found, start=1)]
    return Held(
        float(((low <= truth) & (truth <= high)).mean()),
        float(np.mean(there)),
        float((high - low).mean()),
        float((high_alone - low_alone).mean()),
        float(((low_alone <= truth) & (truth <= high_alone)).mean()),
        float(own_widths(answers, thumbs).mean()),
        float((means - truth).mean()),
    )


def mean_of(found: Sequence[Held], field: str) -> tuple[float, float, float]:
    """(mean over sweeps, its 95 % interval): the intervals of one sweep hold the truth together or not."""
    values = np.array([getattr(one, field) for one in found])
    half = 1.96 * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return float(values.mean()), float(values.mean()) - half, float(values.mean()) + half


def coverage_figure(name: str, found: Sequence[Held], *, judged: bool) -> list[Figure]:
    mean, low, high = mean_of(found, "covered")
    differences, without = mean_of(found, "differences")[0], mean_of(found, "covered_without")[0]
    note = f"{len(found)} sweeps; differences {differences:.3f}, without scores {without:.3f}"
    note += f", mean error {mean_of(found, 'off')[0]:+.3f}"
    figures = [Figure(f"coverage: {name}", mean, low, high, bar=LOW if judged else None, note=note)]
    if judged:
        figures.append(Figure(f"at most: {name}", mean, low, high, bar=HIGH, at_most=True))
    return figures


def width_figure(name: str, found: Sequence[Held], *, judged: bool) -> Figure:
    width, alone = mean_of(found, "width")[0], mean_of(found, "without_scores")[0]
    own = mean_of(found, "own_thumbs")[0]
    return Figure(
        f"width over that without scores: {name}", width / alone, bar=WIDTH_BAR if judged else None,
        at_most=True,
        note=f"{width:.3f} over {alone:.3f}; {width / own:.2f} of {own:.3f} by Wilson from own thumbs",
    )  # fmt: skip


def measure_simulated(simulations: int) -> list[Figure]:
    each = max(2, simulations // len(WORLDS))
    figures: list[Figure] = []
    everything: list[Held] = []
    for number, world in enumerate(WORLDS):
        found = [simulate_once(world, 10_000 * number + seed) for seed in range(each)]
        everything += found if world.usual else []
        coverage = coverage_figure(world.name, found, judged=False)
        width = width_figure(world.name, found, judged=world.name in USEFUL)
        figures += [*coverage, width]
        say(f"  {world.name}: coverage {coverage[0].value:.3f}, {width.value:.3f} of the width; {width.note}")
    return [*coverage_figure("all worlds but those of other spreads", everything, judged=True), *figures]


def measure(options: argparse.Namespace) -> list[Figure]:
    parts = [options.only] if options.only else PARTS
    figures: list[Figure] = []
    if "simulated" in parts:
        figures += measure_simulated(30 if options.quick else options.simulations)
    if "next" in parts:
        figures += measure_next(2 if options.quick else options.sweeps)
    if "real" in parts:
        figures += measure_real(3 if options.quick else 200)
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    parser.add_argument("--simulations", type=int, default=SIMULATIONS, help="of 50 ratings, over all worlds")
    parser.add_argument("--sweeps", type=int, default=60, help="in which people rate what is asked next")


if __name__ == "__main__":
    raise SystemExit(run_alone("liked", measure, __doc__, add_options))
