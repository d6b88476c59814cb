"""Whether a gate keeps its promises on simulated pairs whose truth is known: wrong passes, power, savings.
Knows nothing about documents or models; answers are drawn.

A pair is a candidate and a base on the same questions. It is equal, truly worse by exactly the margin, or
better by the margin. Questions stand alone or come in clusters of three whose answers depend on each other.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from workbench.analysis.betting import evidence_path
from workbench.analysis.clusters import Clusters
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.non_inferiority import EARLY, Array, Gaps, questions_to_tell, weigh
from workbench.gate.run_gate import UNITS_AT_ONCE

MARGIN = 0.05
QUESTIONS = 300
MOST_NEEDED = 2_000
TRUTHS = {"equal": 0.0, "worse by the margin": -MARGIN, "better by the margin": MARGIN}
CLEAR = {"clearly better": 0.2, "clearly worse": -0.35}
Draw = Callable[[np.random.Generator, int, float], Array]


def rare_changes(random: np.random.Generator, n: int, truth: float) -> Array:
    """Right or wrong, where one answer in fifty changes each way besides what the truth asks for."""
    return _signs(random, n, truth, 0.02)


def many_changes(random: np.random.Generator, n: int, truth: float) -> Array:
    """Right or wrong, where one answer in ten changes each way besides."""
    return _signs(random, n, truth, 0.10)


def only_losses(random: np.random.Generator, n: int, truth: float) -> Array:
    """Right or wrong, where every change goes one way: hardest for a bound by the observed spread."""
    return _signs(random, n, truth, 0.0)


def graded(random: np.random.Generator, n: int, truth: float) -> Array:
    """Overlap with a reference: half of the answers are equal, the others differ by a spread of 0.25."""
    differ = random.random(n) < 0.5
    return np.clip(truth + differ * random.normal(0.0, 0.25, n), -1.0, 1.0)


def _signs(random: np.random.Generator, n: int, truth: float, both_ways: float) -> Array:
    lost, won = both_ways + max(-truth, 0.0), both_ways + max(truth, 0.0)
    drawn = random.random(n)
    return np.where(drawn < lost, -1.0, np.where(drawn < lost + won, 1.0, 0.0))


KINDS: dict[str, Draw] = {
    "only losses or wins": only_losses, "few changes": rare_changes, "many changes": many_changes,
    "graded": graded,
}  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How one simulated gate ended."""

    verdict: str
    used: float
    """The share of the questions that were asked."""
    needed: int | None


def draw_gaps(random: np.random.Generator, draw: Draw, n: int, truth: float, cluster: int) -> Gaps:
    """The gaps of n questions; in a cluster, two of three answers share their fate."""
    groups = -(-n // cluster)
    shared, own = draw(random, groups, truth), draw(random, groups * cluster, truth).reshape(groups, cluster)
    with_shared = random.random((groups, cluster)) < (2 / 3 if cluster > 1 else 0.0)
    differences = np.where(with_shared, shared[:, None], own).ravel()[:n]
    clusters = Clusters(np.repeat(np.arange(groups), cluster)[:n])
    return Gaps.of(differences + MARGIN, clusters, MARGIN - 1.0, MARGIN + 1.0)


def run_gates(drawn: list[Gaps]) -> list[Ended]:
    """As gates do: look after every few clusters, and once more at the end. All have as many clusters."""
    reach = 2.0 * (1.0 + MARGIN) * drawn[0].largest
    scaled = np.clip(np.array([gaps.sums for gaps in drawn]) / reach, -0.5, 0.5)
    # All pairs at once, which is a hundred times faster; the first is checked against what a gate computes.
    p = np.exp(-evidence_path(np.vstack([0.5 - scaled, 0.5 + scaled]), None))
    at_most, at_least = p[: len(drawn)], p[len(drawn) :]
    assert np.allclose(np.minimum(at_most[0], 1.0), drawn[0].early_path(np.zeros(1))[0][0])
    return [_run_gate(*one) for one in zip(drawn, at_most, at_least, strict=True)]


def _run_gate(gaps: Gaps, at_most: Array, at_least: Array) -> Ended:
    looks = np.arange(UNITS_AT_ONCE - 1, len(gaps.sums), UNITS_AT_ONCE)
    passes, worse = at_most[looks] <= ALPHA * EARLY, at_least[looks] <= ALPHA * EARLY
    told = np.flatnonzero(passes | worse)
    if len(told):
        first = int(told[0])
        used = float(gaps.sizes[: looks[first] + 1].sum() / gaps.sizes.sum())
        return Ended("pass" if passes[first] else "worse", used, None)
    claims = weigh(gaps, is_complete=True)
    if claims.passes <= ALPHA:
        return Ended("pass", 1.0, None)
    if claims.worse <= ALPHA:
        return Ended("worse", 1.0, None)
    return Ended("inconclusive", 1.0, questions_to_tell(gaps, ALPHA, min(gaps.mean, MARGIN)))


def measure(options: argparse.Namespace) -> list[Figure]:
    pairs = 40 if options.quick else 1_000
    wrong, power, saved = [], [], []
    for cluster in (1, 3):
        for kind, draw in KINDS.items():
            random = np.random.default_rng([cluster, len(kind)])
            say(f"\n{kind}, clusters of {cluster}, {QUESTIONS} questions, {pairs} pairs each")
            for truth_name, truth in TRUTHS.items():
                ended = run_gates([draw_gaps(random, draw, QUESTIONS, truth, cluster) for _ in range(pairs)])
                passed = _share(e.verdict == "pass" for e in ended)
                worse = _share(e.verdict == "worse" for e in ended)
                line = f"  {truth_name:22} pass {passed:.3f}  worse {worse:.3f}"
                if truth < 0:
                    wrong.append(passed)
                else:
                    needed = [e.needed for e in ended if e.verdict == "inconclusive"]
                    again = [n for n in needed if n is not None and n <= MOST_NEEDED][: pairs // 10]
                    found = [
                        run_gates([draw_gaps(random, draw, n, truth, cluster)])[0].verdict == "pass"
                        for n in again
                    ]
                    if len(found) >= (1 if options.quick else 20):
                        power.append(_share(found))
                        line += f"  then, with the {int(np.median(again))} (median) needed: {power[-1]:.3f}"
                    line += f"  {len(needed) - len([n for n in needed if n and n <= MOST_NEEDED])} need more"
                say(line)
            for truth_name, truth in CLEAR.items():
                ended = run_gates([draw_gaps(random, draw, QUESTIONS, truth, cluster) for _ in range(pairs)])
                right = _share(e.verdict == ("pass" if truth > 0 else "worse") for e in ended)
                saved.append(1.0 - float(np.mean([e.used for e in ended])))
                say(f"  {truth_name:22} right {right:.3f}  saved {saved[-1]:.3f}")
    return [
        Figure(
            "wrong passes, most of 8 kinds", max(wrong), bar=ALPHA, at_most=True, note=f"{pairs} pairs each"
        ),
        Figure("true passes found with the questions needed, least", min(power), bar=0.8),
        Figure("answers saved where the case is clear, least", min(saved), bar=0.4),
    ]


def _share(values: object) -> float:
    return float(np.mean(list(values)))  # type: ignore[call-overload]


if __name__ == "__main__":
    raise SystemExit(run_alone("gate", measure, __doc__))
