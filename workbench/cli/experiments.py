"""Commands that plan, run, resume and stop experiments.
Knows nothing about their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import (
    EXIT_STOPPED,
    AllowCode,
    CorpusOption,
    ExperimentFileArgument,
    ExperimentId,
    Json,
    Trust,
    open_here,
    say_allowed,
)
from workbench.cli.texts.experiments import experiments_text, plan_text, status_text
from workbench.cli.texts.leaderboard import leaderboard_text
from workbench.errors import InputError
from workbench.formatting import destination_line
from workbench.settings import Settings, read_cluster

if TYPE_CHECKING:
    from workbench.planning.preparation import Prepared
    from workbench.space.experiment import ExperimentFile
    from workbench.store.database import Store

commands = typer.Typer()

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS|local:N",
        help="Run the work on the workers of a Dask scheduler, such as tcp://10.0.0.5:8786, or on N "
        "workers on this machine.",
    ),
]


def _on_cluster(settings: Settings, cluster: str | None) -> Settings:
    """The settings with the cluster that an option names, if it names one."""
    return settings if cluster is None else replace(settings, cluster=read_cluster(cluster, "--cluster"))


@commands.command()
def plan(
    experiment: ExperimentFileArgument,
    corpus: CorpusOption = None,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Show what an experiment would do and cost, before anything is spent."""
    from workbench.api import allow_code_of, prepare_experiment

    settings, store = open_here()
    if allow_code:
        say_allowed(allow_code_of(experiment, settings, store))
    prepared = prepare_experiment(experiment, settings, store, corpus=corpus)
    _plan(settings, store, prepared, json)


def plan_written(written: ExperimentFile, corpus: str, json: bool) -> None:
    """Show the plan of an experiment that no file holds."""
    from workbench.api import prepare_experiment

    settings, store = open_here()
    _plan(settings, store, prepare_experiment(written, settings, store, corpus=corpus), json)


def _plan(settings: Settings, store: Store, prepared: Prepared, json: bool) -> None:
    from workbench.planning.plan import make_plan

    document = make_plan(prepared, settings, store).to_json()
    print_json(document) if json else say(plan_text(document))


def _run(
    settings: Settings,
    store: Store,
    experiment_id: str,
    json: bool,
    *,
    owner: str | None = None,
    trust: Sequence[str] = (),
) -> None:
    """Run an experiment in the foreground until it ends, with progress on stderr; Ctrl-C stops it cleanly.

    owner: who holds the experiment's lease already; None takes the lease anew.
    """
    from workbench.api import list_hosts, resume_experiment
    from workbench.foreground import LiveProgress, stop_on_interrupt
    from workbench.run.background_process import BackgroundProcess

    hosts = list_hosts(store, experiment_id)
    for host in hosts:
        say(destination_line(host.to_json()), error=True)
    with LiveProgress(store) as live:
        result = resume_experiment(
            store, settings, experiment_id, owner=owner, trust=trust,
            on_progress=live.show, make_stop_signal=stop_on_interrupt, run_statistics=BackgroundProcess(),
        )  # fmt: skip
    if json:
        print_json({**result.status, "hosts": [host.to_json() for host in hosts]})
    else:
        say(status_text(result.status))
        say(leaderboard_text(result.leaderboard))
    if result.state != "done":
        stopped = result.state in ("stopped", "stopped: budget")
        say(f"{result.state}: {result.status['message']}", error=True)
        if stopped or result.state == "paused":
            say(f"Resume it with: python -m workbench resume {experiment_id}", error=True)
        raise typer.Exit(EXIT_STOPPED if stopped else 1)


@commands.command()
def run(
    experiment: ExperimentFileArgument,
    corpus: CorpusOption = None,
    trust: Trust = None,
    allow_code: AllowCode = False,
    cluster: ClusterOption = None,
    json: Json = False,
) -> None:
    """Run an experiment in the foreground, or resume the newest unfinished one of identical content."""
    from workbench.api import allow_code_of, prepare_experiment

    settings, store = open_here()
    settings = _on_cluster(settings, cluster)
    if allow_code:
        say_allowed(allow_code_of(experiment, settings, store))
    prepared = prepare_experiment(experiment, settings, store, corpus=corpus)
    _run_prepared(settings, store, prepared, trust, json)


def run_written(written: ExperimentFile, corpus: str, trust: Sequence[str] | None, json: bool) -> None:
    """Run an experiment that no file holds, or resume the newest unfinished one of identical content."""
    from workbench.api import prepare_experiment

    settings, store = open_here()
    prepared = prepare_experiment(written, settings, store, corpus=corpus)
    _run_prepared(settings, store, prepared, trust, json)


def _run_prepared(
    settings: Settings, store: Store, prepared: Prepared, trust: Sequence[str] | None, json: bool
) -> None:
    from workbench.calls.trusted_hosts import trust_hosts
    from workbench.planning.preparation import models_in_use
    from workbench.run.creation import find_or_create, unfinished_with_other_questions
    from workbench.store.places import place_of
    from workbench.store.processes import owner_name

    trust_hosts(store, models_in_use(prepared.experiment), trust or ())
    owner = owner_name()
    experiment_id, is_new = find_or_create(store, prepared, owner=owner, place=place_of(settings))
    say(f"{'New experiment' if is_new else 'Resuming experiment'} {experiment_id}", error=True)
    if is_new and (other := unfinished_with_other_questions(store, prepared)):
        say(
            f"Note: Experiment {other} with the same settings is unfinished, but the questions have "
            f"changed. To continue with its own questions: python -m workbench resume {other}",
            error=True,
        )
    for warning in prepared.warnings:
        say(f"Note: {warning}", error=True)
    _run(settings, store, experiment_id, json, owner=owner)


@commands.command()
def resume(
    experiment_id: ExperimentId,
    budget: Annotated[float | None, typer.Option(help="A new budget in US dollars.")] = None,
    trust: Trust = None,
    allow_code: AllowCode = False,
    cluster: ClusterOption = None,
    json: Json = False,
) -> None:
    """Resume a stopped, paused or interrupted experiment in the foreground."""
    from workbench.api import allow_code_of
    from workbench.run.budget_change import change_budget
    from workbench.store.experiments import get_experiment

    settings, store = open_here()
    settings = _on_cluster(settings, cluster)
    if allow_code:
        say_allowed(allow_code_of(get_experiment(store, experiment_id).experiment, settings, store))
    if budget is not None:
        change_budget(store, experiment_id, budget)
    _run(settings, store, experiment_id, json, trust=trust or ())


@commands.command()
def budget(
    experiment_id: ExperimentId,
    usd: Annotated[
        str, typer.Argument(metavar="USD|none", help="US dollars for the whole experiment, or none.")
    ],
    json: Json = False,
) -> None:
    """Change the budget of an unfinished experiment. A running one applies it within seconds."""
    from workbench.results.status import get_status
    from workbench.run.budget_change import change_budget

    _, store = open_here()
    change_budget(store, experiment_id, None if usd == "none" else _dollars(usd))
    print_json(get_status(store, experiment_id)) if json else say(f"{experiment_id}: the budget is {usd}")


def _dollars(text: str) -> float:
    try:
        return float(text.removeprefix("$"))
    except ValueError:
        raise InputError(f"The budget is {text!r}; it must be a number of dollars, or none.") from None


@commands.command("list")
def list_command(
    json: Json = False, archived: Annotated[bool, typer.Option(help="Include archived ones.")] = False
) -> None:
    """List the experiments, newest first."""
    from workbench.store.experiments import list_experiments
    from workbench.store.ledger import get_spends

    _, store = open_here()
    spent = get_spends(store)
    rows = [
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
    print_json({"experiments": rows}) if json else say(experiments_text(rows))


@commands.command()
def status(experiment_id: ExperimentId, json: Json = False) -> None:
    """Show the state of an experiment: its answers, calls and costs so far."""
    from workbench.results.status import get_status

    _, store = open_here()
    document = get_status(store, experiment_id)
    print_json(document) if json else say(status_text(document))


@commands.command()
def stop(experiment_id: ExperimentId, json: Json = False) -> None:
    """Stop a running experiment cleanly. Nothing that is finished is lost."""
    from workbench.results.status import get_status
    from workbench.store.leases import request_stop

    _, store = open_here()
    state = request_stop(store, experiment_id)
    print_json(get_status(store, experiment_id)) if json else say(f"{experiment_id}: {state}")
