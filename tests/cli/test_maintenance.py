"""Tests the ledger, clean, backup and doctor commands.
Knows nothing about how they work."""

from __future__ import annotations

import shutil
from typing import Any

from tests.cli.conftest import FILE, Folder


def test_the_ledger_clean_and_backup_as_commands(folder: Folder, ran: dict[str, Any]) -> None:
    experiment, spent = ran["experiment"], ran["spent_usd"]
    found = folder.json("ledger", experiment, "--rows")
    assert found["spent_usd"] == spent == folder.json("list")["experiments"][0]["spent_usd"]
    assert found["calls"] == len(found["rows"]) == ran["calls"]["made"]
    sums = folder.run("ledger", "--csv").stdout.splitlines()
    assert sums[0].startswith("kind,model,calls") and len(sums) == 1 + len(found["sums"])
    assert len(folder.run("ledger", experiment, "--rows", "--csv").stdout.splitlines()) == 1 + found["calls"]
    assert "spent $" in folder.run("ledger", experiment).stdout
    folder.run("ledger", "nope", code=2)
    made = folder.json("backup", "copy.db")
    assert made["rows"]["experiment"] == 1 and (folder.path / "copy.db").stat().st_size == made["bytes"]
    assert "--force" in folder.run("backup", "copy.db", code=2).stderr
    (folder.path / ".workbench" / "indexes" / "0123").mkdir(parents=True)
    planned = folder.json("clean", "--dry-run")
    assert planned["freed"]["indexes"]["count"] == 1 and planned["freed"]["generations"]["count"] == 0
    assert "freed" in folder.run("clean").stdout
    assert not (folder.path / ".workbench" / "indexes" / "0123").exists()
    assert folder.json("status", experiment)["spent_usd"] == spent


def test_a_backup_can_be_put_back(folder: Folder, ran: dict[str, Any]) -> None:
    experiment = ran["experiment"]
    board = folder.json("leaderboard", experiment)
    folder.run("backup", "copy.db")
    shutil.rmtree(folder.path / ".workbench")
    (folder.path / ".workbench").mkdir()
    shutil.copy(folder.path / "copy.db", folder.path / ".workbench" / "workbench.db")
    assert folder.json("leaderboard", experiment) == board
    again = folder.json("run", str(folder.write("experiments/b.yaml", FILE.replace("name: tiny", "name: b"))))
    assert again["state"] == "done" and again["calls"]["reused"] == again["answers"]


def test_the_doctor_names_what_is_wrong_and_the_command_that_mends_it(folder: Folder) -> None:
    folder.write(
        "experiments/models.yaml",
        "models:\n  - {name: hosted, base_url: http://127.0.0.1:9/v1, model: m, api_key_env: MY_SECRET_KEY}\n"
        "  - {name: here, kind: reranker, path: models/gone}\n",
    )
    done = folder.run("doctor", code=1)
    assert "There is no folder 'models/gone'" in done.stdout
    assert "MY_SECRET_KEY" in done.stdout and ".env" in done.stdout and "Embedded encoder" in done.stdout
    (folder.path / ".env").write_text("MY_SECRET_KEY=sk-quite-secret\n")
    after = folder.run("doctor", code=1)
    assert "sk-quite-secret" not in after.stdout + after.stderr and "Nothing answers" in after.stdout
