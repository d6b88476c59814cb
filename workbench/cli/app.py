"""Puts the commands together, in the order in which --help shows them, and turns errors into exit codes.
Knows nothing about what a command does."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated

import typer

from workbench.cli import (
    catalogue,
    cluster,
    code,
    experiments,
    feedback,
    gate,
    maintenance,
    prompt_optimisation,
    results,
    routing,
    serving,
    training_data,
    trainings,
    watching,
    winners,
)
from workbench.cli.corpora import corpora
from workbench.cli.output import fail, reserve_stdout, write_utf8
from workbench.cli.questions import questions
from workbench.cli.ratings import ratings
from workbench.cli.served_requests import requests
from workbench.cli.systems import systems
from workbench.errors import WorkbenchError
from workbench.version import VERSION

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"RAG Workbench {VERSION}")
        raise typer.Exit


@app.callback()
def _workbench(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version and exit.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Tune prompts, retrieval and models together, over your own documents."""


for group in (
    experiments,
    results,
    winners,
    routing,
    serving,
    training_data,
    gate,
    watching,
    feedback,
    trainings,
    catalogue,
    maintenance,
):
    app.add_typer(group.commands)
catalogue.prompts.command("optimise")(prompt_optimisation.optimise)
app.add_typer(catalogue.prompts, name="prompts")
app.add_typer(catalogue.models, name="models")
app.add_typer(corpora, name="corpus")
app.add_typer(questions, name="questions")
app.add_typer(systems, name="systems")
app.add_typer(requests, name="requests")
app.add_typer(ratings, name="ratings")
app.add_typer(trainings.trainings, name="trainings")
app.add_typer(code.commands, name="code")
app.add_typer(cluster.commands, name="cluster")


@cache
def _command() -> Callable[..., object]:
    """All commands. Made once a process: that takes a tenth of a second, which tests would spend on each."""
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; exit with 0 done, 2 wrong input, 3 stopped, 1 anything else. Bugs show a traceback.

    arguments: the command line without the program's name; None takes the process's.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
    write_utf8()
    if "--json" in (sys.argv if arguments is None else arguments):
        reserve_stdout()
    try:
        _command()(args=None if arguments is None else list(arguments))
    except WorkbenchError as error:
        fail(error)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        file = f" that holds {error.filename}" if error.filename else ""
        fail(WorkbenchError(f"The disk{file} is full.", hint="Free some space and run the command again."))
