"""Commands about the workbench itself: demo, worker, doctor, clean and backup.
Knows nothing about the user's own experiments."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import EXIT_STOPPED, Json, open_here
from workbench.cli.texts.experiments import status_text
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.cli.texts.maintenance import backup_text, checks_text, cleaned_text, moved_text
from workbench.settings import Settings, load_settings

commands = typer.Typer()


@commands.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="The file to write the winner to.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    json: Json = False,
) -> None:
    """Run the sample experiment from start to winner: leaderboard, export and one question."""
    from workbench.api import run_experiment
    from workbench.demo import DEMO_QUESTION, demo_file
    from workbench.files.writing import check_destination
    from workbench.foreground import LiveProgress, stop_on_interrupt
    from workbench.run.background_process import BackgroundProcess
    from workbench.ship.export import export_winner
    from workbench.ship.load import load_winner

    settings, store = open_here()
    overwrite = force or out is None  # the demo's own file is written anew each time
    path = out or settings.winners / "demo.yaml"
    check_destination(path, overwrite=overwrite)
    with LiveProgress(store) as live:
        result = run_experiment(
            demo_file(settings),
            on_progress=live.show,
            make_stop_signal=stop_on_interrupt,
            run_statistics=BackgroundProcess(),
        )
    if result.state != "done":
        say(f"{result.state}: {result.status['message']}", error=True)
        raise typer.Exit(EXIT_STOPPED if result.state.startswith("stopped") else 1)
    export_winner(store, result.id, out=path, overwrite=overwrite, cache=settings.cache / "documents")
    answer = load_winner(path, settings=settings).answer(DEMO_QUESTION)
    if json:
        print_json({**result.status, "leaderboard": result.leaderboard, "winner": str(path)})
        return
    say(status_text(result.status))
    say(leaderboard_text(result.leaderboard))
    say(f"\nThe first is written to {path}\n\nQ: {DEMO_QUESTION}\nA: {answer.answer}")


@commands.command()
def worker(
    idle_seconds: Annotated[float, typer.Option(help="End after this many seconds without work.")] = 600.0,
) -> None:
    """Run queued experiments and serve the app's requests. The app starts a worker by itself."""
    from workbench.worker.process import run_worker

    settings, store = open_here()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_worker(store, settings, idle_seconds=idle_seconds)


@commands.command()
def doctor(json: Json = False) -> None:
    """Check what is installed, reachable and configured, how much disk is used, and how to fix problems."""
    from workbench.cli.doctor import run_checks

    checks = run_checks(load_settings())
    if json:
        print_json({"checks": [asdict(check) for check in checks]})
    else:
        say(checks_text(checks))
    if any(check.status == "error" for check in checks):
        raise typer.Exit(1)


@commands.command()
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be freed.")] = False,
    json: Json = False,
) -> None:
    """Delete indexes, caches and replies that nothing refers to. The ledger keeps what was spent."""
    from workbench.garbage_collection import clean as clean_up

    settings, store = open_here()
    document = clean_up(store, settings, dry_run=dry_run).to_json()
    print_json(document) if json else say(cleaned_text(document))


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write. The database stays in use meanwhile.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    json: Json = False,
) -> None:
    """Copy the database and check the copy: experiments, answers, ledger, ratings, prompts, models."""
    from workbench.store.backup import back_up

    settings = load_settings()
    summary = back_up(settings.database_url or settings.database, file, force=force)
    document = asdict(summary) | {"file": str(summary.file)}
    print_json(document) if json else say(backup_text(document))


def _after_move(address: str, settings: Settings) -> str:
    """How to use the new store, in words."""
    from workbench.store.dialects.postgresql import is_postgresql

    if is_postgresql(address):
        change = "Set WORKBENCH_DATABASE_URL to the address that you gave, in the environment or in .env"
    else:
        path, change = Path(address).expanduser().resolve(), "Unset WORKBENCH_DATABASE_URL"
        if path != settings.database:
            change += f", give {path} the name {settings.database.name} and set WORKBENCH_HOME to its folder"
    return f"{change}. Then restart the app, workers and servers."


@commands.command("move-store")
def move_store(
    address: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="The empty target database: postgresql://user@host/database, or the path of a file.",
        ),
    ],
    json: Json = False,
) -> None:
    """Copy the store into another database, compare the two, and say how to use it. Can be run again."""
    from workbench.cli.progress_line import progress_line
    from workbench.errors import InputError
    from workbench.store.database import find_home_store, open_store
    from workbench.store.moving.move import move_store as move

    settings = load_settings()
    if address == settings.database_url:  # set already: what is meant is the home's file
        source = open_store(settings.database) if settings.database.exists() else None
    else:
        source = find_home_store(settings)
    if source is None:
        raise InputError(f"There is no database at {settings.database} yet, so nothing to move.")
    with ExitStack() as ends:
        ends.callback(source.dispose)
        line = ends.enter_context(progress_line())
        moved = move(source, address, lambda table, done, rows: line.show(f"{table}: {done:,} of {rows:,}"))
    document = moved.to_json() | {"next": _after_move(address, settings)}
    print_json(document) if json else say(moved_text(document))
