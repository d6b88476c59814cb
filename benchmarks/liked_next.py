"""How many ratings the choice of what to rate next saves, against ratings of answers drawn at random.
Knows nothing about how what is next is chosen.

In simulated sweeps, both pick the configuration with the highest estimated share. What a pick costs is how
far its true share is below the best one; it is right when that is at most 0.02.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure, say
from benchmarks.liked_simulated import WORLDS, Sweep, World, rate_at_random, simulate
from workbench.analysis.liked.estimate import estimate_liked
from workbench.analysis.liked.next_rating import find_next_ratings
from workbench.analysis.liked.types import Choice, LikedEstimates, Thumb

AT_RANDOM = (0, 25, 50, 100, 200)
CHOSEN = (25, 50, 100)
FIRST, AT_ONCE = 10, 5
NEAR = 0.02


def _cost(sweep: Sweep, estimates: LikedEstimates | None) -> float:
    assert estimates is not None
    means = [liked.mean for liked in estimates.parts["search"].liked]
    return float(sweep.truth.max() - sweep.truth[int(np.argmax(means))])


def costs_of(world: World, seed: int) -> dict[tuple[str, int], float]:
    """(how ratings were chosen, how many) → what the pick costs."""
    random = np.random.default_rng([seed, 13])
    sweep = simulate(world, random)
    thumbs, choices = rate_at_random(sweep, max(AT_RANDOM), random)
    costs = {
        ("random", n): _cost(sweep, estimate_liked(sweep.answers, thumbs[:n], choices))
        for n in AT_RANDOM
        if n
    }
    costs["random", 0] = float(sweep.truth.max() - sweep.truth.mean())
    given, chosen = list(thumbs[:FIRST]), list(choices)
    while True:
        estimates = estimate_liked(sweep.answers, given, chosen)
        ratings = len(given) + len(chosen)
        if ratings in CHOSEN:
            costs["chosen", ratings] = _cost(sweep, estimates)
        if ratings >= max(CHOSEN):
            return costs
        assert estimates is not None
        _rate(sweep, random, estimates, given, chosen)


def _rate(
    sweep: Sweep,
    random: np.random.Generator,
    estimates: LikedEstimates,
    thumbs: list[Thumb],
    choices: list[Choice],
) -> None:
    """Rate what is the most informative next."""
    rated = {thumb.seen for thumb in thumbs}
    done = {(min(c.first, c.second), max(c.first, c.second)) for c in choices}
    found = find_next_ratings(
        sweep.answers, thumbs, choices, estimates, rated=rated, chosen=done, count=AT_ONCE
    )
    place = {key: n for n, key in enumerate(sweep.answers.seen)}
    for candidate in found.candidates:
        items = [place[key] for key in candidate.seen]
        rater = int(random.choice(len(sweep.world.raters), p=sweep.world.raters))
        if candidate.kind == "thumb":
            thumbs.append(sweep.thumb(random, items[0], rater))
        else:
            choices.append(sweep.choose(random, items[0], items[1], rater))


def _right(costs: Sequence[dict[tuple[str, int], float]], key: tuple[str, int]) -> float:
    return float(np.mean([one[key] <= NEAR for one in costs]))


def measure_next(sweeps: int) -> list[Figure]:
    """For each of two worlds, half as many chosen ratings against all those drawn at random."""
    figures = []
    for world in (WORLDS[0], WORLDS[-1]):
        costs = []
        for seed in range(sweeps):
            costs.append(costs_of(world, seed))
            if seed % 10 == 9:
                say(f"  {world.name}: {seed + 1} sweeps")
        mean = {key: float(np.mean([one[key] for one in costs])) for key in costs[0]}
        for few, many in ((25, 50), (50, 100), (100, 200)):
            less = np.array([one["random", many] - one["chosen", few] for one in costs])
            half = 1.96 * float(less.std(ddof=1)) / np.sqrt(len(less)) if len(less) > 1 else 0.0
            figures.append(
                Figure(
                    f"{few} chosen ratings over {many} random ones: what the pick costs less, {world.name}",
                    float(less.mean()), float(less.mean()) - half, float(less.mean()) + half, bar=0.0,
                    note=f"{sweeps} sweeps; costs {mean['chosen', few]:.4f} and {mean['random', many]:.4f} "
                    f"({mean['random', few]:.4f} with {few} random ones); within {NEAR} of the best "
                    f"{_right(costs, ('chosen', few)):.2f} and {_right(costs, ('random', many)):.2f}",
                )
            )  # fmt: skip
    return figures
