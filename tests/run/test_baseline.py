"""The baseline, "what you run today": in the file, tried whatever the search, chosen after the run, in the export.
Knows nothing about how the others are compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tiny_experiment import Runner, experiment
from workbench.api import prepare_experiment
from workbench.errors import ExperimentError, InputError
from workbench.planning.plan import make_plan
from workbench.results.baseline import choose_baseline, get_baseline
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.summarise import ensure_comparisons
from workbench.ship.export import export_winner
from workbench.ship.winner import read_winner
from workbench.space.experiment import ExperimentFile
from workbench.space.file_writing import experiment_to_yaml, to_experiment_file
from workbench.space.files import parse_experiment
from workbench.space.search_space import expand, find_baseline_config
from workbench.store.experiments import get_experiment

TODAY = {"prompt": "cited", "retriever": "keyword", "top_k": 3}


def with_baseline(baseline: dict[str, Any] = TODAY, **fields: Any) -> ExperimentFile:
    return experiment(baseline=baseline, **fields)


def configs_of(runner: Runner, written: ExperimentFile) -> list[str]:
    prepared = prepare_experiment(written, runner.settings, runner.store)
    return [config.id for config in prepared.space.configs]


def test_what_is_left_out_has_the_first_value_and_a_missing_configuration_is_added(runner: Runner) -> None:
    plain, more = configs_of(runner, experiment()), configs_of(runner, with_baseline())
    assert more[:-1] == plain
    prepared = prepare_experiment(with_baseline(), runner.settings, runner.store)
    config = find_baseline_config(prepared.experiment)
    assert config is not None and config.id == more[-1]
    assert (config.prompt.name, config.retrieval.top_k, config.retrieval.chunk_tokens) == ("cited", 3, 64)
    assert config.retrieval.retriever == "keyword" and config.model.name == "embedded/extractive"
    assert "1 configuration added: the baseline, which the axes do not have." in prepared.notes
    assert make_plan(prepared, runner.settings, runner.store).configs == len(plain) + 1


def test_one_that_the_axes_have_is_not_tried_twice(runner: Runner) -> None:
    written = with_baseline({"retriever": "dense"})
    assert configs_of(runner, written) == configs_of(runner, experiment())
    result = runner.run(written)
    board = result.leaderboard
    assert board["baseline"] == f"{result.id}-0002"
    assert sum(row["vs_baseline"] is not None for row in board["trials"]) == 1
    assert board["verdict"]["baseline"]["trial"] == board["baseline"]


def test_it_changes_no_identity_unless_the_file_names_another(runner: Runner) -> None:
    first = runner.create(with_baseline())
    assert runner.create(with_baseline()) == first
    assert runner.create(with_baseline({**TODAY, "top_k": 4})) != first
    assert runner.create(experiment()) != first


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ({"prompt": "cted"}, "baseline: There is no prompt 'cted'"),
        ({"model": "nope"}, "baseline: Model 'nope' is not registered"),
        ({"chunk_tokens": 64, "chunk_overlap": 64}, "a chunk must be longer than its overlap"),
    ],
)
def test_what_it_cannot_be_is_said(runner: Runner, baseline: dict[str, Any], words: str) -> None:
    with pytest.raises(ExperimentError, match=words):
        prepare_experiment(with_baseline(baseline), runner.settings, runner.store)


def test_an_unknown_key_is_named_with_its_line() -> None:
    text = "name: x\ncorpus: x\nprompts: [x]\nmodels: [x]\nbaseline:\n  topk: 3\n"
    with pytest.raises(ExperimentError, match=r"here\.yaml:6: 'baseline\.topk' is not a known key\. .*top_k"):
        parse_experiment(text, "here.yaml")


@pytest.mark.parametrize(
    "search",
    [{"strategy": "halving", "first": 2, "keep": 0.34}, {"strategy": "tpe", "trials": 2}, {"strategy": "random", "trials": 2}],
)  # fmt: skip
def test_it_is_asked_every_search_question_whatever_the_strategy_leaves_out(
    runner: Runner, search: dict[str, Any]
) -> None:
    axes = {
        "splitter": ["markdown"], "chunk_tokens": [32, 64], "retriever": ["keyword", "dense"], "top_k": [1, 2],
    }  # fmt: skip
    result = runner.run(with_baseline({"top_k": 5}, retrieval=axes, search=search))
    board = result.leaderboard
    (today,) = [row for row in board["trials"] if row["trial"] == board["baseline"]]
    assert today["config"]["retrieval"]["top_k"] == 5
    assert (today["state"], today["answers"]) == ("done", 5)
    assert result.state == "done"


def test_another_one_is_chosen_after_the_run_and_forgotten(runner: Runner) -> None:
    result = runner.run(experiment())
    first, second = f"{result.id}-0001", f"{result.id}-0002"
    assert get_baseline(runner.store, result.id) == first
    choose_baseline(runner.store, result.id, second)
    assert leaderboard_to_json(runner.store, result.id)["verdict"]["baseline"] is None  # not compared yet
    ensure_comparisons(runner.store, result.id)
    board = leaderboard_to_json(runner.store, result.id)
    assert board["baseline"] == second and board["verdict"]["baseline"]["trial"] == second
    choose_baseline(runner.store, result.id, None)
    assert get_baseline(runner.store, result.id) == first
    with pytest.raises(InputError, match="no configuration"):
        choose_baseline(runner.store, result.id, "nope")


def test_it_and_the_verdict_leave_with_the_winner(runner: Runner, tmp_path: Path) -> None:
    result = runner.run(with_baseline())
    evidence = read_winner(export_winner(runner.store, result.id, out=tmp_path / "w.yaml")).evidence
    assert evidence.baseline is not None and evidence.verdict is not None
    assert evidence.verdict["kind"] == "no winner yet"  # of five questions
    named = next(
        row for row in result.leaderboard["trials"] if row["trial"] == result.leaderboard["baseline"]
    )
    assert (evidence.baseline["trial"], evidence.baseline["name"]) == (named["trial"], named["name"])
    difference = evidence.baseline["difference"]
    assert (difference is None) == (evidence.trial == named["trial"])


def test_a_stored_experiment_becomes_a_file_with_it(runner: Runner) -> None:
    stored = get_experiment(runner.store, runner.create(with_baseline())).experiment
    written = to_experiment_file(stored, {}, save_prompt=lambda prompt: prompt)
    again = parse_experiment(experiment_to_yaml(written))
    assert again.baseline is not None and again.baseline.prompt == "cited@1" and again.baseline.top_k == 3
    prepared = prepare_experiment(again, runner.settings, runner.store)
    assert [c.id for c in expand(stored).configs] == [c.id for c in prepared.space.configs]
