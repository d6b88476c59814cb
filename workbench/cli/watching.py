"""Commands that watch winners in use.
Knows nothing about how anything is tested or told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import progress_line
from workbench.cli.shared import (
    EXIT_STOPPED,
    AllowCode,
    CorpusOption,
    Json,
    Trust,
    open_here,
    permit_winner,
)
from workbench.errors import InputError

commands = typer.Typer()
EXIT_WORSE = 4


@commands.command()
def check(
    winner: Annotated[Path, typer.Argument(help="An exported winner (YAML).")],
    corpus: CorpusOption = None,
    budget_usd: Annotated[
        float | None, typer.Option(help="The maximum to spend on this check, in US dollars.", min=0.0)
    ] = None,
    trust: Trust = None,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Re-ask a winner's canary questions: did the model, the corpus, the questions or the answers change?

    Exits with 4 if answers got worse beyond chance.
    """
    import asyncio
    import itertools
    import time
    import warnings

    from workbench.cli.texts.checks import check_text
    from workbench.foreground import stop_on_interrupt
    from workbench.formatting import counted, destination_line
    from workbench.ship import load
    from workbench.ship.trained_models import models_served
    from workbench.watch.check import is_worse, plan_check
    from workbench.watch.check_here import check_here, locate_corpus

    settings, store = open_here()
    permit_winner(store, winner, trust, allow_code=allow_code)
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
    done = itertools.count(1)
    with progress_line() as line:

        async def check_served() -> dict[str, Any]:
            stop_signal = stop_on_interrupt()
            async with models_served(loaded, store, settings, line.show, stop_signal):
                return await check_here(
                    store,
                    settings,
                    loaded,
                    plan,
                    path=winner,
                    corpus_path=folder,
                    budget_usd=budget_usd,
                    make_stop_signal=lambda: stop_signal,
                    on_answer=lambda: line.show(f"{next(done)} of {counted(plan.left, 'answer')}"),
                )

        found = asyncio.run(check_served())
    print_json(found) if json else say(check_text(found))
    if is_worse(found):
        raise typer.Exit(EXIT_WORSE)


@commands.command()
def watch(
    every: Annotated[
        str | None,
        typer.Option(help="Repeat at this interval (10m, 1h, 1d) until Ctrl-C."),
    ] = None,
    acknowledge: Annotated[
        int | None,
        typer.Option(
            metavar="ID", help="Acknowledge this alarm: somebody handles it, and it is not sent again."
        ),
    ] = None,
    mute: Annotated[
        int | None, typer.Option(metavar="ID", help="Do not send this alarm for a while.")
    ] = None,
    mute_for: Annotated[str, typer.Option("--for", help="How long --mute lasts: 12h, 7d, 2w.")] = "7d",
    close: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Close this alarm: its metric is watched afresh from now on."),
    ] = None,
    note: Annotated[
        str | None, typer.Option(help="A note for the alarm that is acknowledged, muted or closed.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the state of each served winner; raise and send alarms.

    Exits with 4 while an alarm is open that nobody has acknowledged or muted.
    """
    import time

    from workbench.cli.texts.standings import alarm_text, standings_text
    from workbench.input.time_span import parse_time_span
    from workbench.settings import load_alarm_settings
    from workbench.watch.handling import handle_alarm
    from workbench.watch.look import look

    chosen = {"acknowledge": acknowledge, "mute": mute, "close": close}
    actions = {action: alarm_id for action, alarm_id in chosen.items() if alarm_id is not None}
    if len(actions) > 1:
        raise InputError("--acknowledge, --mute and --close: give one of them.")
    if note is not None and not actions:
        raise InputError("--note needs the alarm: give --acknowledge, --mute or --close with its id.")
    if every is not None and (json or actions):
        raise InputError("--every prints text repeatedly: leave out the other options.")
    wait = None if every is None else parse_time_span(every, "--every")
    seconds = parse_time_span(mute_for, "--for")
    _, store = open_here()
    for action, alarm_id in actions.items():
        changed = handle_alarm(store, alarm_id, action, now=time.time(), seconds=seconds, note=note)
        print_json(changed) if json else say(alarm_text(changed))
        return
    settings = load_alarm_settings()
    try:
        while True:
            standings = look(store, settings, now=time.time())
            if json:
                print_json({"services": [standing.to_json() for standing in standings]})
            else:
                say(standings_text([standing.to_json() for standing in standings]))
            if wait is None:
                break
            time.sleep(wait)
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_STOPPED) from None
    if any(standing.pressing for standing in standings):
        raise typer.Exit(EXIT_WORSE)
