"""Commands about a cluster: start one on this machine, and show who works at present.
Knows nothing about how work is shared out."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json, open_here
from workbench.cli.texts.cluster import cluster_text
from workbench.errors import WorkbenchError
from workbench.formatting import counted

commands = typer.Typer(help="Run experiments on several processes or machines.", no_args_is_help=True)

LOOK_SECONDS = 0.5


@commands.command()
def start(
    workers: Annotated[int, typer.Option(min=1, help="How many worker processes.")],
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The scheduler's port; 0 takes a free one.")
    ] = 8786,
    json: Json = False,
) -> None:
    """Start a scheduler and workers on this machine, until Ctrl-C. Their logs are in the data folder."""
    from workbench.cluster.local_cluster import start_cluster

    settings, _ = open_here()
    cluster = start_cluster(settings.home, workers, port=port)
    try:
        if json:
            print_json({"address": cluster.address, "workers": workers, "logs": str(cluster.logs)})
        else:
            say(
                f"A scheduler at {cluster.address} with {counted(workers, 'worker')}. Logs: {cluster.logs}\n"
                f"Use it with: python -m workbench run FILE --cluster {cluster.address}\n"
                "Press Ctrl-C to end it."
            )
        while not cluster.has_ended:
            time.sleep(LOOK_SECONDS)
        raise WorkbenchError("The cluster ended unexpectedly.", hint=f"Its logs say why: {cluster.logs}")
    except KeyboardInterrupt:
        say("Ending the cluster.", error=True)
    finally:
        cluster.end(tell=lambda words: say(words, error=True))


@commands.command()
def status(json: Json = False) -> None:
    """Show schedulers, coordinators and workers, and what each is doing."""
    from workbench.cluster.cluster_status import find_cluster_status

    settings, store = open_here()
    found = find_cluster_status(settings, store)
    if json:
        schedulers = [scheduler.to_json() for scheduler in found.schedulers]
        members = [member.to_json() for member in found.members]
        print_json({"cluster": settings.cluster, "schedulers": schedulers, "members": members})
    else:
        say(cluster_text(found))
