"""The command that holds a candidate against a base.
Knows nothing about how they are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.output import print_json, say
from workbench.cli.progress_line import ProgressLine, progress_line
from workbench.cli.shared import (
    EXIT_STOPPED,
    AllowCode,
    CorpusOption,
    Json,
    Trust,
    open_here,
    say_allowed,
)
from workbench.formatting import destination_line, dollars

commands = typer.Typer()


@commands.command()
def gate(
    candidate: Annotated[
        str,
        typer.Argument(
            help="What you want to ship: a winner's file, a file with a system (FILE#NAME if it has "
            "several), the address of a service, or a trial's id."
        ),
    ],
    against: Annotated[str, typer.Option(help="What runs today, given in the same way.")],
    corpus: CorpusOption = None,
    questions: Annotated[
        Path | None, typer.Option(help="A question file to ask instead of the corpus's own.")
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(help="Only questions with this tag. Repeat the option, or separate tags by commas."),
    ] = None,
    margin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCORE=X",
            help="How much worse a score's mean may be than the base's. Without any condition: "
            "correctness=0.02 and grounding=0.02.",
        ),
    ] = None,
    at_least: Annotated[
        list[str] | None, typer.Option(metavar="SCORE=X", help="The minimum for the candidate's mean.")
    ] = None,
    at_most: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=X", help="The maximum for the candidate's mean of a score or a cost."),
    ] = None,
    repeats: Annotated[int, typer.Option(help="How often each question is asked.")] = 1,
    budget_usd: Annotated[float | None, typer.Option(help="The maximum to spend, in US dollars.")] = None,
    seed: Annotated[int, typer.Option(help="The seed for the order of the questions.")] = 7,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit XML file.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a Markdown file.")] = None,
    app: Annotated[
        str, typer.Option(help="The address of the app, for the links of the Markdown file.")
    ] = "http://127.0.0.1:8501",
    trust: Trust = None,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Test whether a candidate is no worse than a base: exit 0 for pass, 4 for worse, 5 for inconclusive."""
    import asyncio

    from workbench.files.writing import check_destination, write_atomically
    from workbench.foreground import stop_on_interrupt
    from workbench.gate.conditions import read_conditions
    from workbench.gate.junit import to_junit
    from workbench.gate.markdown_report import to_markdown
    from workbench.gate.preparation import GateRequest, permit, prepare_gate
    from workbench.gate.run_gate import carry_out_gate
    from workbench.gate.verdict_words import EXIT_CODES

    request = GateRequest(
        candidate, against, corpus, None if questions is None else str(questions),
        tuple(tag.strip() for text in tags or () for tag in text.split(",") if tag.strip()),
        read_conditions(margin or (), at_least or (), at_most or ()),
        repeats, budget_usd, seed,
    )  # fmt: skip
    for file in (junit, markdown):
        if file is not None:
            check_destination(file, overwrite=True)
    settings, store = open_here()
    say_allowed(permit(store, settings, request, trust or (), allow_code=allow_code))
    ready = prepare_gate(store, settings, request)
    for host in ready.destinations:
        say(destination_line(host.to_json()), error=True)

    async def work(line: ProgressLine) -> Any:
        def show(progress: dict[str, Any]) -> None:
            asked = f"{progress['done']:,} of at most {progress['count']:,} questions"
            line.show(f"{asked} · {progress['doing']} · {dollars(progress['spent_usd'])} spent")

        return await carry_out_gate(store, settings, ready, stop_on_interrupt(), show)

    with progress_line() as line:
        done = asyncio.run(work(line))
    found = {"id": done.id, **done.found}
    if junit is not None:
        write_atomically(junit, to_junit(found))
    if markdown is not None:
        write_atomically(markdown, to_markdown(found, done.id, app.rstrip("/")))
    print_json(found) if json else say(found["text"])
    if found["ended"] and found["verdict"] == "inconclusive":
        raise typer.Exit(EXIT_STOPPED)
    raise typer.Exit(EXIT_CODES[found["verdict"]])
