"""Provides a user's folder in which commands run.
Knows nothing about what the commands do."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import run_command
from tests.conftest import PROJECT
from tests.forked import Command
from tests.protocol_server import ProtocolServer
from tests.tiny_experiment import write_corpus

FILE = """
name: tiny
corpus: tiny
prompts: [concise]
models: [embedded/extractive]
retrieval: {chunk_tokens: [64], retriever: [keyword, dense], top_k: [2]}
scores: [grounding, correctness, refusal]
"""


class Folder:
    """A user's folder with a corpus and an experiment, in which commands run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "experiments").mkdir(parents=True)
        (path / "experiments" / "prompts.yaml").write_bytes(
            (PROJECT / "experiments" / "prompts.yaml").read_bytes()
        )
        write_corpus(path / "corpora" / "tiny")
        self.file = self.write("experiments/tiny.yaml", FILE)

    def write(self, name: str, text: str) -> Path:
        (self.path / name).write_text(text)
        return self.path / name

    def register(self, server: ProtocolServer, more: str) -> None:
        """Register a model `local` on this server. more: its other fields, as YAML."""
        model = f"name: local, base_url: {server.base_url}, model: test-chat, {more}"
        self.write("experiments/models.yaml", f"models:\n  - {{{model}}}\n")

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKBENCH_")}
        return kept | {"PYTHONPATH": str(PROJECT)}

    def start(self, *arguments: str) -> Command:
        """Start a command as a program that the test can interrupt, kill or run next to others."""
        return Command(arguments, self.path, self.environment)

    def run_apart(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command as a program of its own: one that loads code from outside, which may print."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=120)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{errors}"
        return subprocess.CompletedProcess(list(arguments), code, out, errors)

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = run_command(arguments, self.path, self.environment)
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "mine")


@pytest.fixture(scope="session")
def ran_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, dict[str, Any]]:
    """A folder whose experiment is run, and what `run` said of it: to be copied, for running takes seconds."""
    folder = Folder(tmp_path_factory.mktemp("ran-once") / "mine")
    return folder, folder.json("run", str(folder.file))


@pytest.fixture
def ran(folder: Folder, ran_once: tuple[Folder, dict[str, Any]]) -> dict[str, Any]:
    """What `run` said of this folder's experiment, which is finished, over this folder's corpus."""
    done, said = ran_once
    shutil.copytree(done.path / ".workbench", folder.path / ".workbench")
    with closing(sqlite3.connect(folder.path / ".workbench" / "workbench.db")) as database:
        database.execute("UPDATE experiment SET corpus_path = ?", [str(folder.path / "corpora" / "tiny")])
        database.commit()
    return said


@pytest.fixture(scope="session")
def exported(ran_once: tuple[Folder, dict[str, Any]]) -> str:
    """The file of a winner."""
    folder, said = ran_once
    folder.run("export", said["experiment"], "--out", "w.yaml")
    return (folder.path / "w.yaml").read_text()
