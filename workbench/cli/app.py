"""The command line put together, in the order that --help shows, and how a command ends.
Knows nothing about what a command does."""

from __future__ import annotations

import errno
import logging
import sys

import typer

from workbench.cli import catalogue, feedback
from workbench.cli import experiments as running
from workbench.cli import maintenance as upkeep
from workbench.cli import results as findings
from workbench.cli import winners as shipping
from workbench.cli.output import fail, write_utf8
from workbench.errors import WorkbenchError

app = typer.Typer(
    help="Tune prompts, retrieval and models together, over your own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (running, findings, shipping, feedback, upkeep):
    app.add_typer(group.commands)
app.add_typer(catalogue.prompts, name="prompts")
app.add_typer(catalogue.models, name="models")


def main() -> None:
    """Run a command: 0 done, 2 wrong input, 3 stopped, 1 anything else; a bug shows its traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
    write_utf8()
    try:
        app()
    except WorkbenchError as error:
        fail(error)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or "the place that was written to"
        fail(
            WorkbenchError(f"The disk that holds {where} is full.", hint="Free some space and run it again.")
        )
