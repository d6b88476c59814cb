"""Commands about the code that may run: what experiments name as parts from outside.
Knows nothing about what the code does."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json
from workbench.errors import InputError, reason_of
from workbench.settings import load_settings
from workbench.user_code import permission

commands = typer.Typer(help="See and change which code experiments may run.")


@commands.command("list")
def list_command(json: Json = False) -> None:
    """List what may run: Python files, and parts of installed packages."""
    permission.use_settings(load_settings())
    allowed = permission.list_allowed()
    if json:
        print_json({"allowed": [asdict(entry) for entry in allowed]})
    elif not allowed:
        say("No code was allowed to run.")
    for entry in allowed if not json else ():
        say(f"{entry.at}  {entry.what}")


@commands.command()
def allow(file: Annotated[Path, typer.Argument(help="A Python file.")]) -> None:
    """Allow a Python file to run in its current version. If it changes, it needs permission again."""
    permission.use_settings(load_settings())
    try:
        code = permission.Code.of_file(file.resolve())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {reason_of(error)}.") from None
    permission.allow([code])
    say(f"Allowed to run: {code.what}", error=True)


@commands.command()
def forget(what: Annotated[str, typer.Argument(help="A file, or a part as `code list` shows it.")]) -> None:
    """Withdraw a permission: the code may no longer run."""
    permission.use_settings(load_settings())
    if not (permission.forget(what) or permission.forget(str(Path(what).resolve()))):
        raise InputError(f"{what} was not allowed.", hint="`python -m workbench code list` shows what was.")
    say(f"No longer allowed to run: {what}", error=True)
