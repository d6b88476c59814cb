"""The command that asks a system of an experiment file one question, to see whether its reply is read.
Knows nothing about how systems are asked."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import AllowCode, ExperimentFileArgument, Json, Trust, open_here, say_allowed
from workbench.cli.texts.systems import tried_text
from workbench.formatting import destination_line

systems = typer.Typer(help="Try your own RAG, described in an experiment file.", no_args_is_help=True)


@systems.callback()
def _group() -> None:
    """Try your own RAG, described in an experiment file."""


@systems.command("try")
def systems_try(
    experiment: ExperimentFileArgument,
    name: Annotated[str | None, typer.Argument(help="A system in the file; by default the first.")] = None,
    question: Annotated[str | None, typer.Option(help="The question; by default the corpus's first.")] = None,
    trust: Trust = None,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Ask a system one question: show its answer, and where its passages are in the documents."""
    import asyncio

    from workbench.api import allow_code_of
    from workbench.calls.trusted_hosts import trust_hosts
    from workbench.ship.try_system import ask_system, find_system
    from workbench.space.files import load_experiment_file

    settings, store = open_here()
    if allow_code:
        say_allowed(allow_code_of(experiment, settings, store))
    written = load_experiment_file(experiment)
    chosen = find_system(written, name)
    if trust:
        trust_hosts(store, [chosen.model], trust)
    tried = asyncio.run(ask_system(written, chosen, settings, store, question, experiment)).to_json()
    for host in tried["hosts"]:
        say(destination_line(host), error=True)
    print_json(tried) if json else say(tried_text(tried))
