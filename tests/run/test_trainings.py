"""Variants that a run trains first: the others go on meanwhile, equal trainings are done once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, take_over
from tests.trainings import PARENT, TUNE, VARIANT, add_train_questions
from workbench.api import prepare_experiment
from workbench.calls.budget import Budget, BudgetSpent
from workbench.calls.stop_signal import StopSignal
from workbench.errors import Stopped, TuningError
from workbench.planning.plan import make_plan
from workbench.results.family import compare_families
from workbench.results.leaderboard import leaderboard_to_json
from workbench.results.status import get_status
from workbench.run.start_or_resume import carry_out
from workbench.run.trainings import NotTrained, Trainings
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.space.experiment import ExperimentFile
from workbench.space.model import Model
from workbench.space.tuned_models import make_variant
from workbench.space.tuning import Tuning
from workbench.store.answer_filters import AnswerFilter, count_matches
from workbench.store.answers import find_answers
from workbench.store.catalogue import get_model, save_model
from workbench.store.learning.tuning_jobs import list_jobs
from workbench.store.leases import claim, request_stop
from workbench.store.ledger import sum_calls
from workbench.store.processes import owner_name
from workbench.store.trials import get_trials
from workbench.tuning.train import train

BOTH = experiment(
    models=[PARENT, TUNE], retrieval={"retriever": ["keyword"], "top_k": [2], "chunk_tokens": [64]}
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An experiment with a variant that was run once: (its id, its database)."""
    return run_once(tmp_path_factory.mktemp("trained"), BOTH, add_train_questions)


@pytest.fixture
def teachable(runner: Runner) -> Runner:
    add_train_questions(runner.settings.corpora / "tiny")
    return runner


@pytest.fixture
def after(teachable: Runner, trained: tuple[str, Path]) -> tuple[Runner, str]:
    take_over(teachable, trained[1])
    return teachable, trained[0]


def run_with(runner: Runner, written: ExperimentFile | str, training: Any) -> str:
    """Run with another training; returns the experiment's id."""
    experiment_id = written if isinstance(written, str) else runner.create(written)
    lease = claim(runner.store, owner_name(), experiment_id=experiment_id)
    assert lease is not None
    asyncio.run(carry_out(runner.store, runner.settings, lease, train=training))
    return experiment_id


def answers_of(runner: Runner, experiment_id: str, model: str) -> int:
    counts = dict(count_matches(runner.store, experiment_id).by_trial)
    trials = get_trials(runner.store, experiment_id)
    return sum(counts.get(trial.id, 0) for trial in trials if trial.config.model.name == model)


def test_a_variant_is_trained_asked_registered_and_compared_with_its_parent(
    after: tuple[Runner, str],
) -> None:
    runner, experiment_id = after
    status = get_status(runner.store, experiment_id)
    assert (status["state"], status["failed_answers"]) == ("done", 0)
    assert answers_of(runner, experiment_id, VARIANT) == answers_of(runner, experiment_id, PARENT) == 7
    assert status["trainings"][VARIANT]["state"] == "done"
    made = get_model(runner.store, VARIANT)
    assert made.variant is not None and made.parent == PARENT
    [family] = compare_families(runner.store, experiment_id)
    assert (family.parent, family.variant, family.part, family.overall.questions) == (
        PARENT, VARIANT, "holdout", 2,
    )  # fmt: skip


def test_what_a_training_costs_stands_in_the_ledger_of_the_run(after: tuple[Runner, str]) -> None:
    runner, experiment_id = after
    [line] = [line for line in sum_calls(runner.store, experiment_id) if line.kind == "tune"]
    [job] = list_jobs(runner.store)
    assert (line.model, line.calls, line.ok) == (VARIANT, 1, 1)
    assert line.cost_usd == pytest.approx(job.cost_usd) and line.cost_usd > 0


def test_an_equal_training_is_done_once_for_all_experiments(after: tuple[Runner, str]) -> None:
    runner, _ = after
    again = experiment(
        name="again", models=[PARENT, {**TUNE, "name": "embedded/other"}],
        retrieval={"retriever": ["keyword"], "top_k": [2], "chunk_tokens": [64]}, scores=["correctness"],
    )  # fmt: skip

    async def never(*_: Any, **__: Any) -> Model:
        raise AssertionError("it is trained already")

    prepared = prepare_experiment(again, runner.settings, runner.store)
    train_plan = make_plan(prepared, runner.settings, runner.store).to_json()["train"]
    assert (train_plan["distinct"], train_plan["stored"], train_plan["left"]) == (1, 1, 0)
    second = run_with(runner, again, never)
    status = get_status(runner.store, second)
    assert status["state"] == "done" and status["trainings"]["embedded/other"]["reused"]
    assert status["calls"]["reused"] == 14  # the same model under another name: the same calls
    assert len(list_jobs(runner.store)) == 1


def test_the_plan_says_what_a_training_takes_before_it_begins(teachable: Runner) -> None:
    prepared = prepare_experiment(BOTH, teachable.settings, teachable.store)
    plan = make_plan(prepared, teachable.settings, teachable.store).to_json()
    [one] = plan["train"]["trainings"]
    assert (one["model"], one["parent"], one["recipe"], one["state"]) == (
        VARIANT, PARENT, "embedded", "to train",
    )  # fmt: skip
    assert 0 < one["seconds"]["low"] < one["seconds"]["high"] < plan["seconds"]["high"]
    assert 0 < one["cost_usd"]["high"] <= plan["cost_usd"]["high"]
    assert one["gpu_seconds"] is None


def test_an_experiment_without_trainings_plans_none(runner: Runner) -> None:
    prepared = prepare_experiment(experiment(), runner.settings, runner.store)
    assert make_plan(prepared, runner.settings, runner.store).to_json()["train"] is None


def test_other_models_are_answered_while_one_is_trained(teachable: Runner) -> None:
    experiment_id = teachable.create(BOTH)
    seen = []

    async def wait_for_the_others(*args: Any, **options: Any) -> Model:
        while not seen:
            count = await asyncio.to_thread(answers_of, teachable, experiment_id, PARENT)
            seen.extend([count] if count == 5 else [])
            await asyncio.sleep(0.02)
        return await train(*args, **options)

    run_with(teachable, experiment_id, wait_for_the_others)
    assert seen == [5] and get_status(teachable.store, experiment_id)["state"] == "done"


def test_a_stop_ends_a_training_and_resuming_goes_on_with_it(teachable: Runner) -> None:
    experiment_id = teachable.create(BOTH)

    async def until_stopped(*_: Any, stop_signal: StopSignal, **__: Any) -> Model:
        request_stop(teachable.store, experiment_id)
        await stop_signal.wait()
        raise Stopped(stop_signal.message)

    run_with(teachable, experiment_id, until_stopped)
    status = get_status(teachable.store, experiment_id)
    assert status["state"] == "stopped" and status["seconds"] < 8
    run_with(teachable, experiment_id, train)
    assert get_status(teachable.store, experiment_id)["state"] == "done"


def test_a_failed_training_makes_its_own_trials_unusable_and_nothing_else(teachable: Runner) -> None:
    async def fail(*_: Any, **__: Any) -> Model:
        raise TuningError("The disk of the trainer is full.")

    experiment_id = run_with(teachable, BOTH, fail)
    status = get_status(teachable.store, experiment_id)
    assert status["state"] == "paused"
    assert f"{VARIANT} was not trained: The disk of the trainer is full." in status["message"]
    assert answers_of(teachable, experiment_id, PARENT) == 5
    assert answers_of(teachable, experiment_id, VARIANT) == 0
    assert status["trainings"][VARIANT]["state"] == "failed"


def test_questions_that_a_model_was_trained_on_do_not_count_in_its_scores(
    after: tuple[Runner, str],
) -> None:
    runner, experiment_id = after
    trial = next(t for t in get_trials(runner.store, experiment_id) if t.config.model.name == PARENT)
    asked = sorted(
        {a.question.id for a in find_answers(runner.store, experiment_id, AnswerFilter(trial_id=trial.id))}
    )
    variant = dict(get_model(runner.store, VARIANT).variant or {})
    variant["trained_on"] = {**variant["trained_on"], "question_ids": asked[:2]}  # type: ignore[dict-item]
    save_model(runner.store, Model(name="embedded/cheat", variant=variant, parent=PARENT))
    result = runner.run(experiment(
        name="cheat", models=[PARENT, "embedded/cheat"],
        retrieval={"retriever": ["keyword"], "top_k": [2], "chunk_tokens": [64]},
    ))  # fmt: skip
    said = (
        "embedded/cheat was trained on 2 of this experiment's 7 questions: its answers to these do not count."
    )
    status = get_status(runner.store, result.id)
    assert any(text.startswith(said) for text in status["warnings"])
    assert any(text.startswith(said) for text in leaderboard_to_json(runner.store, result.id)["warnings"])
    cheat = next(t for t in get_trials(runner.store, result.id) if t.config.model.name == "embedded/cheat")
    answers = find_answers(runner.store, result.id, AnswerFilter(trial_id=cheat.id))
    for answer in answers:
        counted = [score.status for score in answer.scores if score.name == "correctness"]
        assert (counted == ["not_applicable"]) == (answer.question.id in asked[:2])


def test_an_exported_variant_runs_elsewhere(after: tuple[Runner, str], tmp_path: Path) -> None:
    runner, experiment_id = after
    trial = next(t for t in get_trials(runner.store, experiment_id) if t.config.model.name == VARIANT)
    out = tmp_path / "winner.yaml"
    export_winner(runner.store, experiment_id, out=out, trial_id=trial.id)
    model = read_winner(out).config.model
    assert model is not None and model.variant is not None and model.content == trial.config.model.content
    [told] = read_winner(out).trained
    assert (told.parent, told.kind, told.hint) == (
        PARENT,
        "embedded",
        "This file contains all that it learned: nothing else is needed.",
    )
    corpus = runner.settings.corpora / "tiny"
    assert "black" in load_winner(out, corpus=corpus).answer("What colour is the door of the cellar?").answer


# -- the trainings of a run, without a run --------------------------------------------------------


def variants(*settings: int) -> list[Model]:
    parent = Model(name=PARENT)
    return [
        make_variant(f"embedded/v{n}", Tuning(parent=parent, recipe="embedded", data_key=str(n), seed=n))
        for n in settings
    ]


def trainings(runner: Runner, training: Any, budget: Budget | None = None) -> Trainings:
    async def add_call(_: Any) -> bool:
        return False

    prepared = prepare_experiment(experiment(), runner.settings, runner.store)
    return Trainings(
        runner.store, runner.settings, "x", prepared.experiment, prepared.corpus, budget or Budget(None, 0.0),
        add_call, StopSignal(), {}, training,
    )  # fmt: skip


def test_a_training_that_failed_is_not_begun_again_in_the_same_run(teachable: Runner) -> None:
    begun = []

    async def fail(_: Any, __: Any, name: str, *___: Any, **____: Any) -> Model:
        begun.append(name)
        raise TuningError("no")

    async def work() -> None:
        [model] = variants(1)
        of_run = trainings(teachable, fail)
        for _ in range(2):
            with pytest.raises(NotTrained, match="embedded/v1 was not trained: no"):
                await of_run.ready(model)

    asyncio.run(work())
    assert begun == ["embedded/v1"]


def test_one_training_runs_on_this_machine_at_a_time(teachable: Runner) -> None:
    at_once, most = [0], [0]

    async def count(*_: Any, **__: Any) -> Model:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        await asyncio.sleep(0.01)
        at_once[0] -= 1
        raise TuningError("enough")

    async def work() -> None:
        of_run = trainings(teachable, count)
        await asyncio.gather(*map(of_run.ready, variants(1, 2, 3)), return_exceptions=True)

    asyncio.run(work())
    assert most == [1]


def test_a_training_that_uses_up_the_budget_ends_the_run(teachable: Runner) -> None:
    async def expensive(*_: Any, stop_signal: StopSignal, budget_usd: float, **__: Any) -> Model:
        assert budget_usd == 0.5
        stop_signal.set("stopped: budget", "The budget is used up.")
        raise Stopped("The budget is used up.")

    async def work() -> None:
        [model] = variants(1)
        with pytest.raises(BudgetSpent, match="is used up by the training of embedded/v1"):
            await trainings(teachable, expensive, Budget(0.5, 0.0)).ready(model)

    asyncio.run(work())
