"""Tests that a recipe's command is carried out as a job, whatever it does: fails, lingers, floods, lies.
Knows nothing about language models: the commands here train nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tuning.conftest import FACTS, Rows, prompt, rows_of
from workbench.calls.stop_signal import StopSignal
from workbench.errors import CodeNotAllowed, LeaseLost, Stopped, TuningError, TuningFailed, WorkbenchError
from workbench.operating_system import process_exists
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.tuning import TuneData, Tuning
from workbench.store import clock
from workbench.store.catalogue import get_model, save_model
from workbench.store.database import Store
from workbench.store.learning import tuning_jobs
from workbench.store.learning.tuning_jobs import TuningJob, claim_job, get_job, list_jobs, request_stop_of_job
from workbench.tuning import process
from workbench.tuning.data import read_data
from workbench.tuning.left_running import end_left_running, note_process
from workbench.tuning.process import LOG_FILE, PROCESS_FILE
from workbench.tuning.progress_lines import read_progress
from workbench.tuning.self_check import choose_prompts
from workbench.tuning.train import complete_tuning, train

Recipes = Callable[..., str]


class Bench:
    """A home in which one model is trained by one recipe."""

    def __init__(self, store: Store, settings: Settings, parent: Model, folder: Path) -> None:
        self.store, self.settings, self.parent, self.folder = store, settings, parent, folder

    def tuning(self, **fields: Any) -> Tuning:
        data = TuneData(folder=str(self.folder))
        return Tuning.model_validate({"parent": self.parent, "recipe": "mine", "data": data} | fields)

    def train(self, does: str = "trains", **options: Any) -> Model:
        asked = self.tuning(settings={"does": does})
        return asyncio.run(train(self.store, self.settings, "child", asked, **options))

    @property
    def job(self) -> TuningJob:
        return get_job(self.store, "child")

    @property
    def out(self) -> Path:
        return self.settings.home / self.job.folder / "out"


@pytest.fixture
def bench(
    store: Store, settings: Settings, parent: Model, data: Rows, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    monkeypatch.setattr(tuning_jobs, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr("workbench.tuning.held.BEAT_SECONDS", 0.05)
    monkeypatch.setattr(process, "LOOK_SECONDS", 0.1)
    return Bench(store, settings, parent, data())


def test_what_it_made_is_registered_with_all_that_decided_it(bench: Bench, recipe: Recipes) -> None:
    recipe()
    made = bench.train()
    job = bench.job
    assert (job.state, job.step, job.steps, job.rows) == ("done", 4, 4, 6)
    assert job.losses == [[1, 2.0], [2, 1.0], [3, 2 / 3], [4, 0.5]] and job.metrics["train_loss"] == 0.5
    assert job.message == "" and job.metrics["check"]["asked"] == 3
    assert job.cost_usd == pytest.approx(job.seconds)
    assert made.tuned is not None and made.tuned.key == job.key and made.parent == "small"
    assert (
        made.base_url
        and made.base_url.startswith("http://127.0.0.1:2")
        and get_model(bench.store, "child") == made
    )


def test_a_model_that_only_repeats_itself_is_said_to_be_broken(bench: Bench, recipe: Recipes) -> None:
    recipe(reply="the cup " * 40)
    bench.train()
    assert bench.job.state == "done" and "3 repeat themselves" in bench.job.message


def test_a_model_that_says_nothing_is_said_to_be_broken(bench: Bench, recipe: Recipes) -> None:
    recipe(reply="")
    bench.train()
    assert bench.job.state == "done" and "3 of 3 replies are empty" in bench.job.message


def test_a_model_that_declines_what_it_was_taught_to_answer_is_said_so(bench: Bench, recipe: Recipes) -> None:
    recipe(reply="I don't know.")
    bench.train()
    assert bench.job.state == "done" and "declined all 3 questions" in bench.job.message


def test_a_check_asks_different_questions_that_the_data_answer() -> None:
    rows = [
        *rows_of("kto", 4),
        *rows_of("sft", 1),
        {"prompt": prompt("Where is the shop?"), "completion": "I don't know."},
    ]
    chosen = [messages[0]["content"].splitlines()[-1] for messages in choose_prompts(rows)]
    assert chosen == [f"Question: {list(FACTS)[n]}" for n in (0, 2, 1)]


def test_one_that_fails_midway_says_why_and_goes_on_from_its_checkpoint(
    bench: Bench, recipe: Recipes
) -> None:
    recipe()
    with pytest.raises(TuningFailed, match="exit code 1. It last said: RuntimeError: out of memory"):
        bench.train("fails midway")
    assert (bench.job.state, bench.job.step) == ("failed", 2)
    before = bench.job.seconds
    bench.train("fails midway")
    assert [int(step) for step, _ in bench.job.losses] == [3, 4] and bench.job.state == "done"
    assert bench.job.seconds > before and len(list_jobs(bench.store)) == 1


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("makes nothing", "made nothing: adapter is missing"),
        ("loses its numbers", "no longer a number at step"),
        ("fills the disk", "the recipe allows 0.002 GB"),
    ],
)
def test_a_result_that_is_none_and_a_training_that_runs_wild_fail(
    bench: Bench, recipe: Recipes, does: str, words: str
) -> None:
    recipe(most_gigabytes=0.002)
    with pytest.raises(TuningFailed, match=words):
        bench.train(does)
    assert bench.job.state == "failed"


def test_nonsense_on_its_output_harms_nothing_and_stays_bounded(
    bench: Bench, recipe: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe()
    bench.train("prints nonsense")
    log = bench.settings.home / bench.job.folder / LOG_FILE
    assert bench.job.state == "done" and bench.job.step == 4 and log.stat().st_size < 200_000
    assert bench.job.metrics["train_loss"] == 0.5 and "large" not in bench.job.metrics
    assert log.read_bytes().endswith(b"no end of line\n")


def test_a_loss_that_is_too_large_to_store_ends_the_training() -> None:
    assert read_progress(b'{"step": 1, "loss": 1' + b"0" * 400 + b"}") == {"step": 1, "loss": float("inf")}


@pytest.mark.parametrize("written", ["x" * 5000, "~no-such-user/weights", "a\0b"])
def test_names_that_no_file_can_have_are_said_to_be_wrong(
    bench: Bench, recipe: Recipes, written: str
) -> None:
    recipe()
    with pytest.raises(TuningError, match="The training data '"):
        read_data(Path(written), "sft")
    bench.parent = bench.parent.model_copy(update={"weights": written})
    with pytest.raises(TuningError, match="The weights of small: "):
        bench.train()


def stop_at_step_two(bench: Bench, does: str) -> None:
    def look(job: TuningJob) -> None:
        if job.step == 2:
            request_stop_of_job(bench.store, job.key)

    with pytest.raises(Stopped, match="Stopped by you"):
        bench.train(does, on_progress=look)


def lives_on(bench: Bench) -> bool:
    """Whether the command, or what it started, is there after five seconds still."""
    pids = [int(pid) for pid in (bench.out / "pids").read_text().split()]
    until = time.monotonic() + 5
    while any(map(process_exists, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return any(map(process_exists, pids))


def test_a_stop_is_polite_and_it_is_resumed(bench: Bench, recipe: Recipes) -> None:
    recipe()
    stop_at_step_two(bench, "waits")
    assert (bench.job.state, bench.job.holder) == ("stopped", "")
    bench.train("waits")
    assert bench.job.state == "done" and (bench.out / "step").read_text() == "4"


def test_one_that_ignores_its_stop_is_killed_with_all_that_it_started(bench: Bench, recipe: Recipes) -> None:
    recipe()
    stop_at_step_two(bench, "ignores its stop")
    assert not lives_on(bench)


def test_the_end_of_the_budget_stops_it(bench: Bench, recipe: Recipes) -> None:
    recipe()  # a dollar a second
    signal = StopSignal()
    with pytest.raises(Stopped, match=r"The budget of \$0.20 is used up"):
        bench.train("waits", budget_usd=0.2, stop_signal=signal)
    assert signal.state == "stopped: budget" and bench.job.state == "stopped"


def test_another_process_goes_on_where_a_killed_one_stopped(bench: Bench, recipe: Recipes) -> None:
    recipe()
    asked = complete_tuning(bench.tuning(settings={"does": "trains"}), bench.settings)
    tuning_jobs.add_job(bench.store, asked.key, "child", {}, "trainings/x")
    assert claim_job(bench.store, asked.key, "elsewhere:1:x") is not None
    assert claim_job(bench.store, asked.key, "here:2:y") is None
    with bench.store.write() as session:
        row = session.get(tuning_jobs.TuningJobRow, asked.key)
        assert row is not None
        row.beat_at = 0.0
    assert bench.job.state == "stopped" and bench.job.message == "Its process ended before it was done."
    assert bench.train().is_made


def test_what_a_killed_process_left_running_is_ended_before_it_goes_on(bench: Bench, recipe: Recipes) -> None:
    recipe()
    bench.train()
    folder = bench.settings.home / bench.job.folder
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        file = folder / PROCESS_FILE
        note_process(file, other.pid)
        named = json.loads(file.read_text())
        file.write_text(json.dumps(named | {"start": named["start"] - 1}))
        end_left_running(file)  # its number was given again
        note_process(file, left.pid)
        end_left_running(file)
        assert left.wait(10) == -9 and other.poll() is None and not file.exists()
    finally:
        left.kill(), other.kill()
        left.wait(), other.wait()


def test_no_key_that_a_command_prints_is_stored(
    bench: Bench, recipe: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"PROVIDERS_KEY": "plain-words-here", "HUB_TOKEN": "token-of-hub", "ODD": "sk-abcdefgh12345678"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    bench.parent = bench.parent.model_copy(update={"api_key_env": "PROVIDERS_KEY"})
    recipe()
    said: list[str] = []
    bench.train("prints its environment", on_progress=lambda job: said.append(job.message))
    kept = b"".join(file.read_bytes() for file in bench.settings.home.rglob("*") if file.is_file())
    assert b"PROVIDERS_KEY" in kept and b"The key is [key]" in kept
    assert not [value for value in secrets.values() if value.encode() in kept or value in str(said)]


def test_equal_trainings_at_once_are_one(bench: Bench, recipe: Recipes) -> None:
    recipe()

    async def both() -> tuple[Model, Model]:
        asked = bench.tuning()
        first = train(bench.store, bench.settings, "one", asked)
        second = train(bench.store, bench.settings, "two", asked)
        return await asyncio.gather(first, second)

    one, two = asyncio.run(both())
    assert one.content == two.content and len(list_jobs(bench.store)) == 1


def test_weights_that_cannot_be_had_are_named(bench: Bench, recipe: Recipes, tmp_path: Path) -> None:
    recipe()
    (tmp_path / "bad.gguf").write_bytes(b"nope")
    (tmp_path / "empty").mkdir()
    for weights, words in (
        (None, "Nothing says where the weights of small are"),
        ("gone", "there is no 'gone'"),
        ("org/model", "neither a file nor in the hub's cache"),
        (str(tmp_path / "bad.gguf"), "is no GGUF file"),
        (str(tmp_path / "empty"), "holds no config.json"),
    ):
        bench.parent = bench.parent.model_copy(update={"weights": weights})
        with pytest.raises(TuningError, match=words):
            bench.train()


def test_a_model_that_was_not_trained_here_is_not_replaced(bench: Bench, recipe: Recipes) -> None:
    recipe()
    save_model(bench.store, bench.parent.model_copy(update={"name": "child"}))
    with pytest.raises(TuningError, match="'child' is registered already"):
        bench.train()


def test_an_address_that_the_user_gave_a_trained_model_stays(bench: Bench, recipe: Recipes) -> None:
    recipe()
    moved = bench.train().model_copy(update={"base_url": "http://127.0.0.1:8000/v1"})
    save_model(bench.store, moved)
    assert bench.train() == moved == get_model(bench.store, "child")


def test_a_recipe_that_nobody_allowed_is_not_run(bench: Bench, recipe: Recipes) -> None:
    name = recipe()
    script = bench.settings.experiments / "recipes" / name / "recipe_script.py"
    script.write_text(script.read_text() + "\n# changed\n")
    with pytest.raises(CodeNotAllowed, match="recipe_script.py"):
        bench.train()
    assert list_jobs(bench.store) == []


def test_a_program_that_is_not_there_is_named(bench: Bench, recipe: Recipes) -> None:
    recipe(command="no-such-program {settings_file}")
    with pytest.raises(TuningFailed, match="'no-such-program' cannot be started"):
        bench.train()


def test_a_command_can_be_carried_out_through_another(bench: Bench, recipe: Recipes) -> None:
    recipe(through="sh -c {command}")
    assert bench.train().is_made


def test_a_server_that_does_not_start_leaves_the_training_done_and_says_so(
    bench: Bench, recipe: Recipes
) -> None:
    recipe(serve=[{"command": "{python} -c 'raise SystemExit(3)'"}])
    bench.train()
    assert bench.job.state == "done" and "could not be served" in bench.job.message


def test_an_environment_that_cannot_be_installed_is_said_with_the_reason(
    bench: Bench, recipe: Recipes
) -> None:
    name = recipe(requirements="requirements.txt")
    file = bench.settings.experiments / "recipes" / name / "requirements.txt"
    file.write_text("./no-such-package\n")
    with pytest.raises(WorkbenchError, match="requirements.txt"):  # it has changed: asked about again
        bench.train()
    from workbench.tuning.recipe import find_recipe
    from workbench.user_code.permission import allow

    allow(find_recipe(name, bench.settings).code)
    with pytest.raises(TuningFailed, match="could not be installed: .*no-such-package"):
        bench.train()
    assert not [p for p in (bench.settings.home / "environments").iterdir() if p.is_dir()]


def test_settings_outside_their_bounds_are_refused(settings: Settings) -> None:
    from workbench.tuning.recipe import find_recipe

    local = find_recipe("local-lora", replace(settings))
    for given, words in (
        ({"rank": 0}, "at least 1"), ({"rank": 1.5}, "a whole number"), ({"rank": True}, "a number"),
        ({"layers": "some"}, "one of all, attention"), ({"rnk": 8}, "Did you mean 'rank'"),
    ):  # fmt: skip
        with pytest.raises(TuningError, match=words):
            local.complete(given)  # type: ignore[arg-type]
    assert local.complete({"rank": 32.0})["rank"] == 32


def test_one_that_another_process_took_over_ends_and_leaves_the_job_to_it(
    bench: Bench, recipe: Recipes
) -> None:
    recipe()

    def take_over(job: TuningJob) -> None:
        if job.step == 2:
            with bench.store.write() as session:
                row = session.get(tuning_jobs.TuningJobRow, job.key)
                assert row is not None
                row.holder, row.beat_at = "elsewhere:1:x", clock.wall_seconds()

    with pytest.raises(LeaseLost, match="has taken over the training of child"):
        bench.train("ignores its stop", on_progress=take_over)
    assert not lives_on(bench)
    assert (bench.job.state, bench.job.holder) == ("running", "elsewhere:1:x")
