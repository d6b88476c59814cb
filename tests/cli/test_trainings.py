"""Tests training a variant on a folder of data from the command line, and the commands about trainings.
Knows nothing about how it is trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Folder
from tests.tuning.conftest import rows_of


@pytest.fixture
def data(folder: Folder) -> str:
    (folder.path / "data").mkdir()
    text = "".join(json.dumps(row) + "\n" for row in rows_of("sft"))
    folder.write("data/train.jsonl", text)
    return "data"


def test_an_embedded_answerer_is_trained_on_a_folder_and_listed(folder: Folder, data: str) -> None:
    made = folder.json("tune", "--name", "mine", "--data", data)
    assert (made["model"], made["state"], made["rows"]) == ("mine", "done", 6)
    [row] = folder.json("trainings", "list")["trainings"]
    assert row["key"] == made["key"] and folder.json("trainings", "show", made["key"][:8]) == row
    assert "mine: done" in folder.run("trainings", "list").stdout
    shown = folder.run("trainings", "show", "mine").stdout
    assert "from embedded/extractive by the recipe embedded, seed 7" in shown and "6 rows" in shown
    assert folder.json("tune", "--name", "mine", "--data", data)["key"] == made["key"]


def test_a_name_that_is_taken_is_warned_of_and_a_training_is_renamed_and_deleted(
    folder: Folder, data: str
) -> None:
    first = folder.json("tune", "--name", "mine", "--data", data)["key"]
    again = folder.run("tune", "--name", "mine", "--data", data, "--seed", "8").stderr
    assert (
        "The name mine now belongs to the model of another training" in again
        and "such as mine-2, to keep both" in again
    )
    assert "belongs to the model of another training" in folder.run("trainings", "list").stdout
    assert folder.json("trainings", "rename", first[:8], "ours")["name"] == "ours"
    asked = folder.run("trainings", "delete", "ours").stdout
    assert "Confirm with --yes" in asked and len(folder.json("trainings", "list")["trainings"]) == 2
    assert "and the registered model ours will be deleted" in asked
    gone = folder.json("trainings", "delete", "ours", "--yes")
    assert gone["deleted"] and gone["models"] == ["ours"] and not Path(gone["folder"]).exists()
    assert [one["name"] for one in folder.json("trainings", "list")["trainings"]] == ["mine"]


def test_a_recipe_of_the_user_needs_a_yes_and_has_a_log(folder: Folder, data: str) -> None:
    own = folder.path / "experiments" / "recipes" / "box"
    own.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[1] / "tuning" / "recipe_script.py", own)
    content = {
        "command": "{python} {recipe}/recipe_script.py {settings_file}", "price": {"per_hour": 7200},
        "settings": {"does": {"type": "text", "default": "trains"}}, "stop_seconds": 0.5,
        "speed": {"seconds_to_start": 1, "seconds_per_row": 0.01},
        "result": {"kind": "adapter", "peft": "adapter"},
    }  # fmt: skip
    (own / "recipe.yaml").write_text(yaml.safe_dump(content))
    (folder.path / "weights").mkdir()
    folder.write("weights/config.json", "{}")
    add = ["models", "add", "--name", "small", "--base-url", "http://127.0.0.1:9/v1", "--model", "small"]
    folder.run(*add, "--weights", "weights")
    tune = ["tune", "--name", "child", "--parent", "small", "--data", data, "--recipe", "box"]
    refused = folder.run(*tune, code=2).stderr
    assert "recipe_script.py contains Python code" in refused and "--allow-code" in refused
    assert "would cost" in folder.run(*tune, "--allow-code", "--budget-usd", "0.5", code=2).stderr
    failed = folder.run(*tune, "--set", "does=fails midway", code=1).stderr
    assert "out of memory" in failed and "Its log:" in failed
    assert "out of memory" in folder.run("trainings", "log", "child").stdout
    done = folder.run(*tune)
    assert "child is trained, and registered." in done.stdout and "nothing here serves it" in done.stdout
    assert "nothing on this machine serves it" in folder.run("models", "serve", "child", code=1).stderr
    assert folder.json("trainings", "stop", "child")["state"] == "done"


def test_a_name_that_no_model_can_have_is_refused_before_it_trains(folder: Folder, data: str) -> None:
    assert "cannot be a model's name" in folder.run("tune", "--name", "a\nb", "--data", data, code=2).stderr
    assert not folder.json("trainings", "list")["trainings"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "gone"), "is not there"),
        (("--data", "data", "--recipe", "embeded"), "Did you mean 'embedded'"),
        (("--data", "data", "--recipe", "~no-such-user/box"), "There is no recipe"),
        (("--data", "data", "--recipe", "/" + "x" * 5000), "There is no recipe"),
        (("--data", "data", "--set", "rank"), "is not NAME=VALUE"),
        (("--data", "data", "--set", "rank=8"), "There is no setting 'rank'"),
        (("--data", "data", "--corpus", "tiny"), "cannot be combined with --data"),
        (("--recipe", "embedded"), "needs training data"),
    ],
)
@pytest.mark.usefixtures("data")
def test_what_is_wrong_is_said(folder: Folder, arguments: tuple[str, ...], words: str) -> None:
    assert words in folder.run("tune", "--name", "mine", *arguments, code=2).stderr


def test_recipes_are_listed_with_their_settings(folder: Folder) -> None:
    recipes = {recipe["name"]: recipe for recipe in folder.json("trainings", "recipes")["recipes"]}
    assert {"embedded", "local-lora"} <= set(recipes) and recipes["local-lora"]["settings"]["rank"][
        "default"
    ] == 8
    assert "rank = 8" in folder.run("trainings", "recipes").stdout
