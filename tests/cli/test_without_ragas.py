"""The command line where ragas and what comes with it are not installed: all works but ragas's own scores.
Knows nothing about how they are left out."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import NamedTuple

import pytest

from tests.cli.conftest import FILE, Folder
from tests.conftest import PROJECT
from workbench.scoring.ragas_packages import INSTALL_COMMAND, PACKAGES

pytestmark = pytest.mark.xdist_group("without ragas")  # its one process

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


# Runs commands as the command line would: a list of their arguments in, what each said out, one a line. What
# `run` made is {experiment} in those that follow.
COMMANDS = """
import json, os, sys
from pathlib import Path
from tests.cli.in_process import run_command

made = ""
for arguments in json.loads(sys.argv[1]):
    given = [argument.replace("{experiment}", made) for argument in arguments]
    done = run_command(given, Path.cwd(), dict(os.environ))
    if given[0] == "run" and done.returncode == 0:
        made = json.loads(done.stdout)["experiment"]
    print(json.dumps([done.returncode, done.stdout, done.stderr]))
"""
REFUSED = ("ragas", "faithfulness", "{grounding: {ladder: [embedded, model]}}")


class Said(NamedTuple):
    code: int
    out: str
    errors: str


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """What each command says in a process that cannot import ragas; one for all, for starting it takes longer."""
    place = tmp_path_factory.mktemp("without-ragas")
    folder = Folder(place / "mine")
    (place / "hiding").mkdir()
    (place / "hiding" / "sitecustomize.py").write_text(HIDE)
    commands = {
        "plan": ("plan", str(folder.file), "--json"),
        "run": ("run", str(folder.file), "--json"),
        "export": ("export", "{experiment}", "--out", "winner.yaml"),
        "doctor": ("doctor",),
    }
    judge = "judge: {name: judge, base_url: 'http://127.0.0.1:9/v1', model: m}\n"
    for number, score in enumerate(REFUSED):
        scores = "scores: [grounding, correctness, refusal]"
        text = FILE.replace(scores, f"scores: [correctness, {score}]\n{judge}")
        commands[score] = ("plan", str(folder.write(f"experiments/refused-{number}.yaml", text)))
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps(list(commands.values()))], cwd=folder.path, text=True,
        capture_output=True, env=folder.environment | {"PYTHONPATH": f"{place / 'hiding'}:{PROJECT}"},
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    found = {name: Said(*line) for name, line in zip(commands, lines, strict=True)}
    if found["export"].code == 0:
        found["winner.yaml"] = Said(0, (folder.path / "winner.yaml").read_text(), "")
    return found


def test_an_experiment_without_ragass_scores_is_planned_run_and_exported(said: dict[str, Said]) -> None:
    assert json.loads(said["plan"].out)["configs"] == 2, said["plan"]
    done = json.loads(said["run"].out)
    assert done["state"] == "done" and done["failed_answers"] == 0
    assert said["export"].code == 0, said["export"]
    assert said["winner.yaml"].out and "ragas" not in said["winner.yaml"].out


@pytest.mark.parametrize("score", REFUSED)
def test_one_of_ragass_scores_is_refused_with_the_command_that_adds_it(
    said: dict[str, Said], score: str
) -> None:
    code, _, errors = said[score]
    assert code == 2 and INSTALL_COMMAND in errors and "Traceback" not in errors
    assert "not installed: ragas, langchain-community, rouge-score, sacrebleu" in errors


def test_the_doctor_says_that_ragas_is_not_there_and_how_it_is_added(said: dict[str, Said]) -> None:
    code, out, errors = said["doctor"]
    assert code == 0, errors
    assert "its scores are unavailable" in out and INSTALL_COMMAND in " ".join(out.split())


def test_the_command_adds_what_the_extra_names() -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = [requirement.split(">=")[0].split("==")[0] for requirement in extras["ragas"]]
    assert named == list(PACKAGES.values())
