"""Whether the statistics keep their promises on questions that share sections, 2.9 to a section on average.
Knows nothing about documents or models; `python -m benchmarks.statistics` runs it.

"Alone" is what the same figures would be if each question stood alone, as they did before groups counted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.figures import Figure, say
from tests.analysis.simulating import TOKEN_F1_MEAN, Array, alike, as_rates, as_token_f1, sections
from workbench.analysis.all_pairs import all_pairs
from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import difference_intervals, mean_interval
from workbench.analysis.multiple_comparisons import ALPHA
from workbench.analysis.permutation_test import permutation_p
from workbench.analysis.significance import ScoreTable, compare_with
from workbench.search.race import race
from workbench.search.simulation import play
from workbench.search.types import Field

SIZES = (20, 40, 100, 300)
CORRELATION = 0.5  # of the values behind the scores; of scores and their differences it is 0.3 to 0.45
TOGETHER = 25  # simulations that share their sections
LEAST_COVERAGE, MOST_CLAIMS = 0.93, 0.06
CONFIGURATIONS = 20
RACING, RACED_QUESTIONS = 8, 150
KINDS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "token F1": (as_token_f1, TOKEN_F1_MEAN),
    "rates of 0.5": (lambda values: as_rates(values, 0.5), 0.5),
    "rates of 0.9": (lambda values: as_rates(values, 0.9), 0.9),
}
Counts = dict[str, float]


def _simulate(random: np.random.Generator, kind: str, questions: int, simulations: int) -> Counts:
    """Shares of: means and differences whose interval holds the truth, and false claims about a pair."""
    convert, truth = KINDS[kind]
    counts: Counts = dict.fromkeys(
        ("mean", "mean alone", "pair", "pair alone", "claims", "claims alone"), 0.0
    )
    for _ in range(simulations // TOGETHER):
        of_question = sections(random, questions)
        one, other = (
            convert(
                np.concatenate([alike(random, 2, of_question, CORRELATION) for _ in range(TOGETHER)])[i::2]
            )
            for i in (0, 1)
        )
        for words, clusters in (("", Clusters(of_question)), (" alone", None)):
            means = [mean_interval(row[:, None].tolist(), clusters) for row in one]
            counts[f"mean{words}"] += sum(_holds((m.low, m.high), truth) for m in means)
            differences = (other - one).T
            pairs = difference_intervals(differences, of_unit=True, clusters=clusters)
            counts[f"pair{words}"] += sum(_holds(pair, 0.0) for pair in pairs)
            counts[f"claims{words}"] += int((permutation_p(differences, None, clusters) <= ALPHA).sum())
    return {name: count / (simulations // TOGETHER * TOGETHER) for name, count in counts.items()}


def _holds(interval: tuple[float | None, float | None] | None, truth: float) -> bool:
    low, high = interval or (None, None)
    return low is not None and high is not None and low - 1e-9 <= truth <= high + 1e-9


def intervals_and_pairs(simulations: int) -> list[Figure]:
    random = np.random.default_rng(11)
    figures = []
    say(f"\n2.9 questions a section, {simulations} simulations")
    for kind in KINDS:
        shares = {n: _simulate(random, kind, n, simulations) for n in SIZES}
        for n, counts in shares.items():
            words = "  ".join(f"{name} {share:.3f}" for name, share in counts.items())
            say(f"  {kind:14} {n:4} questions: {words}")
        note = f"{', '.join(map(str, SIZES))} questions"
        for what, name in (("mean", "mean"), ("pair", "difference of two")):
            least = min(counts[what] for counts in shares.values())
            alone = min(counts[f"{what} alone"] for counts in shares.values())
            figures.append(
                Figure(f"{kind}, {name}: least coverage", least, bar=LEAST_COVERAGE,
                       note=f"alone {alone:.3f}; {note}")
            )  # fmt: skip
        most = max(counts["claims"] for counts in shares.values())
        alone = max(counts["claims alone"] for counts in shares.values())
        figures.append(
            Figure(f"{kind}, equal pair: most false claims", most, bar=MOST_CLAIMS, at_most=True,
                   note=f"alone {alone:.3f}")
        )  # fmt: skip
    return figures


def any_pair(sweeps: int) -> list[Figure]:
    """Sweeps of equal configurations in which any two are told apart after the correction for all pairs."""
    random = np.random.default_rng(12)
    one, other = np.triu_indices(CONFIGURATIONS, 1)
    claims = {"": 0, " alone": 0}
    for _ in range(sweeps):
        of_question = sections(random, 100)
        values = as_token_f1(alike(random, CONFIGURATIONS, of_question, CORRELATION))
        differences = (values[one] - values[other]).T
        for words, clusters in (("", Clusters(of_question)), (" alone", None)):
            corrected = all_pairs(values, clusters).corrected(differences, np.zeros(len(one)))
            claims[words] += bool((corrected <= ALPHA).any())
    return [
        Figure(f"{CONFIGURATIONS} equal configurations, 100 questions: sweeps with a false claim",
               claims[""] / sweeps, bar=MOST_CLAIMS, at_most=True,
               note=f"alone {claims[' alone'] / sweeps:.3f}; {sweeps} sweeps")
    ]  # fmt: skip


def racing(races: int) -> list[Figure]:
    """What races claim of equal configurations, and whether they keep the best of unequal ones."""
    random = np.random.default_rng(13)
    field = Field([{"knob": str(i)} for i in range(RACING)], RACED_QUESTIONS, 7)
    claims, kept = {"": 0, " alone": 0}, 0
    for _ in range(races):
        of_question = random.permutation(sections(random, RACED_QUESTIONS))
        values = as_token_f1(alike(random, RACING, of_question, CORRELATION))
        outcome = play(race(field), values)
        names = {f"q{i}": f"section {section}" for i, section in enumerate(of_question)}
        asked = np.where(outcome.asked, values, np.nan)
        for words, named in (("", names), (" alone", {})):
            ids = tuple(f"t{i}" for i in range(RACING)), tuple(names)
            table = ScoreTable("token_f1", *ids, asked, named_clusters=named)
            found = compare_with(table, f"t{outcome.pick}", "leader")
            claims[words] += any(c.better is not None for c in found)
        better = values.copy()
        better[0] = np.minimum(better[0] + 0.10, 1.0)
        best = int(better.mean(axis=1).argmax())
        kept += best not in play(race(field), better).dropped
    return [
        Figure(f"races of {RACING} equal configurations with a false claim", claims[""] / races,
               bar=MOST_CLAIMS, at_most=True, note=f"alone {claims[' alone'] / races:.3f}; {races} races"),
        Figure("races that keep the best configuration", kept / races, bar=0.95),
    ]  # fmt: skip


def measure_clusters(quick: bool) -> list[Figure]:
    return [
        *intervals_and_pairs(50 if quick else 1_000),
        *any_pair(10 if quick else 300),
        *racing(10 if quick else 300),
    ]
