"""Tests that the command line lists, shows and adds prompts and models.
Knows nothing about how they are stored."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Folder


def test_prompts_and_models_are_listed_shown_and_added(folder: Folder) -> None:
    template = folder.write("mine.txt", "{passages}\nQuestion: {question}")
    folder.run("prompts", "add", "mine", "--file", str(template))
    assert "mine" in {p["name"] for p in folder.json("prompts", "list")["prompts"]}
    assert folder.json("prompts", "show", "mine@1")["version"] == 1
    folder.run("models", "add", "--name", "local", "--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    assert "local" in {m["name"] for m in folder.json("models", "list")["models"]}
    assert "Nothing answers" in folder.run("models", "show", "local", "--test", code=1).stdout
    bad = folder.write("bad.txt", "{documents}")
    assert "not a variable" in folder.run("prompts", "add", "bad", "--file", str(bad), code=2).stderr


@pytest.mark.parametrize(("name", "key"), [("models", "model"), ("prompts", "prompt")])
def test_a_file_whose_first_key_is_misspelt_is_named_and_not_taken_for_empty(
    folder: Folder, name: str, key: str
) -> None:
    folder.write(f"experiments/{name}.yaml", f"{key}: []\n")
    listed = folder.run(name, "list")
    assert f"expected a list under `{name}:`, found '{key}'" in listed.stderr
