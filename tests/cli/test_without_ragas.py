"""The command line where ragas and what comes with it are not installed: all works but ragas's own scores.
Knows nothing about how they are left out."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import FILE, Folder
from tests.conftest import PROJECT
from workbench.scoring.ragas_packages import INSTALL_COMMAND, PACKAGES

# Read by every Python that is started with it on its path: workers and statistics processes, too.
HIDE = """
import importlib.metadata, sys

hidden = {
    "ragas", "langchain", "langchain_classic", "langchain_community", "langchain_core", "langchain_openai",
    "langgraph", "instructor", "datasets", "rouge_score", "sacrebleu",
}
sys.modules.update(dict.fromkeys(hidden))
find = importlib.metadata.Distribution.from_name

def from_name(name):
    if name.replace("-", "_") in hidden:
        raise importlib.metadata.PackageNotFoundError(name)
    return find(name)

importlib.metadata.Distribution.from_name = from_name
"""


@pytest.fixture
def without(folder: Folder, tmp_path: Path) -> Folder:
    (tmp_path / "hiding").mkdir()
    (tmp_path / "hiding" / "sitecustomize.py").write_text(HIDE)
    return folder


def run(folder: Folder, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    path = f"{folder.path.parent / 'hiding'}:{PROJECT}"
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *arguments], cwd=folder.path, text=True, capture_output=True,
        env=folder.environment | {"PYTHONPATH": path}, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def test_an_experiment_without_ragass_scores_is_planned_run_and_exported(without: Folder) -> None:
    plan = json.loads(run(without, "plan", str(without.file), "--json").stdout)
    assert plan["configs"] == 2
    done = json.loads(run(without, "run", str(without.file), "--json").stdout)
    assert done["state"] == "done" and done["failed_answers"] == 0
    run(without, "export", done["experiment"], "--out", "winner.yaml")
    assert "ragas" not in (without.path / "winner.yaml").read_text()


@pytest.mark.parametrize("score", ["ragas", "faithfulness", "{grounding: {ladder: [embedded, model]}}"])
def test_one_of_ragass_scores_is_refused_with_the_command_that_adds_it(without: Folder, score: str) -> None:
    judge = "judge: {name: judge, base_url: 'http://127.0.0.1:9/v1', model: m}\n"
    scores = "scores: [grounding, correctness, refusal]"
    without.write("experiments/tiny.yaml", FILE.replace(scores, f"scores: [correctness, {score}]\n{judge}"))
    said = run(without, "plan", str(without.file), code=2).stderr
    assert INSTALL_COMMAND in said and "Traceback" not in said
    assert "not installed: ragas, langchain-community, rouge-score, sacrebleu" in said


def test_the_doctor_says_that_ragas_is_not_there_and_how_it_is_added(without: Folder) -> None:
    said = run(without, "doctor").stdout
    assert "its scores cannot be asked for" in said and INSTALL_COMMAND in " ".join(said.split())


def test_the_command_adds_what_the_extra_names() -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = [requirement.split(">=")[0].split("==")[0] for requirement in extras["ragas"]]
    assert named == list(PACKAGES.values())
