"""Commands about a cluster: start one on this machine, and show who works at present.
Knows nothing about how work is shared out."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json, open_here
from workbench.errors import WorkbenchError
from workbench.formatting import byte_size, counted, duration

commands = typer.Typer(help="Carry experiments out on several processes or machines.", no_args_is_help=True)

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
        raise WorkbenchError("The cluster has ended by itself.", hint=f"Its logs say why: {cluster.logs}")
    except KeyboardInterrupt:
        say("Ending the cluster.", error=True)
    finally:
        cluster.end()


@commands.command()
def status(json: Json = False) -> None:
    """Show the coordinators and workers that carry experiments out at present."""
    from workbench.results.cluster_members import list_cluster_members

    settings, store = open_here()
    members = list_cluster_members(store)
    if json:
        print_json({"cluster": settings.cluster, "members": [member.to_json() for member in members]})
        return
    if not members:
        say("No experiment is carried out on a cluster at present.")
    for member in members:
        memory = byte_size(member.memory_bytes) if member.memory_bytes else "memory unknown"
        state = "" if member.is_alive else " (not heard of)"
        say(
            f"{member.role} {member.pid} on {member.host}{state}: experiment {member.experiment}, "
            f"{counted(member.answers, 'answer')}, {memory}, for {duration(time.time() - member.since)}"
        )
