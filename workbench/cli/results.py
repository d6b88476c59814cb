"""Commands that show what came out of an experiment: ranks, differences, effects, calls, answers.
Knows nothing about running one."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Csv, ExperimentId, Json, open_here
from workbench.cli.texts.answers import answer_text, answer_to_json, answers_csv
from workbench.cli.texts.leaderboard import leaderboard_csv, leaderboard_text
from workbench.cli.texts.ledger import ledger_csv, ledger_text
from workbench.cli.texts.significance import comparison_text, effects_text
from workbench.errors import InputError

commands = typer.Typer()


@commands.command()
def leaderboard(
    experiment_id: ExperimentId,
    baseline: Annotated[
        str | None, typer.Option(help="Compare with this trial (default: the first) from now on.")
    ] = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """An experiment's trials in order of rank, and which of them differ for real."""
    from workbench.results.status import leaderboard_to_json
    from workbench.results.summarise import ensure_comparisons

    _, store = open_here()
    ensure_comparisons(store, experiment_id, baseline=baseline)
    found = leaderboard_to_json(store, experiment_id)
    if json:
        print_json(found)
    else:
        say(leaderboard_csv(found) if csv else leaderboard_text(found))


@commands.command()
def compare(
    experiment_id: ExperimentId,
    trial: Annotated[str, typer.Argument(help="A trial's id, as `leaderboard --json` shows it.")],
    other: Annotated[str, typer.Argument(help="The trial it is compared with.")],
    score: Annotated[str | None, typer.Option(help="By this score; else by the objective.")] = None,
    json: Json = False,
) -> None:
    """Whether two trials differ for real, paired by question, and how many questions would tell."""
    from workbench.analysis.leaderboard import comparison_to_json
    from workbench.results.summarise import compare_two

    _, store = open_here()
    found = compare_two(store, experiment_id, trial, other, score)
    document = {"experiment": experiment_id, "trial": trial, **(comparison_to_json(found) or {})}
    print_json(document) if json else say(comparison_text(document))


@commands.command()
def effects(
    experiment_id: ExperimentId,
    score: Annotated[str | None, typer.Option(help="On this score; else on the objective.")] = None,
    json: Json = False,
) -> None:
    """How much each axis matters, and which pairs of axes depend on each other."""
    from workbench.results.summarise import get_effects

    _, store = open_here()
    found = get_effects(store, experiment_id, score)
    print_json(found) if json else say(effects_text(found))


@commands.command()
def ledger(
    experiment_id: Annotated[
        str | None, typer.Argument(help="Of one experiment; else of all there is.")
    ] = None,
    rows: Annotated[bool, typer.Option("--rows", help="Each call, not only sums.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What model calls took and cost: by kind and model, or call by call."""
    from workbench.results.status import ledger_to_json

    _, store = open_here()
    found = ledger_to_json(store, experiment_id, rows=rows)
    if json:
        print_json(found)
    else:
        say(ledger_csv(found) if csv else ledger_text(found))


@commands.command()
def answers(
    experiment_id: ExperimentId,
    trial: Annotated[str | None, typer.Option(help="Of one trial only.")] = None,
    probes: Annotated[bool, typer.Option("--probes", help="To the probes of bias and injection.")] = False,
    tag: Annotated[str | None, typer.Option(help="To the questions of one tag only.")] = None,
    worst: Annotated[
        str | None, typer.Option(metavar="SCORE", help="Those that have this score only, the worst first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many at most.")] = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """An experiment's answers with their passages and scores."""
    from workbench.corpus.types import PROBE
    from workbench.scoring.meanings import higher_is_better
    from workbench.store.answer_filters import AnswerFilter, WorstFirst, find_tags
    from workbench.store.answers import find_answers
    from workbench.store.experiments import get_experiment
    from workbench.store.trials import get_trials

    _, store = open_here()
    get_experiment(store, experiment_id)
    if trial is not None and trial not in {t.id for t in get_trials(store, experiment_id)}:
        raise InputError(
            f"Experiment {experiment_id} has no trial {trial!r}.",
            hint=f"`python -m workbench leaderboard {experiment_id} --csv` names them.",
        )
    tags = find_tags(store, experiment_id)
    if tag is not None and tag not in tags:
        raise InputError(
            f"Experiment {experiment_id} has no question tagged {tag!r}.",
            hint=f"Its tags: {', '.join(tags)}." if tags else "Its questions have no tags.",
        )
    wanted = AnswerFilter(
        trial_id=trial, part=PROBE if probes else None, tag=tag,
        worst_first=WorstFirst(worst, higher_is_better(worst)) if worst else None,
    )  # fmt: skip
    found = find_answers(store, experiment_id, wanted, limit=limit)
    if worst and not found:
        raise InputError(
            f"No such answer has a value of the score {worst!r}.",
            hint=f"`python -m workbench leaderboard {experiment_id}` shows the scores.",
        )
    if json:
        print_json({"experiment": experiment_id, "answers": [answer_to_json(a) for a in found]})
    else:
        say(answers_csv(found) if csv else "\n\n".join(answer_text(a) for a in found))
