"""Commands that draft questions from documents, keep or drop the drafts, and import questions of other tools.
Knows nothing about how questions are drafted and about the formats of files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Json, open_here
from workbench.errors import InputError
from workbench.formatting import counted
from workbench.settings import Settings, load_settings

questions = typer.Typer(
    help="Draft questions from documents, review the drafts, import questions from other tools.",
    no_args_is_help=True,
)
CorpusArgument = Annotated[str, typer.Argument(metavar="CORPUS", help="A corpus by name or path.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID …]", help="Drafts, as `questions list` shows.")]
AllPassing = Annotated[
    bool, typer.Option("--all-passing", help="All waiting drafts that passed every check.")
]


@questions.command("draft")
def draft(
    corpus: CorpusArgument,
    count: Annotated[
        int, typer.Option("--count", min=1, help="How many drafts to make, wordings included.")
    ] = 120,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="A registered chat model; without one, rules draft."),
    ] = None,
    kinds: Annotated[
        str,
        typer.Option(
            "--kinds",
            metavar="LIST",
            help="Kinds of drafts, separated by commas, or “all”; by default, rules draft no search words.",
        ),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same drafts.")] = 7,
    wordings: Annotated[
        int, typer.Option("--wordings", metavar="N", min=1, help="The maximum number of wordings per fact.")
    ] = 1,
    follow_ups: Annotated[
        bool, typer.Option("--follow-ups", help="With a model: follow-up questions, too.")
    ] = False,
    budget_usd: Annotated[
        float | None,
        typer.Option("--budget-usd", metavar="X", help="With a model: the most that this run may spend."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only show what it would take: calls, price, time, coverage.")
    ] = False,
    json: Json = False,
) -> None:
    """Draft questions from the documents of a corpus. They wait for review in CORPUS/drafts.jsonl.

    Stop it with Ctrl-C; the same command continues, and pays for nothing twice.
    """
    chosen = tuple(kind.strip() for kind in kinds.split(",") if kind.strip())
    if model is None:
        if follow_ups or budget_usd is not None:
            raise InputError(
                "--follow-ups and --budget-usd need a chat model: rules make no follow-up questions and cost "
                "nothing.",
                hint="Give --model NAME, or leave them out.",
            )
        from workbench.cli.drafting import draft_by_rules, plan_by_rules

        if plan:
            plan_by_rules(corpus, count, chosen, json=json)
        else:
            draft_by_rules(corpus, count, chosen, seed, wordings, json=json)
        return
    from workbench.cli.drafting import draft_with, plan_with
    from workbench.worker.model_drafting import DraftRequest

    request = DraftRequest(corpus, model, count, chosen, seed, budget_usd, wordings, follow_ups)
    (plan_with if plan else draft_with)(request, json=json)


@questions.command("list")
def list_drafts(
    corpus: CorpusArgument,
    every: Annotated[
        bool, typer.Option("--all", help="Also list drafts that were left out, kept or dropped.")
    ] = False,
    json: Json = False,
) -> None:
    """List the drafts that wait for review."""
    from workbench.corpus.draft_file import read_drafts

    _, path = _open(corpus)
    stored = [one for one in read_drafts(path) if every or one.review == "waiting"]
    if json:
        print_json({"corpus": path.name, "drafts": [one.as_row() | {"review": one.review} for one in stored]})
        return
    for one in stored:
        answer = " / ".join(one.draft.answers) or "(the documents do not answer it)"
        failed = [f"    {name}: {verdict}" for name, verdict in one.draft.failed_checks.items()]
        state = "" if one.review == "waiting" else f"  [{one.review}]"
        say(
            "\n".join(
                [f"{one.draft.id}  {one.draft.kind}{state}  {one.draft.question}", f"    {answer}", *failed]
            )
        )
    say(f"{counted(len(stored), 'draft')}.", error=True)


@questions.command("keep")
def keep(
    corpus: CorpusArgument, ids: Ids = None, all_passing: AllPassing = False, json: Json = False
) -> None:
    """Keep drafts: they become questions of the corpus."""
    from workbench.corpus.corpus import load_corpus
    from workbench.corpus.draft_file import keep_drafts

    settings, path = _open(corpus)
    chosen = _choose(path, ids, all_passing)
    documents = load_corpus(corpus, settings.corpora, cache_dir=settings.cache / "documents").documents
    _report(path, "kept", keep_drafts(path, chosen, documents), json)


@questions.command("drop")
def drop(
    corpus: CorpusArgument, ids: Ids = None, all_passing: AllPassing = False, json: Json = False
) -> None:
    """Drop drafts: they are not asked, and not drafted again."""
    from workbench.corpus.draft_file import drop_drafts

    _, path = _open(corpus)
    _report(path, "dropped", drop_drafts(path, _choose(path, ids, all_passing)), json)


@questions.command("from-requests")
def from_requests(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="A service by id or name, or its winner's file.")
    ],
    ungrounded: Annotated[
        bool, typer.Option("--ungrounded", help="Only requests with an ungrounded answer.")
    ] = False,
    disliked: Annotated[bool, typer.Option("--disliked", help="Only requests with a thumb down.")] = False,
    novel: Annotated[
        bool, typer.Option("--novel", help="Only requests unlike the questions of the sweep.")
    ] = False,
    declined: Annotated[bool, typer.Option("--declined", help="Only requests that were declined.")] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="SPAN", help="How far back: 12h, 7d, 4w; by default all.")
    ] = "",
    corpus: Annotated[
        str,
        typer.Option("--corpus", metavar="NAME", help="The corpus to add them to; by default the service's."),
    ] = "",
    json: Json = False,
) -> None:
    """Turn requests of a service into drafts, which wait for review in CORPUS/drafts.jsonl.

    Requests that have any of the faults named are taken, at most 500, the newest first; ungrounded, disliked
    and novel ones where none is named. What is there already in nearly the same words is left out.
    """
    from workbench.input.time_span import parse_time_span
    from workbench.watch.faults import Fault
    from workbench.watch.find_service import find_service
    from workbench.watch.questions_from_requests import take_over_faulty
    from workbench.watch.taken_words import taken_in_words

    chosen: dict[Fault, bool] = {
        "ungrounded": ungrounded, "disliked": disliked, "novel": novel, "declined": declined,
    }  # fmt: skip
    settings, store = open_here()
    found = find_service(store, service)
    faults = [fault for fault, is_chosen in chosen.items() if is_chosen]
    seconds = parse_time_span(since, "--since") if since else None
    taken = take_over_faulty(store, settings, found.id, faults, corpus=corpus, seconds=seconds)
    if json:
        print_json(taken.to_json())
    else:
        said, mind = taken_in_words(taken.to_json())
        say(" ".join([*said, mind]).strip())


@questions.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file, or a folder of a BEIR data set.")],
    corpus: Annotated[
        str,
        typer.Option(
            "--corpus",
            metavar="NAME",
            help="The corpus to add them to. It is created if the format contains documents.",
        ),
    ],
    format_name: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="The format; `auto` detects it.")
    ] = "auto",
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="What a column means: prompt=question, notes=ignore. Repeat the option for several.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report; write nothing.")] = False,
    json: Json = False,
) -> None:
    """Import questions from a file of another tool, with the documents that its format brings."""
    from workbench.importing.columns import parse_map
    from workbench.importing.import_questions import describe, import_questions

    imported = import_questions(
        load_settings(),
        file,
        corpus,
        format_name=format_name,
        mapping=parse_map(mapping or ()),
        dry_run=dry_run,
    )
    if json:
        print_json(imported.to_json())
    else:
        say(describe(imported))


def _open(corpus: str) -> tuple[Settings, Path]:
    from workbench.corpus.corpus import find_corpus

    settings = load_settings()
    return settings, find_corpus(corpus, settings.corpora)


def _choose(path: Path, ids: list[str] | None, all_passing: bool) -> list[str]:
    from workbench.corpus.draft_file import read_drafts

    if bool(ids) == all_passing:
        raise InputError("Name drafts, or give --all-passing.", hint="`questions list` shows their ids.")
    if ids:
        return ids
    return [one.draft.id for one in read_drafts(path) if one.review == "waiting" and one.draft.passes]


def _report(path: Path, done: str, ids: list[str], json: bool) -> None:
    from workbench.corpus.draft_file import read_drafts

    left = sum(one.review == "waiting" for one in read_drafts(path))
    result: dict[str, Any] = {"corpus": path.name, done: ids, "waiting": left}
    if json:
        print_json(result)
    else:
        say(f"{len(ids)} {done}; {left} wait.")
