"""Runs commands in processes forked from one that has imported everything, which saves a second or two for each.
Knows nothing about what the commands do."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PRELOADED = [
    "workbench.cli", "workbench.api", "workbench.run.start_or_resume", "workbench.results.summarise",
    "workbench.planning.plan", "chromadb", "llama_index.core.node_parser", "bm25s", "onnxruntime", "openai",
    "alembic.command", "pandas", "pyarrow", "scipy.stats", "tokenizers",
]  # fmt: skip
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(PRELOADED)


def _command(arguments: Sequence[str], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    for stream, path in ((1, out), (2, err)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, stream)
        os.close(opened)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["workbench", *arguments]
    sys.path.insert(0, folder)  # as `python -m` does
    from workbench.cli import main

    main()


def start_command(
    arguments: Sequence[str], folder: Path, environment: dict[str, str], out: Path, err: Path
) -> Any:
    """Begin `python -m workbench ARGUMENTS` in a folder; returns its process. It writes to two files."""
    process = _forkserver.Process(
        target=_command, args=(arguments, str(folder), environment, str(out), str(err))
    )
    process.start()
    return process


def run_command(
    arguments: Sequence[str], folder: Path, environment: dict[str, str], *, seconds: float
) -> subprocess.CompletedProcess[str]:
    """What `python -m workbench ARGUMENTS` prints and how it exits, run in a folder.

    Raises subprocess.TimeoutExpired after so many seconds.
    """
    with tempfile.TemporaryDirectory() as written:
        out, err = Path(written, "out"), Path(written, "err")
        process = start_command(arguments, folder, environment, out, err)
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), seconds, err.read_bytes())
        return subprocess.CompletedProcess(
            list(arguments), process.exitcode, out.read_text("utf-8"), err.read_text("utf-8")
        )
