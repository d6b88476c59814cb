"""The Trainings page, a training in a design, and a tuned model beside its parent on other pages.
Knows nothing about how a variant is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_experiment import Runner, experiment, run_once, take_over
from tests.trainings import PARENT, TUNE, VARIANT, add_train_questions
from tests.ui.conftest import Draw, say_a_worker_lives, settled, sound, texts, words, written
from workbench.space.model import Model
from workbench.space.tuning import Tune, Tuning
from workbench.store.experiments import delete_experiment
from workbench.store.learning.tuning_jobs import (
    FAILED,
    RUNNING,
    add_job,
    beat_job,
    claim_job,
    end_job,
    find_job,
    list_jobs,
)
from workbench.store.processes import owner_name

pytestmark = pytest.mark.usefixtures("nobody_starts_a_worker")
BOTH = experiment(
    models=[PARENT, TUNE], retrieval={"retriever": ["keyword"], "top_k": [2], "chunk_tokens": [64]}
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return run_once(tmp_path_factory.mktemp("trained"), BOTH, add_train_questions)


@pytest.fixture
def ran(runner: Runner, trained: tuple[str, Path]) -> str:
    """A finished experiment with a variant."""
    add_train_questions(runner.settings.corpora / "tiny")
    take_over(runner, trained[1])
    say_a_worker_lives(runner)
    return trained[0]


def begin_job(runner: Runner, name: str = "smol-tuned") -> tuple[str, str]:
    """(key, holder) of a training that runs."""
    smol = Model(name="smol", base_url="http://127.0.0.1:1/v1", model="smol")
    tuning = Tuning(parent=smol, recipe="local-lora", settings={"rank": 8}, data_key=name)
    add_job(runner.store, tuning.key, name, tuning.model_dump(mode="json"), f"trainings/{name}")
    owner = owner_name()
    assert claim_job(runner.store, tuning.key, owner) is not None
    losses = [[float(step), 3.0 - step / 20] for step in range(1, 41)]
    beat_job(runner.store, tuning.key, owner, step=40, steps=200, rows=120, losses=losses, seconds=90.0)
    return tuning.key, owner


def test_without_trainings_the_page_says_what_to_do(draw_page: Draw) -> None:
    assert "No trainings yet" in texts(sound(draw_page("trainings")))


def test_a_running_training_shows_its_step_and_loss_and_can_be_stopped(
    draw_page: Draw, runner: Runner
) -> None:
    key, _ = begin_job(runner)
    app = sound(draw_page("trainings"))
    [row] = [dict(r) for _, r in app.dataframe[0].value.iterrows()]
    assert (row["Model"], row["Parent"], row["Reached"]) == ("smol-tuned", "smol", "step 40 of 200, loss 1")
    app.button(key="trainings.stop").click().run()
    job = find_job(runner.store, key)
    assert job is not None and job.state == RUNNING and job.stop_requested


def test_a_finished_training_is_renamed_and_deleted_once_its_experiment_is_done(
    draw_page: Draw, runner: Runner, ran: str
) -> None:
    [job] = list_jobs(runner.store)
    key = f"trainings.{job.key[:16]}"
    app = sound(draw_page("trainings", training=job.key))
    app.text_input(key=f"{key}.name").set_value("embedded/ours").run()
    app = sound(app.button(key=f"{key}.rename").click().run())
    assert [one.name for one in list_jobs(runner.store)] == ["embedded/ours"]
    assert app.button(key=f"{key}.delete").disabled
    unfinished = runner.create(BOTH.model_copy(update={"name": "later"}))
    sound(app.checkbox(key=f"{key}.sure").check().run())
    assert "used by an experiment that is not finished: later" in words(app)
    delete_experiment(runner.store, unfinished)
    app = sound(app.run())
    assert "and the registered model embedded/ours will be deleted" in words(app)
    sound(app.button(key=f"{key}.delete").click().run())
    assert not list_jobs(runner.store)


def test_a_failed_training_says_why_and_can_be_tried_again(draw_page: Draw, runner: Runner) -> None:
    key, owner = begin_job(runner)
    end_job(runner.store, key, owner, FAILED, "The disk is full.")
    app = sound(draw_page("trainings", training=key))
    assert "The disk is full." in words(app)
    assert app.button(key="trainings.resume").label == "Resume"


def test_a_training_is_started_from_the_page(draw_page: Draw, ran: str, runner: Runner) -> None:
    app = settled(draw_page("trainings", tab="Start a training"), runner)
    app.selectbox(key="trainings.form.parent").set_value(PARENT).run()
    app.text_input(key="trainings.form.name").set_value("embedded/mine").run()
    app.button(key="trainings.form.start").click().run()
    app = settled(app, runner)
    assert {job.name: job.state for job in list_jobs(runner.store)}["embedded/mine"] == "done"


def test_the_run_page_says_how_far_a_training_is(draw_page: Draw, ran: str) -> None:
    assert f"{VARIANT} is trained" in texts(sound(draw_page("run", experiment=ran))).replace("\\", "")


def test_results_show_a_variant_beside_its_parent(draw_page: Draw, ran: str, runner: Runner) -> None:
    app = settled(draw_page("results", experiment=ran, view="families"), runner)
    assert f"{VARIANT} against {PARENT}" in texts(app).replace("\\", "")
    row = dict(next(r for _, r in app.dataframe[0].value.iterrows()))
    assert (row["Questions about"], row["Part"], row["Questions"]) == ("all questions", "held out", 2)


def test_compare_shows_a_variant_beside_its_parent_by_the_score_that_is_chosen(
    draw_page: Draw, ran: str, runner: Runner
) -> None:
    app = settled(draw_page("compare", experiment=ran, view="families"), runner)
    assert f"{VARIANT} against {PARENT}" in texts(app).replace("\\", "")
    [score] = [box for box in app.selectbox if box.label == "Score"]
    assert "per 1,000" not in str(score.options)
    app = settled(score.set_value("grounding").run(), runner)
    assert "grounding" in app.query_params["score"]
    assert "all questions" in list(app.dataframe[0].value["Questions about"])


def test_compare_without_variants_has_no_view_of_them(draw_page: Draw, finished: str) -> None:
    app = sound(draw_page("compare", experiment=finished))
    [views] = [c for c in app.button_group if c.label == "View"]
    assert "Parent and variants" not in views.options


def test_what_was_trained_is_compared_with_its_parent_in_a_design_that_has_both(
    draw_page: Draw, ran: str, runner: Runner
) -> None:
    [job] = list_jobs(runner.store)
    app = settled(draw_page("design", training=job.key), runner)
    design = written(app)
    assert (design.models, design.corpus) == ([PARENT, VARIANT], "tiny")
    app = sound(draw_page("design", training="gone"))
    assert "There is no training" in words(app)


def test_the_models_page_shows_a_variant_beside_its_parent(draw_page: Draw, ran: str, runner: Runner) -> None:
    app = settled(draw_page("models", model=VARIANT), runner)
    assert "Compared with its parent, in tiny" in [e.label for e in app.expander]
    assert f"{VARIANT} against {PARENT}" in texts(app).replace("\\", "")


def test_results_without_variants_have_no_view_of_them(
    draw_page: Draw, finished: str, runner: Runner
) -> None:
    app = settled(draw_page("results", experiment=finished), runner)
    [views] = [c for c in app.button_group if c.label == "View"]
    assert "Tuned against parent" not in views.options


def test_a_training_is_added_to_a_design_with_its_parent(draw_page: Draw, runner: Runner) -> None:
    app = settled(draw_page("design"), runner)
    app.button(key="design_training.add").click().run()
    models = written(settled(app, runner)).models
    [tune] = [m for m in models if isinstance(m, Tune)]
    assert tune.parent in models and tune.recipe == "embedded"


def test_the_plan_of_a_design_shows_its_trainings(draw_page: Draw, ran: str, runner: Runner) -> None:
    app = settled(draw_page("design", **{"from": ran}), runner)
    assert any(isinstance(m, Tune) and m.name == VARIANT for m in written(app).models)
    assert "1 training" in texts(app)
