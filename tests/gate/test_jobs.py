"""Runs the jobs of docs/gate as they are, over two winners of the embedded models.
Knows nothing about GitHub and GitLab, but that they run lines in a shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.in_process import call
from tests.conftest import PROJECT
from tests.gate.conftest import write_questions
from tests.tiny_experiment import experiment, run_once
from workbench.files.reading import read_text
from workbench.input.yaml_reading import parse_yaml
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.ship.export import export_winner
from workbench.store.trials import get_trials

JOBS = PROJECT / "docs" / "gate"


def lines_of(job: str) -> list[str]:
    """The shell lines of a job but those that install."""
    data: Any = parse_yaml(read_text(JOBS / f"{job}.yml"), job)
    if job == "gitlab":
        lines = [*data["gate"]["before_script"], *data["gate"]["script"]]
    else:
        lines = [step["run"] for step in data["jobs"]["gate"]["steps"] if "run" in step]
    return [line for line in lines if "run.py install" not in line]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a checkout has it: corpora, two winners, and an environment with the packages."""
    folder = tmp_path_factory.mktemp("checkout")
    retrieval = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [1, 2]}
    experiment_id, database = run_once(folder, experiment(retrieval=retrieval))
    settings = Settings(database.parent, folder / "corpora", folder / "experiments", 0.10, "tester")
    store = open_workbench(settings)
    for name, trial in zip(("today", "candidate"), get_trials(store, experiment_id), strict=True):
        export_winner(store, experiment_id, out=settings.winners / f"{name}.yaml", trial_id=trial.id)
    write_questions(folder / "corpora" / "tiny", 80)
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


@pytest.mark.parametrize("job", ["github", "gitlab"])
def test_a_job_runs_as_it_is_and_leaves_its_reports(project: Path, job: str) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKBENCH_")}
    summary = project / f"{job}-summary.md"
    environment = kept | {"PYTHONPATH": str(PROJECT), "GITHUB_STEP_SUMMARY": str(summary)}
    for line in lines_of(job):
        done = subprocess.run(
            ["bash", "-e", "-c", line], cwd=project, env=environment, capture_output=True, text=True, timeout=200,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    suites = ElementTree.parse(project / "gate.xml").getroot()
    assert suites.get("failures") == "0" and len(list(suites.iter("testcase"))) == 5
    assert "Gate: pass" in (project / "gate.md").read_text(encoding="utf-8")
    if job == "github":
        assert "Gate: pass" in summary.read_text(encoding="utf-8")


def test_the_command_prints_one_document_and_its_exit_code_is_the_verdict(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(project)
    winners = ["experiments/winners/candidate.yaml", "--against", "experiments/winners/today.yaml"]

    code, out, _ = call("gate", *winners, "--margin", "correctness=0.05", "--json")
    found = json.loads(out)
    assert (code, found["verdict"]) == (0, "pass")
    keys = {"name", "verdict", "difference", "low", "high", "margin", "questions", "needed"}
    assert all(keys <= set(one) for one in found["conditions"])
    assert {"verdict", "conditions", "answers_asked", "spent_usd"} <= set(found)
    code, out, _ = call("gate", *winners, "--at-most", "tokens_per_answer=1")
    assert code == 4 and out.startswith("Worse: Tokens per answer at most 1")
    code, out, _ = call("gate", *winners, "--margin", "correctness=0.001")
    assert code == 5 and "would tell" in out
    code, _, errors = call("gate", *winners, "--margin", "corectness=0.05")
    assert code == 2 and "Did you mean 'correctness'?" in errors


def test_a_base_of_another_corpus_needs_a_corpus_to_compare_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("WORKBENCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(project)
    today = (project / "experiments" / "winners" / "today.yaml").read_text(encoding="utf-8")
    other = project / "experiments" / "winners" / "other.yaml"
    other.write_text(today.replace("name: tiny\n  hash", "name: elsewhere\n  hash"), encoding="utf-8")
    assert "elsewhere" in other.read_text(encoding="utf-8")
    command = ("gate", "experiments/winners/candidate.yaml", "--against", str(other))
    code, _, errors = call(*command)
    assert code == 2 and "chosen on another corpus" in errors and "--corpus NAME" in errors
