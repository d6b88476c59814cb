"""Runs a command in this process, which takes milliseconds.
Knows nothing about what the commands do."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from workbench.cli import main
from workbench.store import database
from workbench.user_code import permission


def call(*arguments: str) -> tuple[int, str, str]:
    """Run a command in this process; returns (exit code, output, errors). A bug raises."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            main(arguments)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), errors.getvalue()


@contextlib.contextmanager
def _as_if_started(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """What a process has of its own is set as for a new one, and given back: its arguments, folder and
    environment, where it looks for modules, which of them it has loaded, whose permissions it knows, which
    databases it has opened, where it logs to and what it reads."""
    allowed, looked_in = permission._settings, permission._folders[:]
    root, path, modules, command = logging.getLogger(), list(sys.path), set(sys.modules), sys.argv
    handlers, level, given, before = root.handlers[:], root.level, dict(os.environ), Path.cwd()
    root.handlers.clear()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path.insert(0, str(folder))  # as `python -m` does
    sys.argv = ["workbench", *arguments]
    try:
        with Path(os.devnull).open() as nothing, _reading(nothing):
            yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(given)
        sys.path[:], sys.argv = path, command
        root.handlers[:] = handlers
        root.setLevel(level)
        permission._settings, permission._folders[:] = allowed, looked_in
        database._open.cache_clear()
        for name in set(sys.modules) - modules:  # another folder's module may have the same name
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder.parent)):
                del sys.modules[name]


@contextlib.contextmanager
def _reading(stream: io.TextIOWrapper) -> Iterator[None]:
    before, sys.stdin = sys.stdin, stream
    try:
        yield
    finally:
        sys.stdin = before


def run_command(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What `python -m workbench ARGUMENTS` prints and how it exits, run in a folder.

    What only a process of its own can show (signals, other programs' output, a full disk) it does not: for that
    there is Folder.start.
    """
    out, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        _as_if_started(arguments, folder, environment),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        except Exception:
            traceback.print_exc()
            code = 1
    said = [stream.buffer.getvalue().decode("utf-8") for stream in (out, errors)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(list(arguments), code, *said)
