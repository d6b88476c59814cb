"""How soon each search strategy finds a good configuration, on a grid that was evaluated in full.
Knows nothing about how a strategy works: each is played against the table of all answers.

    python -m benchmarks.search [--quick] [--home FOLDER] [--rounds N]

The grid: 324 configurations over the sample corpus with the embedded models (3 prompts × 2 models × 2
splitters × 3 chunk sizes × 3 retrievers × 3 top-k), run through the product, correctness of the search part.
Each strategy is played 20 times, each time with its seed and the questions in another order. The pick is the
best, by all its answers, of the configurations that were asked everything; its regret is how much lower its
mean over all questions is than the best's. Answers are those asked for, as a share of the grid's. Random and
TPE try as many configurations as `model` spends answers on, and as many as `halving` does.

--home keeps the evaluated grid (and uses one that is kept): evaluating it takes most of the time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, run_alone, say
from benchmarks.runs import CORPUS, EMBEDDED, PROJECT
from workbench.api import run_experiment
from workbench.engine.preparation import open_workbench
from workbench.search.simulation import Outcome, play
from workbench.search.strategies import STRATEGIES
from workbench.search.types import Field
from workbench.settings import load_settings, quieten_libraries
from workbench.space.experiment import ExperimentFile
from workbench.space.files import load_prompts_file
from workbench.space.grid import knob_settings
from workbench.store.comparisons import get_score_cells
from workbench.store.experiments import get_trials

ROUNDS, QUICK_ROUNDS = 20, 2
ENOUGH = 0.9  # of the rounds that must come as near as the bar says
AXES: dict[str, list[Any]] = {
    "splitter": ["markdown", "sentence"], "chunk_tokens": [64, 128, 256], "chunk_overlap": [16],
    "embedding": [EMBEDDED], "retriever": ["dense", "keyword", "hybrid"], "top_k": [2, 4, 8],
}  # fmt: skip
QUICK_AXES = AXES | {"splitter": ["markdown"], "chunk_tokens": [128], "top_k": [2, 4]}


@dataclass(frozen=True, slots=True)
class Table:
    """worth: configurations × questions, all known.  knobs: of the configurations."""

    knobs: list[Mapping[str, str]]
    worth: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bar:
    """share: of the grid's answers, at most.  regret: at most, in `sure` of the rounds."""

    share: float
    regret: float
    sure: float


BARS = {"halving": Bar(0.2, 0.03, ENOUGH), "race": Bar(0.85, 0.01, 1.0), "model": Bar(0.2, 0.01, ENOUGH)}


def evaluate(home: Path, quick: bool) -> Table:
    """The whole grid through the product; correctness of every answer of the search part."""
    written = {p.name: p for p in load_prompts_file(PROJECT / "experiments" / "prompts.yaml")}
    experiment = ExperimentFile.model_validate(
        {
            "name": "search-grid", "corpus": str(CORPUS), "retrieval": QUICK_AXES if quick else AXES,
            "prompts": [written[name] for name in ("short", "concise", "cited")],
            "models": ["embedded/extractive", "embedded/extractive-tuned"],
            "scores": ["correctness"], "objective": {"maximize": "correctness"},
        }
    )  # fmt: skip
    started = time.perf_counter()
    result = run_experiment(experiment, home=home)
    say(f"grid evaluated in {time.perf_counter() - started:.0f} s, {result.status['answers']} answers")
    store = open_workbench(load_settings(home))
    trials = get_trials(store, result.id)
    rows = {trial.id: row for row, trial in enumerate(trials)}
    cells = get_score_cells(store, result.id, "correctness")
    columns = {question: column for column, question in enumerate(sorted({cell[1] for cell in cells}))}
    worth = np.full((len(rows), len(columns)), np.nan)
    for trial, question, value in cells:
        worth[rows[trial], columns[question]] = value
    if np.isnan(worth).any():
        raise ValueError(f"{np.isnan(worth).sum()} of {worth.size} answers of the grid have no score.")
    return Table([knob_settings(trial.config) for trial in trials], worth)


def rounds_of(table: Table, strategy: str, rounds: int, **settings: Any) -> list[Outcome]:
    """The same rounds for every strategy: round n's question order does not depend on it."""
    outcomes = []
    for seed in range(rounds):
        order = np.random.default_rng(1000 + seed).permutation(table.worth.shape[1])
        field = Field(table.knobs, len(order), seed)
        outcomes.append(play(STRATEGIES[strategy](field, **settings), table.worth[:, order]))
    return outcomes


def figures_of(table: Table, label: str, outcomes: Sequence[Outcome], bar: Bar | None) -> list[Figure]:
    shares = np.array([outcome.answers / table.worth.size for outcome in outcomes])
    regrets = np.array([outcome.regret for outcome in outcomes])
    near = bar.regret if bar else 0.01
    inside = int((regrets <= near).sum())
    found = (
        f"mean regret {regrets.mean():.4f}, largest {regrets.max():.4f}; best itself {(regrets == 0).sum()}"
    )
    return [
        Figure(
            f"{label}: picks within {near:g} of the best",
            inside / len(outcomes),
            bar=bar and bar.sure,
            digits=2,
            note=found,
        ),
        Figure(
            f"{label}: answers asked, largest share of the grid's",
            float(shares.max()),
            bar=bar and bar.share,
            digits=3,
            note=f"mean {shares.mean():.3f}",
            at_most=True,
        ),
    ]


def play_all(table: Table, rounds: int) -> list[Figure]:
    figures: list[Figure] = []
    tried: dict[str, int] = {}
    for strategy in ("model", "halving", "race"):
        started = time.perf_counter()
        outcomes = rounds_of(table, strategy, rounds)
        say(f"{strategy}: {(time.perf_counter() - started) / rounds:.1f} s a round")
        figures += figures_of(table, strategy, outcomes, BARS[strategy])
        mean = float(np.mean([outcome.answers for outcome in outcomes]))
        tried[strategy] = max(1, round(mean / table.worth.shape[1]))
    for beside in ("model", "halving"):
        for strategy in ("random", "tpe"):
            outcomes = rounds_of(table, strategy, rounds, trials=tried[beside])
            figures += figures_of(table, f"{strategy}, spending as {beside}", outcomes, None)[:1]
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    if options.home:
        table = evaluate(options.home, options.quick)
    else:
        with tempfile.TemporaryDirectory() as folder:
            table = evaluate(Path(folder), options.quick)
    means = np.sort(table.worth.mean(axis=1))[::-1]
    say(
        f"{len(means)} configurations ({len(np.unique(table.worth, axis=0))} that differ in an answer), "
        f"{table.worth.shape[1]} questions; best mean {means[0]:.4f}, median {np.median(means):.4f}, "
        f"{int((means >= means[0] - 0.01).sum())} within 0.01 of the best"
    )
    return play_all(table, QUICK_ROUNDS if options.quick else options.rounds)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, help="where the evaluated grid is kept")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each strategy is played")


if __name__ == "__main__":
    raise SystemExit(run_alone("search", measure, __doc__, add_options))
