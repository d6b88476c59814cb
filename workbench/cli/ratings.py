"""Commands for ratings: who has rated, leave a rater out, import and export.
Knows nothing about formats or matching."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json, open_here
from workbench.cli.texts.ratings import imported_text, imported_to_json, rater_to_json, raters_table
from workbench.formatting import counted

ratings = typer.Typer(
    help="See who has rated, leave a rater out, import and export ratings.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="A rater's name, as `ratings list` shows it.")]


@ratings.command("list")
def list_(json: Json = False) -> None:
    """Show who has rated: thumbs, choices, agreement with the others, and who is left out."""
    from workbench.feedback.raters import list_raters

    _, store = open_here()
    raters = list_raters(store)
    if json:
        print_json({"raters": [rater_to_json(rater) for rater in raters]})
    else:
        say(raters_table(raters) if raters else "Nobody has rated yet.")


@ratings.command("leave-out")
def leave_out(name: Name) -> None:
    """Ignore a rater's ratings in figures, judge checks and training. They stay stored."""
    from workbench.feedback import raters

    _, store = open_here()
    found = raters.leave_out(store, name)
    say(f"{name} is left out: {counted(found.up + found.down, 'thumb')} and "
        f"{counted(found.choices, 'choice')} no longer count.")  # fmt: skip


@ratings.command("take-back")
def take_back(name: Name) -> None:
    """Count the ratings of a rater who was left out again."""
    from workbench.feedback import raters

    _, store = open_here()
    found = raters.take_back(store, name)
    say(f"{name} counts again: {counted(found.up + found.down, 'thumb')} and "
        f"{counted(found.choices, 'choice')}.")  # fmt: skip


@ratings.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export of ratings, or JSONL of your own.")],
    form: Annotated[
        str, typer.Option("--format", help="auto, open-webui, langfuse, phoenix or jsonl.")
    ] = "auto",
    rater: Annotated[str, typer.Option(help="Store all of them under this name.")] = "",
    traces: Annotated[
        Path | None,
        typer.Option(help="A file with the traces that were rated, if FILE only names them."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report; store nothing.")] = False,
    json: Json = False,
) -> None:
    """Import ratings: each is matched by question and answer to what experiments and services show here."""
    from workbench.rating_files.import_ratings import import_ratings
    from workbench.rating_files.reading import read_ratings
    from workbench.service.users import hash_user, load_salt

    settings, store = open_here()
    read = read_ratings(file, form=form, traces=traces)
    imported = import_ratings(
        store,
        read.ratings,
        hash_user=partial(hash_user, load_salt(settings.home)),
        now=time.time(),
        rater=rater,
        dry_run=dry_run,
        choices=read.choices,
    )
    if json:
        print_json(imported_to_json(file.name, read, imported, dry_run))
    else:
        say(imported_text(file.name, read, imported, dry_run))


@ratings.command("export")
def export(
    out: Annotated[Path, typer.Option(help="The file to write: .jsonl or .csv.")],
    experiment_id: Annotated[
        str | None, typer.Argument(help="Only the ratings on what this experiment shows.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    json: Json = False,
) -> None:
    """Export thumbs and choices with what the rater saw: question, answers, passages, rater, reasons."""
    from workbench.rating_files.choices import is_choice
    from workbench.rating_files.exporting import export_lines, write_export
    from workbench.store.experiments import get_experiment

    _, store = open_here()
    if experiment_id is not None:
        experiment_id = get_experiment(store, experiment_id).id
    lines = export_lines(store, experiment_id)
    write_export(out, lines, overwrite=force)
    choices = sum(is_choice(line) for line in lines)
    if json:
        print_json(
            {
                "file": str(out),
                "experiment": experiment_id,
                "ratings": len(lines) - choices,
                "choices": choices,
            }
        )
    else:
        said = f", {counted(choices, 'choice')}" if choices else ""
        say(f"{out}: {counted(len(lines) - choices, 'rating')}{said}.")
