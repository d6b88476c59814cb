"""What leads so far, in one look: it agrees with the leaderboard, and is as new as the experiment.
Knows nothing about the line that shows it."""

from __future__ import annotations

from typing import Any

from tests.tiny_experiment import Runner, experiment
from workbench.calls.stop_signal import StopSignal
from workbench.results.best import find_best
from workbench.results.kept import Kept
from workbench.store.experiments import get_experiment


def test_it_is_the_first_row_of_the_leaderboard_and_the_bill(runner: Runner) -> None:
    id_ = runner.create(experiment(retrieval={"retriever": ["keyword", "dense"], "top_k": [1, 2]}))
    waiting = find_best(runner.store, id_)
    assert (waiting.name, waiting.target, waiting.spent_usd) == ("", None, 0.0)
    result = runner.run(id_)
    best, first = find_best(runner.store, id_), result.leaderboard["trials"][0]
    assert (best.trial_id, best.name) == (first["trial"], first["name"])
    assert best.target == first["scores"]["correctness"]["mean"]
    assert best.spent_usd == result.status["spent_usd"]


def test_what_is_kept_is_dropped_when_the_experiment_has_run_again(runner: Runner) -> None:
    stop = StopSignal()
    stop.set("stopped", "Stopped by you.")
    result = runner.run(experiment(), make_stop_signal=lambda: stop)
    kept: Kept[Any] = Kept(most=1)
    before = get_experiment(runner.store, result.id)
    assert (
        kept.get(runner.store, before, "a", lambda: 1) == kept.get(runner.store, before, "a", lambda: 2) == 1
    )
    runner.run(result.id)
    after = get_experiment(runner.store, result.id)
    assert kept.get(runner.store, after, "a", lambda: 3) == 3
    assert kept.get(runner.store, after, "b", lambda: 4) == 4
    assert kept.get(runner.store, after, "a", lambda: 5) == 5  # only the last one is kept
