"""Tests what all commands share: help, unknown ids and names, and a full disk.
Knows nothing about any single command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Folder
from tests.cli.in_process import call
from workbench.version import VERSION


def test_a_full_disk_under_the_output_is_said_in_words(folder: Folder) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "workbench", "prompts", "show", "concise", "--json"],
            cwd=folder.path, env=folder.environment | {"PYTHONUNBUFFERED": "1"}, stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1 and "full" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["status", "nope"],
        ["leaderboard", "nope"],
        ["rate", "999", "up"],
        ["ask", "nope.yaml", "Q?"],
        ["run", "nope.yaml"],
        ["plan", "experiments"],
        ["resume", "nope"],
        ["stop", "nope"],
        ["answers", "nope"],
        ["export", "nope", "--out", "w.yaml"],
        ["prompts", "show", "nope"],
        ["prompts", "show", "concise@9"],
        ["models", "show", "nope"],
        ["tune", "--name", "embedded/x", "--corpus", "nope"],
    ],
)
def test_what_is_not_there_exits_2(folder: Folder, command: list[str]) -> None:
    done = folder.run(*command, code=2)
    assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr and done.stdout == ""


def test_the_version_is_said(folder: Folder) -> None:
    assert folder.run("--version").stdout == f"RAG Workbench {VERSION}\n"


def test_help_names_every_command(folder: Folder) -> None:
    text = folder.run("--help").stdout
    for command in (
        "demo",
        "plan",
        "run",
        "list",
        "status",
        "stop",
        "resume",
        "budget",
        "leaderboard",
        "compare",
        "effects",
        "answers",
        "export",
        "ask",
        "rate",
        "prompts",
        "models",
        "tune",
        "doctor",
        "ledger",
        "clean",
        "backup",
    ):
        assert command in text


def test_a_command_inside_another_program_prints_its_json_there_and_leaves_its_output_as_it_was() -> None:
    before = os.fstat(1)
    code, out, _ = call("models", "list", "--json")
    assert code == 0 and json.loads(out)
    assert (os.fstat(1).st_dev, os.fstat(1).st_ino) == (before.st_dev, before.st_ino)
