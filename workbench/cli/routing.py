"""The command that proposes a route from an experiment's stored answers.
Knows nothing about how a route is found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import progress_line
from workbench.cli.shared import ExperimentId, Json, open_here

commands = typer.Typer()


@commands.command()
def route(
    experiment_id: ExperimentId,
    strong: Annotated[
        str | None, typer.Option(metavar="TRIAL", help="The strong end; by default the best trial.")
    ] = None,
    cheap: Annotated[
        str | None, typer.Option(metavar="TRIAL", help="The cheap end; by default the one that saves most.")
    ] = None,
    margin: Annotated[float, typer.Option(help="The largest acceptable drop in the score.")] = 0.02,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.yaml", help="Write the route as a file for ask, serve, gate and check."),
    ] = None,
    canaries: Annotated[
        int,
        typer.Option(
            help="How many questions the file keeps with their answers, so that `check` can ask them again: "
            "0 to 50. With 0 it keeps only vectors of the questions, no texts."
        ),
    ] = 40,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    json: Json = False,
) -> None:
    """Propose a route: a cheap configuration for easy questions, a strong one for the others.

    It uses the stored answers of both, so no model is called.
    """
    from workbench.routing.export import export_route
    from workbench.routing.propose import propose_route
    from workbench.routing.words import proposal_in_words, proposal_to_json

    settings, store = open_here()
    with progress_line() as line:
        line.show("Looking for a route between the configurations. This may take a minute.")
        proposal = propose_route(store, experiment_id, strong=strong, cheap=cheap, margin=margin)
    written = None
    if out is not None and proposal.route is not None:
        written = export_route(
            store,
            proposal,
            out,
            overwrite=force,
            canaries=canaries,
            cache=settings.cache / "documents",
        )
        say(f"Wrote {written}", error=True)
    if json:
        print_json(proposal_to_json(proposal) | {"file": written and str(written)})
    else:
        say("\n".join(proposal_in_words(proposal)))
    if out is not None and written is None:
        say(f"{out} was not written.", error=True)
