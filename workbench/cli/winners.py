"""Commands that export a winner and ask it questions.
Knows nothing about what a winner's file contains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import AllowCode, CorpusOption, ExperimentId, Json, Trust, open_here, permit_winner
from workbench.cli.texts.answers import winner_answer_text
from workbench.corpus.conversation import ReadTurns, turns_to_json
from workbench.corpus.questions import read_turns_file
from workbench.errors import InputError
from workbench.formatting import counted, destination_line
from workbench.input.condition_text import parse_conditions
from workbench.input.conditions import BadCondition

commands = typer.Typer()


@commands.command()
def export(
    experiment_id: ExperimentId,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    trial: Annotated[str | None, typer.Option(help="Export this trial instead of the best.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    canaries: Annotated[
        int,
        typer.Option(
            help="How many held-out questions the file keeps with their answers, so that `check` can ask "
            "them again: 0 to 50. With 0 it keeps only vectors of the questions, no texts."
        ),
    ] = 40,
) -> None:
    """Write the winning configuration and its figures to a file that runs elsewhere."""
    from workbench.results.status import get_verdict
    from workbench.ship.export import export_winner
    from workbench.ship.winner import read_winner
    from workbench.ship.winner_commands import commands_of
    from workbench.ship.winner_files import ask_command, example_question

    settings, store = open_here()
    path = export_winner(
        store,
        experiment_id,
        out=out,
        trial_id=trial,
        overwrite=force,
        canaries=canaries,
        cache=settings.cache / "documents",
    )
    for sentence in get_verdict(store, experiment_id).sentences:
        say(sentence, error=True)
    written = read_winner(path)
    say(f"Wrote {path}" + ("" if trial is None else f", with {written.name}"), error=True)
    if written.canaries is not None:
        count = counted(len(written.canaries.questions), "question")
        say(f"The file keeps {count} with answers, for `check` to ask again (see --canaries).", error=True)
    say(f"Ask it: {ask_command(path, example_question(store, experiment_id))}", error=True)
    say(f"Serve it: {commands_of(path).serve}", error=True)


@commands.command()
def ask(
    winner: Annotated[Path, typer.Argument(help="An exported winner (YAML).")],
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    corpus: CorpusOption = None,
    history: Annotated[
        Path | None,
        typer.Option(
            help='A file of the earlier turns of a follow-up question: JSON as [{"role": "user", "content": '
            '"…"}, …], or lines that begin with "User:" and "Assistant:".'
        ),
    ] = None,
    filter: Annotated[
        list[str] | None,
        typer.Option(
            help="For a winner with `filter: question`, the metadata of the documents to search: region=NL. "
            "May be given several times."
        ),
    ] = None,
    trust: Trust = None,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Ask an exported winner a question."""
    import asyncio
    import warnings
    from functools import partial

    from workbench.settings import load_settings
    from workbench.ship import load
    from workbench.ship.load import WinnerAnswer
    from workbench.ship.trained_models import models_served

    if not question.strip():
        raise InputError("The question is empty.")
    try:
        condition = parse_conditions(filter or ())
    except BadCondition as error:
        raise InputError(f"--filter: {error}.") from None
    read = ReadTurns(()) if history is None else read_turns_file(history, question)
    for what in read.left_out:
        say(f"Note: {history}: {what}.", error=True)
    permit_winner(open_here()[1] if trust else None, winner, trust, allow_code=allow_code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load.load_winner(winner, corpus)
    for text in loaded.warnings:
        say(f"Note: {text}", error=True)
    hosts = [host.to_json() for host in loaded.destinations]
    for host in hosts:
        say(destination_line(host), error=True)
    if contexts := loaded.contexts_to_write:
        say(f"Note: {contexts}", error=True)
    settings = load_settings()

    async def ask() -> WinnerAnswer:
        async with models_served(loaded, loaded.store, settings, partial(say, error=True)):
            return await loaded.answer_async(question, turns_to_json(read.turns), condition)

    document = {**asyncio.run(ask()).to_json(), "hosts": hosts}
    print_json(document) if json else say(winner_answer_text(document))
