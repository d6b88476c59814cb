"""Defines what commands share: options, arguments, an exit code, and opening the workbench.
Knows nothing about any single command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import say
from workbench.settings import Settings, load_settings
from workbench.user_code.permission import Code

if TYPE_CHECKING:
    from workbench.store.database import Store

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="HOST",
        help="A host that may receive requests, with the keys of its models. It is remembered. Repeat the "
        "option for several hosts.",
    ),
]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Allow the code named in the file to run in its current version: Python files, and parts of "
        "installed packages. It is remembered; changed code needs permission again.",
    ),
]
CorpusOption = Annotated[
    str | None, typer.Option("--corpus", help="A corpus by name or path, instead of the one in the file.")
]
ExperimentFileArgument = Annotated[Path, typer.Argument(help="An experiment file (YAML).")]
ExperimentId = Annotated[str, typer.Argument(help="The id of an experiment, as `list` shows it.")]

EXIT_STOPPED = 3


def say_allowed(codes: Iterable[Code]) -> None:
    """Say on stderr what was allowed."""
    for code in codes:
        say(f"Allowed to run: {code.what}", error=True)


def permit_winner(
    store: Store | None, winner: Path, hosts: Sequence[str] | None, *, allow_code: bool
) -> None:
    """Remember a user's yes to a winner's hosts (--trust) and to its code (--allow-code).

    store: needed for hosts only.
    """
    from workbench.ship import load

    if hosts:
        assert store is not None
        load.remember_hosts(store, winner, hosts)
    if allow_code:
        say_allowed(load.allow_code_of_winner(winner))


def open_here() -> tuple[Settings, Store]:
    """Load the settings for the working folder and open the store of its home.

    A broken prompts.yaml or models.yaml is a note on stderr.
    """
    from workbench.run.open_home import open_workbench, read_catalogue_files

    settings = load_settings()
    store = open_workbench(settings)
    for error in read_catalogue_files(settings).broken:
        say(f"Note: {error.message}\nThis file is ignored until it is corrected.", error=True)
    return settings, store
