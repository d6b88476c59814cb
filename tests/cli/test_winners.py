"""Tests exporting a winner and asking it, in the same folder and elsewhere.
Knows nothing about how an answer is produced."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.conftest import FILE, Folder


def test_a_winner_answers_on_another_machine_and_says_when_the_corpus_changed(
    folder: Folder, ran: dict[str, Any], tmp_path: Path
) -> None:
    winner = folder.path / "winner.yaml"
    folder.run("export", ran["experiment"], "--out", str(winner))
    other = Folder(tmp_path / "other")
    (other.path / "corpora" / "tiny" / "documents" / "new.md").write_text("# Bikes\n\nBikes cost 90 euros.")
    moved = other.write("winner.yaml", winner.read_text())
    asked = other.run(
        "ask", str(moved), "What do bikes cost?", "--corpus", str(other.path / "corpora" / "tiny"), "--json"
    )
    assert "90 euros" in json.loads(asked.stdout)["answer"] and "changed" in asked.stderr


def test_an_experiment_file_is_no_winner_and_a_missing_corpus_asks_for_its_path(
    folder: Folder, ran: dict[str, Any], tmp_path: Path
) -> None:
    assert "it is an experiment file" in folder.run("ask", str(folder.file), "Q?", code=2).stderr
    experiment = ran["experiment"]
    folder.run("export", experiment, "--out", "w.yaml")
    elsewhere = Folder(tmp_path / "elsewhere")
    shutil.rmtree(elsewhere.path / "corpora" / "tiny")
    asked = elsewhere.run("ask", str(folder.path / "w.yaml"), "Q?", code=2)
    assert "--corpus PATH" in asked.stderr


def test_json_is_utf_8_whatever_the_locale_and_odd_bytes_of_a_terminal_are_asked_as_text(
    folder: Folder,
) -> None:
    documents = folder.path / "corpora" / "tiny" / "documents"
    (documents / "größe.md").write_text("# Größe\n\nDie Größe des Koffers ist 40 cm.\n", encoding="utf-8")
    experiment = folder.json("run", str(folder.file))["experiment"]
    folder.run("export", experiment, "--out", "w.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "ask", "w.yaml", b"Gr\xc3\xb6\xc3\x9fe des Koffers \xff?", "--json"],
        cwd=folder.path, env=folder.environment | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=True,
    )  # fmt: skip
    assert "Größe" in json.loads(done.stdout.decode("utf-8"))["answer"]


def test_an_infeasible_experiment_names_the_nearest_and_can_be_overridden(folder: Folder) -> None:
    path = folder.write(
        "experiments/hard.yaml", FILE + "objective: {maximize: correctness, at_least: {grounding: 1.1}}\n"
    )
    run = folder.json("run", str(path))
    refused = folder.run("export", run["experiment"], "--out", "w.yaml", code=2)
    trial = folder.json("leaderboard", run["experiment"])["trials"][0]
    assert trial["name"].split(" · ")[0] in refused.stderr and not (folder.path / "w.yaml").exists()
    folder.run("export", run["experiment"], "--trial", trial["trial"], "--out", "w.yaml")
    assert (folder.path / "w.yaml").exists()
