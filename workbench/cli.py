"""The command line: one function a command; reads arguments, calls the program, prints.
Knows nothing about how anything is done. With --json one document goes to stdout, the rest to stderr."""

from __future__ import annotations

import errno
import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli_output import (
    answer_text,
    answers_csv,
    fail,
    leaderboard_csv,
    leaderboard_text,
    plan_text,
    print_json,
    say,
    status_text,
    write_utf8,
)
from workbench.errors import InputError, WorkbenchError
from workbench.settings import Settings, load_settings
from workbench.store.engine import Store

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
ExperimentFileArgument = Annotated[Path, typer.Argument(help="An experiment file (YAML).")]
ExperimentId = Annotated[str, typer.Argument(help="An experiment's id, as `list` shows it.")]

app = typer.Typer(
    help="Tune prompts, retrieval and models together, over your own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
prompts_app = typer.Typer(help="Prompts: named, versioned templates.", no_args_is_help=True)
models_app = typer.Typer(help="Models: registered language and embedding models.", no_args_is_help=True)
app.add_typer(prompts_app, name="prompts")
app.add_typer(models_app, name="models")

EXIT_STOPPED = 3


def _open() -> tuple[Settings, Store]:
    from workbench.engine.preparation import open_workbench

    settings = load_settings()
    return settings, open_workbench(settings)


@app.command()
def plan(experiment: ExperimentFileArgument, json: Json = False) -> None:
    """What an experiment would do and cost, before anything is spent."""
    from workbench.api import prepare_experiment
    from workbench.engine.plan import make_plan

    settings, store = _open()
    made = make_plan(prepare_experiment(experiment, settings, store), settings, store)
    print_json(made.to_json()) if json else say(plan_text(made.to_json()))


def _run(settings: Settings, store: Store, experiment_id: str, json: bool) -> None:
    """Run in the foreground until an end state, with progress on stderr and Ctrl-C as a clean stop."""
    from workbench.api import resume_experiment
    from workbench.engine.aside import OwnProcess
    from workbench.foreground import LiveProgress, halt_on_interrupt

    with LiveProgress() as live:
        result = resume_experiment(
            store, settings, experiment_id,
            on_progress=live.show, make_halt=halt_on_interrupt, aside=OwnProcess(),
        )  # fmt: skip
    if json:
        print_json(result.status)
    else:
        say(leaderboard_text(result.leaderboard))
        say(status_text(result.status))
    if result.state != "done":
        stopped = result.state in ("stopped", "stopped: budget")
        say(f"{result.state}: {result.status['message']}", error=True)
        if stopped:
            say(f"Go on with: python -m workbench resume {experiment_id}", error=True)
        raise typer.Exit(EXIT_STOPPED if stopped else 1)


@app.command()
def run(experiment: ExperimentFileArgument, json: Json = False) -> None:
    """Run an experiment here, or go on with the newest unfinished one of identical content."""
    from workbench.api import prepare_experiment
    from workbench.engine.running import find_or_create

    settings, store = _open()
    prepared = prepare_experiment(experiment, settings, store)
    experiment_id, is_new = find_or_create(store, prepared)
    say(f"{'New experiment' if is_new else 'Going on with experiment'} {experiment_id}", error=True)
    for warning in prepared.warnings:
        say(f"Note: {warning}", error=True)
    _run(settings, store, experiment_id, json)


@app.command()
def resume(
    experiment_id: ExperimentId,
    budget: Annotated[float | None, typer.Option(help="A new cap in US dollars.")] = None,
    json: Json = False,
) -> None:
    """Go on with a stopped, paused or interrupted experiment, in the foreground."""
    from workbench.engine.capping import change_budget
    from workbench.store.experiments import queue

    settings, store = _open()
    if budget is not None:
        change_budget(store, experiment_id, budget)
    queue(store, experiment_id)
    _run(settings, store, experiment_id, json)


@app.command()
def budget(
    experiment_id: ExperimentId,
    usd: Annotated[
        str, typer.Argument(metavar="USD|none", help="Dollars for the whole experiment, or none.")
    ],
    json: Json = False,
) -> None:
    """Another cap for an experiment that waits or runs; the one that runs obeys within seconds."""
    from workbench.analysis.standing import get_status
    from workbench.engine.capping import change_budget

    _, store = _open()
    change_budget(store, experiment_id, None if usd == "none" else _dollars(usd))
    print_json(get_status(store, experiment_id)) if json else say(f"{experiment_id}: the cap is {usd}")


def _dollars(text: str) -> float:
    try:
        return float(text.removeprefix("$"))
    except ValueError:
        raise InputError(f"The budget is {text!r}; it must be a number of dollars, or none.") from None


@app.command("list")
def list_command(
    json: Json = False, archived: Annotated[bool, typer.Option(help="Also archived ones.")] = False
) -> None:
    """The experiments, newest first."""
    from workbench.cli_output import experiments_text
    from workbench.store.experiments import list_experiments
    from workbench.store.ledger import get_spends

    _, store = _open()
    spent = get_spends(store)
    found = [
        {
            "experiment": r.id,
            "name": r.name,
            "state": r.state,
            "corpus": r.experiment.corpus,
            "created_at": r.created_at,
            "seconds": r.seconds,
            "spent_usd": spent.get(r.id, 0.0),
            "archived": r.archived,
        }
        for r in list_experiments(store, archived=archived)
    ]
    print_json({"experiments": found}) if json else say(experiments_text(found))


@app.command()
def status(experiment_id: ExperimentId, json: Json = False) -> None:
    """Where an experiment stands: state, answers, calls, money."""
    from workbench.analysis.standing import get_status

    _, store = _open()
    found = get_status(store, experiment_id)
    print_json(found) if json else say(status_text(found))


@app.command()
def stop(experiment_id: ExperimentId, json: Json = False) -> None:
    """Ask a running experiment to stop cleanly; nothing finished is lost."""
    from workbench.analysis.standing import get_status
    from workbench.store.experiments import request_stop

    _, store = _open()
    state = request_stop(store, experiment_id)
    print_json(get_status(store, experiment_id)) if json else say(f"{experiment_id}: {state}")


@app.command()
def leaderboard(
    experiment_id: ExperimentId,
    baseline: Annotated[
        str | None, typer.Option(help="Compare with this trial (default: the first) from now on.")
    ] = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """An experiment's trials in order of rank, and which of them differ for real."""
    from workbench.analysis.standing import leaderboard_to_json
    from workbench.engine.summarising import ensure_comparisons

    _, store = _open()
    ensure_comparisons(store, experiment_id, baseline=baseline)
    found = leaderboard_to_json(store, experiment_id)
    if json:
        print_json(found)
    else:
        say(leaderboard_csv(found) if csv else leaderboard_text(found))


@app.command()
def compare(
    experiment_id: ExperimentId,
    trial: Annotated[str, typer.Argument(help="A trial's id, as `leaderboard --json` shows it.")],
    other: Annotated[str, typer.Argument(help="The trial it is compared with.")],
    score: Annotated[str | None, typer.Option(help="By this score; else by the objective.")] = None,
    json: Json = False,
) -> None:
    """Whether two trials differ for real, paired by question, and how many questions would tell."""
    from workbench.analysis.leaderboard import comparison_to_json
    from workbench.cli_findings import comparison_text
    from workbench.engine.summarising import compare_two

    _, store = _open()
    found = compare_two(store, experiment_id, trial, other, score)
    document = {"experiment": experiment_id, "trial": trial, **(comparison_to_json(found) or {})}
    print_json(document) if json else say(comparison_text(document))


@app.command()
def effects(
    experiment_id: ExperimentId,
    score: Annotated[str | None, typer.Option(help="On this score; else on the objective.")] = None,
    json: Json = False,
) -> None:
    """How much each axis matters, and which pairs of axes depend on each other."""
    from workbench.cli_findings import effects_text
    from workbench.engine.summarising import get_effects

    _, store = _open()
    found = get_effects(store, experiment_id, score)
    print_json(found) if json else say(effects_text(found))


@app.command()
def ledger(
    experiment_id: Annotated[
        str | None, typer.Argument(help="Of one experiment; else of all there is.")
    ] = None,
    rows: Annotated[bool, typer.Option("--rows", help="Each call, not only sums.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What model calls took and cost: by kind and model, or call by call."""
    from workbench.analysis.standing import ledger_to_json
    from workbench.cli_upkeep import ledger_csv, ledger_text

    _, store = _open()
    found = ledger_to_json(store, experiment_id, rows=rows)
    if json:
        print_json(found)
    else:
        say(ledger_csv(found) if csv else ledger_text(found))


@app.command()
def answers(
    experiment_id: ExperimentId,
    trial: Annotated[str | None, typer.Option(help="Of one trial only.")] = None,
    probes: Annotated[bool, typer.Option("--probes", help="To the probes of bias and injection.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """An experiment's answers with their passages and scores."""
    from workbench.cli_output import answer_to_json
    from workbench.corpus.types import PROBE
    from workbench.store.answers import find_answers
    from workbench.store.experiments import get_experiment, get_trials
    from workbench.store.matching import AnswerFilter

    _, store = _open()
    get_experiment(store, experiment_id)
    if trial is not None and trial not in {t.id for t in get_trials(store, experiment_id)}:
        raise InputError(
            f"Experiment {experiment_id} has no trial {trial!r}.",
            hint=f"`python -m workbench leaderboard {experiment_id} --csv` names them.",
        )
    found = find_answers(
        store, experiment_id, AnswerFilter(trial_id=trial, part=PROBE if probes else None), limit=None
    )
    if json:
        print_json({"experiment": experiment_id, "answers": [answer_to_json(a) for a in found]})
    else:
        say(answers_csv(found) if csv else "\n\n".join(answer_text(a) for a in found))


@app.command()
def export(
    experiment_id: ExperimentId,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    trial: Annotated[str | None, typer.Option(help="This trial instead of the best.")] = None,
) -> None:
    """Write the winning configuration, with its evidence, to a file that runs elsewhere."""
    from workbench.ship.export import export_winner

    _, store = _open()
    say(f"Wrote {export_winner(store, experiment_id, out=out, trial_id=trial)}", error=True)


@app.command()
def ask(
    winner: Annotated[Path, typer.Argument(help="An exported winner (YAML).")],
    question: str,
    corpus: Annotated[str | None, typer.Option(help="A corpus by name or path; else the winner's.")] = None,
    json: Json = False,
) -> None:
    """Ask an exported winner a question."""
    import warnings

    from workbench.cli_output import winner_answer_text
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


@app.command()
def rate(
    answer_id: int,
    thumb: Annotated[str, typer.Argument(help="up, down or none")],
    comment: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    rater: Annotated[str | None, typer.Option(help="Your name (default: WORKBENCH_RATER).")] = None,
) -> None:
    """Give an answer a thumb, change it, or withdraw it (none)."""
    from workbench.feedback.ratings import rate_answer

    settings, store = _open()
    answer = rate_answer(store, answer_id, thumb, rater=rater or settings.rater, comment=comment)
    say(f"{thumb}: {answer.question.text}", error=True)


@app.command()
def tune(
    name: Annotated[str, typer.Option(help="The new variant's name; it begins with embedded/.")],
    corpus: Annotated[str | None, typer.Option(help="Train on the train part of its questions.")] = None,
    parent: Annotated[str, typer.Option(help="What it is trained from.")] = "embedded/extractive",
    from_ratings: Annotated[bool, typer.Option(help="Train on people's thumbs, too.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the variant to this file.")] = None,
    json: Json = False,
) -> None:
    """Train a fine-tuned variant of the embedded answerer: seconds, offline, train questions only."""
    from workbench.feedback.tuning import tune_variant
    from workbench.feedback.tuning_report import tuning_lines

    settings, store = _open()
    report = tune_variant(
        store, settings, name=name, parent=parent, corpus=corpus, from_ratings=from_ratings, out=out
    )
    if json:
        print_json(report)
    else:
        say(f"{report['model']}: trained on {report['examples']} examples; registered.")
        for line in tuning_lines(report["metrics"]):
            say(line)


@app.command("judge-check")
def judge_check(
    labelled: Annotated[
        Path | None, typer.Argument(help="A JSONL file: answer, passages, label, maybe question a line.")
    ] = None,
    judge: Annotated[
        list[str] | None, typer.Option(help="embedded, or a registered chat model; again for more.")
    ] = None,
    rubric: Annotated[str | None, typer.Option(help="Ask models this, not ragas's faithfulness.")] = None,
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="From here on an answer passes.")] = 0.5,
    from_ratings: Annotated[bool, typer.Option(help="People's thumbs are the labels.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many answers.")] = None,
    budget: Annotated[float | None, typer.Option(help="A cap in US dollars.")] = None,
    json: Json = False,
) -> None:
    """Measure judges on labelled answers: AUROC, calibration, cost, beside what is simpler."""
    import asyncio

    from workbench.cli_judge_check import judge_check_text
    from workbench.engine.judge_check import EMBEDDED, check_judges
    from workbench.engine.running import new_client_pool
    from workbench.scoring.labelled import labels_from_ratings, load_labelled
    from workbench.store.catalogue import get_model

    settings, store = _open()
    if (labelled is None) == (not from_ratings):
        raise InputError("Name a labelled file, or say --from-ratings; one of the two.")
    rows = labels_from_ratings(store) if labelled is None else load_labelled(labelled)
    judges = [
        None if name == EMBEDDED else get_model(store, name) for name in dict.fromkeys(judge or [EMBEDDED])
    ]
    for model in judges:
        if model is not None and (model.kind != "chat" or model.embedded):
            raise InputError(f"{model.name} cannot judge: it is no chat model behind an address.")
    found = asyncio.run(
        check_judges(
            store, settings, rows[:limit], judges, new_client_pool(), rubric=rubric, threshold=threshold,
            budget_usd=budget,
        )
    )  # fmt: skip
    found["labels"] = "thumbs" if from_ratings else str(labelled)
    print_json(found) if json else say(judge_check_text(found))


@app.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="Where the winner goes.")] = None, json: Json = False
) -> None:
    """The sample experiment from start to winner: run, leaderboard, export, one question."""
    from workbench.api import run_experiment
    from workbench.demo import DEMO_QUESTION, demo_file
    from workbench.engine.aside import OwnProcess
    from workbench.foreground import LiveProgress, halt_on_interrupt
    from workbench.ship.export import export_winner
    from workbench.ship.load import load_winner

    settings, store = _open()
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


@app.command()
def worker(
    idle_seconds: Annotated[float, typer.Option(help="End after so long without work.")] = 600.0,
) -> None:
    """Carry out queued experiments and the app's requests (the app starts one by itself)."""
    from workbench.worker.process import run_worker

    settings, store = _open()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_worker(store, settings, idle_seconds=idle_seconds)


@app.command()
def doctor(json: Json = False) -> None:
    """What is installed, reachable and configured, how much disk is used, and how to mend what is wrong."""
    from workbench.cli_output import checks_text
    from workbench.doctor import run_checks

    found = run_checks(load_settings())
    if json:
        print_json({"checks": [vars_of(check) for check in found]})
    else:
        say(checks_text(found))
    if any(check.status == "error" for check in found):
        raise typer.Exit(1)


@app.command()
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be freed.")] = False,
    json: Json = False,
) -> None:
    """Free indexes, caches and replies that nothing refers to any more. The ledger keeps what was spent."""
    from workbench.cleaning import clean as clean_up
    from workbench.cli_upkeep import cleaned_text

    settings, store = _open()
    found = clean_up(store, settings, dry_run=dry_run).to_json()
    print_json(found) if json else say(cleaned_text(found))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; the database goes on meanwhile.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    json: Json = False,
) -> None:
    """A consistent, checked copy of the database: experiments, answers, ledger, ratings, prompts, models."""
    from workbench.cli_upkeep import backup_text
    from workbench.store.backup import back_up

    made = back_up(load_settings().database, file, force=force)
    found = vars_of(made) | {"file": str(made.file)}
    print_json(found) if json else say(backup_text(found))


def vars_of(record: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record)


@prompts_app.command("list")
def prompts_list(json: Json = False) -> None:
    """The prompts, each with its latest version."""
    from workbench.store.catalogue import list_prompts

    _, store = _open()
    found = [p.model_dump(mode="json") for p in list_prompts(store)]
    if json:
        print_json({"prompts": found})
    else:
        for p in found:
            say(f"{p['name']}@{p['version']}  {p['notes'] or p['template'].splitlines()[0]}")


@prompts_app.command("show")
def prompts_show(name: str, json: Json = False) -> None:
    """A prompt's text: NAME for its latest version, NAME@2 for another."""
    from workbench.store.catalogue import list_versions

    _, store = _open()
    base, _, version = name.partition("@")
    versions = list_versions(store, base)
    wanted = [p for p in versions if str(p.version) == version] if version else versions[-1:]
    if not wanted:
        raise InputError(f"Prompt {base!r} has versions 1 to {versions[-1].version}, not {version!r}.")
    prompt = wanted[0]
    if json:
        print_json(prompt.model_dump(mode="json"))
    else:
        system = f"system:\n{prompt.system}\n\n" if prompt.system else ""
        say(f"{prompt.label}\n\n{system}template:\n{prompt.template}")


@prompts_app.command("add")
def prompts_add(
    name: str,
    file: Annotated[Path, typer.Option(help="A file that holds the template.")],
    system: Annotated[str | None, typer.Option(help="The system part.")] = None,
    notes: str = "",
) -> None:
    """Save a template as a prompt's next version."""
    from workbench.space.files import build_prompt, read_text
    from workbench.store.catalogue import add_prompt

    _, store = _open()
    saved = add_prompt(store, build_prompt(name, read_text(file), system=system, notes=notes))
    say(f"Saved {saved.label}")


@models_app.command("list")
def models_list(json: Json = False) -> None:
    """The registered models with their prices."""
    from workbench.providers.prices import describe_price, find_price
    from workbench.store.catalogue import list_models

    settings, store = _open()
    found = list_models(store)
    if json:
        print_json({"models": [m.model.model_dump(mode="json") | {"source": m.source} for m in found]})
    else:
        for m in found:
            price = describe_price(find_price(m.model, settings.compute_usd_per_hour))
            where = m.model.base_url or "this machine"
            parent = f", tuned from {m.model.parent}" if m.model.parent else ""
            say(f"{m.model.name}  ({m.model.kind}, {where}{parent}; {price})")


@models_app.command("show")
def models_show(
    name: str,
    test: Annotated[bool, typer.Option(help="Also ask the server.")] = False,
    json: Json = False,
) -> None:
    """A model's settings; with --test, whether it can be reached and what is wrong."""
    import asyncio

    from workbench.space.files import to_yaml
    from workbench.store.catalogue import get_model

    _, store = _open()
    model = get_model(store, name)
    shown = model.model_dump(mode="json", exclude_defaults=True)
    report = None
    if test:
        from workbench.providers.connection import test_connection

        report = asyncio.run(test_connection(model))
    if json:
        print_json(shown | ({"connection": vars_of(report)} if report else {}))
    else:
        say(to_yaml(shown))
        if report:
            say("\n".join(report.messages))
    if report is not None and not report.ok:
        raise typer.Exit(1)


@models_app.command("add")
def models_add(
    file: Annotated[Path | None, typer.Option(help="A YAML file with one model.")] = None,
    name: Annotated[str | None, typer.Option()] = None,
    base_url: Annotated[str | None, typer.Option(help="Such as http://127.0.0.1:8000/v1")] = None,
    model: Annotated[str | None, typer.Option(help="The name its server knows it by.")] = None,
    kind: Annotated[str, typer.Option(help="chat or embedding")] = "chat",
    api_key_env: Annotated[str | None, typer.Option(help="The variable that holds its key.")] = None,
    parent: Annotated[str | None, typer.Option(help="What it was fine-tuned from.")] = None,
    replace: Annotated[bool, typer.Option(help="Change one of this name.")] = False,
) -> None:
    """Register a model, from a file or from options."""
    from workbench.errors import ModelError
    from workbench.space.files import parse_yaml, read_text, validate
    from workbench.space.model import Model
    from workbench.store.catalogue import save_model

    _, store = _open()
    if file is not None:
        data = parse_yaml(read_text(file), str(file))
    else:
        given = {
            "name": name,
            "base_url": base_url,
            "model": model,
            "kind": kind,
            "api_key_env": api_key_env,
            "parent": parent,
        }
        data = {key: value for key, value in given.items() if value is not None}
    added = validate(Model, data, str(file or "model"), ModelError)
    save_model(store, added, replace=replace)
    say(f"Registered {added.name}")


def main() -> None:
    """Run a command: 0 done, 2 wrong input, 3 stopped, 1 anything else; a bug shows its traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
    write_utf8()
    try:
        app()
    except WorkbenchError as error:
        fail(error)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or "the place that was written to"
        fail(
            WorkbenchError(f"The disk that holds {where} is full.", hint="Free some space and run it again.")
        )
