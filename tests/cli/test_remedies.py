"""Tests that the commands which errors recommend exist, and that only the command line names commands.
Knows nothing about the errors themselves."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from workbench.cli.app import app
from workbench.cli.output import fail
from workbench.cli.remedies import COMMANDS, PROGRAM, command_for
from workbench.errors import InputError, RemedyName

PACKAGE = Path(__file__).parent.parent.parent / "workbench"
# They draw or start the command line itself: a page shows how its export is asked, and a worker is started.
MAY_NAME_COMMANDS = {"cli", "ui", "__main__.py", "worker"}


@pytest.mark.parametrize("name", get_args(RemedyName))
def test_each_remedy_is_a_command_that_there_is(name: RemedyName) -> None:
    words = COMMANDS[name].split()
    group = words[:2] if words[0] in ("models", "prompts", "cluster") else words[:1]
    assert CliRunner().invoke(app, [*group, "--help"]).exit_code == 0


def test_a_failing_command_prints_the_command_that_helps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fail(InputError("It is running.", hint="Its status shows more.", remedy=("show_status", "e1")))
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == "Try: python -m workbench status e1"
    assert command_for(("show_status", "e1")) == "python -m workbench status e1"


def test_nothing_below_the_command_line_names_a_command() -> None:
    naming = [
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE).parts[0] not in MAY_NAME_COMMANDS
        and PROGRAM in file.read_text(encoding="utf-8")
    ]
    assert naming == []
