"""Commands about the workbench itself: the demo, the worker, what is wrong, cleaning up, backups.
Knows nothing about one's own experiments."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import EXIT_STOPPED, Json, open_here
from workbench.cli.texts.experiments import status_text
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.cli.texts.maintenance import backup_text, checks_text, cleaned_text
from workbench.settings import load_settings

commands = typer.Typer()


@commands.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="Where the winner goes.")] = None, json: Json = False
) -> None:
    """The sample experiment from start to winner: run, leaderboard, export, one question."""
    from workbench.api import run_experiment
    from workbench.demo import DEMO_QUESTION, demo_file
    from workbench.foreground import LiveProgress, halt_on_interrupt
    from workbench.run.statistics_process import OwnProcess
    from workbench.ship.export import export_winner
    from workbench.ship.load import load_winner

    settings, store = open_here()
    with LiveProgress() as live:
        result = run_experiment(
            demo_file(settings), on_progress=live.show, make_halt=halt_on_interrupt, aside=OwnProcess()
        )
    if result.state != "done":
        say(f"{result.state}: {result.status['message']}", error=True)
        raise typer.Exit(EXIT_STOPPED if result.state.startswith("stopped") else 1)
    path = export_winner(store, result.id, out=out or settings.winners / "demo.yaml")
    answer = load_winner(path, settings=settings).answer(DEMO_QUESTION)
    if json:
        print_json({**result.status, "leaderboard": result.leaderboard, "winner": str(path)})
        return
    say(leaderboard_text(result.leaderboard))
    say(status_text(result.status))
    say(f"\nWinner written to {path}\n\nQ: {DEMO_QUESTION}\nA: {answer.answer}")


@commands.command()
def worker(
    idle_seconds: Annotated[float, typer.Option(help="End after so long without work.")] = 600.0,
) -> None:
    """Carry out queued experiments and the app's requests (the app starts one by itself)."""
    from workbench.worker.process import run_worker

    settings, store = open_here()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_worker(store, settings, idle_seconds=idle_seconds)


@commands.command()
def doctor(json: Json = False) -> None:
    """What is installed, reachable and configured, how much disk is used, and how to mend what is wrong."""
    from workbench.cli.doctor import run_checks

    found = run_checks(load_settings())
    if json:
        print_json({"checks": [asdict(check) for check in found]})
    else:
        say(checks_text(found))
    if any(check.status == "error" for check in found):
        raise typer.Exit(1)


@commands.command()
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be freed.")] = False,
    json: Json = False,
) -> None:
    """Free indexes, caches and replies that nothing refers to any more. The ledger keeps what was spent."""
    from workbench.cleaning import clean as clean_up

    settings, store = open_here()
    found = clean_up(store, settings, dry_run=dry_run).to_json()
    print_json(found) if json else say(cleaned_text(found))


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; the database goes on meanwhile.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    json: Json = False,
) -> None:
    """A consistent, checked copy of the database: experiments, answers, ledger, ratings, prompts, models."""
    from workbench.store.backup import back_up

    made = back_up(load_settings().database, file, force=force)
    found = asdict(made) | {"file": str(made.file)}
    print_json(found) if json else say(backup_text(found))
