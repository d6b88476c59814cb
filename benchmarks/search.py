"""What each search strategy picks, for which share of a grid's answers, over 20 seeds.
Knows nothing about how a strategy decides: the product evaluates the grid whole, then each is played on it.

python -m benchmarks.search [--quick]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, run_alone, say
from workbench.parts.part import Strategy
from workbench.parts.registry import get_part
from workbench.search.simulation import play
from workbench.search.types import Field

SEEDS = 20
NEAR, HALVING_NEAR = 0.01, 0.03
# 3 prompts × 2 splitters × 3 chunk sizes × 3 retrievers × 3 top-k × 2 models = 324 distinct configurations.
AXES: dict[str, Any] = {
    "splitter": ["markdown", "sentence"], "chunk_tokens": [64, 128, 256], "chunk_overlap": [16],
    "retriever": ["dense", "keyword", "hybrid"], "top_k": [2, 4, 8],
}  # fmt: skip
QUICK_AXES: dict[str, Any] = {**AXES, "splitter": ["markdown"], "chunk_tokens": [64], "top_k": [2, 4]}

Worth = NDArray[np.float64]


def evaluate_grid(quick: bool) -> tuple[list[dict[str, str]], Worth]:
    """(knob settings, correctness by configuration and search question), by a run of the product."""
    from workbench.api import run_experiment
    from workbench.run.open_home import open_workbench
    from workbench.settings import load_settings
    from workbench.space.experiment import ExperimentFile
    from workbench.space.search_space import knob_settings
    from workbench.store.questions import get_questions
    from workbench.store.summaries import get_score_means
    from workbench.store.trials import get_trials

    written = ExperimentFile.model_validate(
        {
            "name": "search-grid",
            "corpus": "harbor-support",
            "prompts": ["short", "concise", "cited"],
            "retrieval": QUICK_AXES if quick else AXES,
            "models": ["embedded/extractive", "embedded/extractive-tuned"],
            "scores": ["correctness", "refusal"],
            "holdout": 0.3,
            "questions": {"limit": 40 if quick else None},
        }  # fmt: skip
    )
    with tempfile.TemporaryDirectory() as home:
        result = run_experiment(written, home=home)
        store = open_workbench(load_settings(home))
        try:
            trials = get_trials(store, result.id)
            asked = [q.question.id for q in get_questions(store, result.id) if q.part == "search"]
            row = {t.id: i for i, t in enumerate(trials)}
            column = {q: i for i, q in enumerate(asked)}
            worth = np.full((len(trials), len(asked)), np.nan)
            for trial, question, _, value in get_score_means(store, row, ["correctness"]):
                worth[row[trial], column[question]] = value
            return [knob_settings(t.config) for t in trials], worth
        finally:
            store.dispose()


def play_all(name: str, knobs: Sequence[dict[str, str]], worth: Worth, **settings: Any) -> Worth:
    """[share of the grid's answers, regret] of each seed. A seed shuffles the questions and breaks ties."""
    found = []
    for seed in range(SEEDS):
        order = np.random.default_rng(seed).permutation(worth.shape[1])
        field = Field(list(knobs), worth.shape[1], seed)
        outcome = play(get_part(Strategy, name).load()(field, **settings), worth[:, order])
        found.append((outcome.answers / worth.size, outcome.regret))
    return np.array(found)


def describe(name: str, played: Worth, near: float) -> str:
    """What a figure is read beside."""
    shares, regrets = played[:, 0], played[:, 1]
    return (
        f"{name}: worst share {shares.max():.3f}; within 0.01 in {(regrets <= NEAR).sum()}, within 0.03 in "
        f"{(regrets <= HALVING_NEAR).sum()} of {len(played)}; worst pick {regrets.max():.4f} below the best"
    )


def figures_of(knobs: Sequence[dict[str, str]], worth: Worth) -> list[Figure]:
    means = worth.mean(axis=1)
    near, wide = ((means >= means.max() - within).sum() for within in (NEAR, HALVING_NEAR))
    say(f"{worth.shape[0]} configurations × {worth.shape[1]} questions; best {means.max():.4f}, ")
    say(f"worst {means.min():.4f}, {near} within 0.01 of the best, {wide} within 0.03")
    figures: list[Figure] = []
    shares: dict[str, float] = {}
    for name, near, most, least in (
        ("halving", HALVING_NEAR, 0.2, 18), ("race", NEAR, 0.85, 20), ("model", NEAR, 0.2, 18),
    ):  # fmt: skip
        played = play_all(name, knobs, worth)
        shares[name] = float(played[:, 0].mean())
        say(describe(name, played, near))
        note = f"worst of {SEEDS} seeds {played[:, 0].max():.3f}"
        figures.append(
            Figure(f"{name}: share of the grid's answers", shares[name], bar=most, at_most=True, note=note)
        )
        good = float((played[:, 1] <= near).sum())
        note = f"worst pick {played[:, 1].max():.4f} below the best"
        figures.append(Figure(f"{name}: seeds of 20 within {near}", good, bar=least, digits=0, note=note))
    for beside in ("halving", "model"):
        trials = max(1, round(shares[beside] * worth.shape[0]))
        for name in ("random", "tpe"):
            played = play_all(name, knobs, worth, trials=trials)
            say(f"at {beside}'s spend: {describe(name, played, NEAR)}")
            note = (
                f"{trials} configurations, as many answers as {beside}; mean regret {played[:, 1].mean():.4f}"
            )
            good = float((played[:, 1] <= NEAR).sum())
            figures.append(
                Figure(f"{name} at {beside}'s spend: seeds within 0.01", good, digits=0, note=note)
            )
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    if options.table:
        data = np.load(options.table, allow_pickle=False)
        return figures_of(json.loads(str(data["knobs"])), data["worth"])
    knobs, worth = evaluate_grid(options.quick)
    if options.keep:
        np.savez(options.keep, worth=worth, knobs=json.dumps(knobs))
    return figures_of(knobs, worth)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", type=Path, metavar="FILE.npz", help="keep the evaluated grid")
    parser.add_argument("--table", type=Path, metavar="FILE.npz", help="play on a grid that was kept")


if __name__ == "__main__":
    sys.exit(run_alone("search", measure, __doc__, _options))
