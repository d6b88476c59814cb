"""Commands that watch winners in use.
Knows nothing about how anything is tested or told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import AllowCode, CorpusOption, Json, Trust, open_here, say_allowed

commands = typer.Typer()
EXIT_WORSE = 4


@commands.command()
def check(
    winner: Annotated[Path, typer.Argument(help="An exported winner (YAML).")],
    corpus: CorpusOption = None,
    budget_usd: Annotated[
        float | None, typer.Option(help="The most US dollars that this check may spend.", min=0.0)
    ] = None,
    trust: Trust = None,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Ask a winner's canaries again: did the model, the corpus, the questions or the answers change?

    Exits with 4 where answers got worse beyond chance.
    """
    import asyncio
    import time
    import warnings

    from workbench.cli.texts.checks import check_text
    from workbench.foreground import stop_on_interrupt
    from workbench.formatting import destination_line
    from workbench.ship import load
    from workbench.watch.check import is_worse, plan_check
    from workbench.watch.check_here import check_here, locate_corpus

    settings, store = open_here()
    if trust:
        load.remember_hosts(store, winner, trust)
    if allow_code:
        say_allowed(load.allow_code_of_winner(winner))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the corpus changed is a verdict of its own
        loaded = load.load_winner(winner, corpus, settings=settings)
    plan = plan_check(store, loaded.winner, loaded.corpus.version, time.time())
    for host in loaded.destinations:
        say(destination_line(host.to_json()), error=True)
    if contexts := loaded.contexts_to_write:
        say(f"Note: {contexts}", error=True)
    say(str(plan), error=True)
    folder = locate_corpus(loaded, corpus, settings)
    found = asyncio.run(
        check_here(
            store,
            settings,
            loaded,
            plan,
            path=winner,
            corpus_path=folder,
            budget_usd=budget_usd,
            make_stop_signal=stop_on_interrupt,
        )  # fmt: skip
    )
    print_json(found) if json else say(check_text(found))
    if is_worse(found):
        raise typer.Exit(EXIT_WORSE)
