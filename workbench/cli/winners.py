"""Commands that export a winner and ask it questions.
Knows nothing about what a winner's file contains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import ExperimentId, Json, open_here
from workbench.cli.texts.answers import winner_answer_text
from workbench.errors import InputError

commands = typer.Typer()


@commands.command()
def export(
    experiment_id: ExperimentId,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    trial: Annotated[str | None, typer.Option(help="Export this trial instead of the best.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the winning configuration and its figures to a file that runs elsewhere."""
    from workbench.ship.export import export_winner

    _, store = open_here()
    path = export_winner(store, experiment_id, out=out, trial_id=trial, overwrite=force)
    say(f"Wrote {path}", error=True)


@commands.command()
def ask(
    winner: Annotated[Path, typer.Argument(help="An exported winner (YAML).")],
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    corpus: Annotated[
        str | None, typer.Option(help="A corpus by name or path, instead of the winner's.")
    ] = None,
    json: Json = False,
) -> None:
    """Ask an exported winner a question."""
    import warnings

    from workbench.ship.load import load_winner

    if not question.strip():
        raise InputError("The question is empty.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load_winner(winner, corpus)
    for text in loaded.warnings:
        say(f"Note: {text}", error=True)
    answer = loaded.answer(question)
    print_json(answer.to_json()) if json else say(winner_answer_text(answer.to_json()))
