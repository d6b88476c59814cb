"""Gives the commands that ask, serve, gate and check a winner's file, as they are typed into a shell.
Knows nothing about what is in the file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.operating_system import command_line

PORT = 8600
BASE = "BASE.yaml"
"""What stands for the winner that is served today where there is no other file."""


@dataclass(frozen=True)
class WinnerCommands:
    """What can be done with a winner's file, as commands for the folder in which this process works."""

    serve: str
    """Answers other programs."""
    curl: str
    """Asks it a question, once it is served."""
    gate: str
    """Holds it against the winner exported before it."""
    base: str
    """The name of that winner's file, or BASE where there is none."""
    check: str
    """Asks its canaries again."""


def commands_of(winner: Path) -> WinnerCommands:
    """The commands for a winner's file."""
    others = [path for path in newest_first(winner.parent) if path != winner]
    base = others[0] if others else Path(BASE)
    body = json.dumps({"question": "Your question?"})
    return WinnerCommands(
        serve=workbench_command(["serve", winner]),
        curl=command_line(
            ["curl", f"http://127.0.0.1:{PORT}/ask", "-H", "Content-Type: application/json", "-d", body]
        ),
        gate=workbench_command(["gate", winner, "--against", base]),
        base=base.name,
        check=workbench_command(["check", winner]),
    )


def second_command(winner: Path, second: Path) -> str:
    """The command that serves a winner, with a second one that answers all questions in its shadow."""
    return workbench_command(["serve", winner, second, "--shadow", "1"])


def newest_first(folder: Path) -> list[Path]:
    """The winners' files of a folder, the one written last first."""
    return sorted(folder.glob("*.yaml"), key=lambda path: path.stat().st_mtime, reverse=True)


def workbench_command(
    words: Sequence[str | Path],
    *,
    python: str = sys.executable,
    folder: Path | None = None,
    windows: bool = sys.platform == "win32",
) -> str:
    """The command, to be typed in the folder.

    words: the command's name and arguments; paths below the folder are written from there.
    python: the interpreter that has the packages; the one on the path may lack them.
    folder: None for the working folder.
    windows: whether the shell is PowerShell.
    """
    here = folder or Path.cwd()
    seen = [_seen_from(here, word) if isinstance(word, Path) else word for word in words]
    return command_line([_seen_from(here, Path(python)), "-m", "workbench", *seen], windows=windows)


def _seen_from(folder: Path, path: Path) -> str:
    """The path relative to the folder if it is below it. Links stay: a virtual environment is one."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
