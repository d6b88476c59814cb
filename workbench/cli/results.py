"""Commands that show an experiment's results: leaderboard, comparisons, effects, ledger, answers.
Knows nothing about running an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import Csv, ExperimentId, Json, open_here
from workbench.cli.texts.answers import answer_text, answer_to_json, answers_csv
from workbench.cli.texts.leaderboard import baseline_text, leaderboard_text
from workbench.cli.texts.ledger import ledger_csv, ledger_text
from workbench.cli.texts.significance import comparison_text, effects_text, family_text
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.corpus.question_sources import Source

commands = typer.Typer()


@commands.command()
def leaderboard(
    experiment_id: ExperimentId,
    baseline: Annotated[
        str | None,
        typer.Option(help="Choose this trial as the baseline, as the command `baseline` does."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="person|drafted|rule|model|import", help="Rank by the questions of this source only."
        ),
    ] = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show an experiment's trials by rank, and which differences are significant."""
    from workbench.results.baseline import choose_baseline
    from workbench.results.leaderboard import leaderboard_to_json
    from workbench.results.leaderboard_csv import leaderboard_csv
    from workbench.results.summarise import ensure_comparisons

    _, store = open_here()
    if baseline is not None:
        choose_baseline(store, experiment_id, baseline)
    ensure_comparisons(store, experiment_id)
    document = leaderboard_to_json(store, experiment_id, source=_read_source(source))
    if json:
        print_json(document)
    else:
        say(leaderboard_csv(document) if csv else leaderboard_text(document))


def _read_source(text: str | None) -> Source | None:
    """The source that an option names. Raises InputError for one that there is not."""
    from workbench.corpus.question_sources import SOURCES

    source = next((s for s in SOURCES if s == text), None)
    if text is not None and source is None:
        raise InputError(f"--source is {text!r}.", hint=f"It must be one of {', '.join(SOURCES)}.")
    return source


@commands.command("baseline")
def baseline_command(
    experiment_id: ExperimentId,
    trial: Annotated[
        str, typer.Argument(metavar="TRIAL|none", help="A trial's id, or none: the file's, else the first.")
    ],
    json: Json = False,
) -> None:
    """Choose the baseline, the configuration you use today, and compare every other one with it."""
    from workbench.results.baseline import choose_baseline
    from workbench.results.leaderboard import leaderboard_to_json
    from workbench.results.summarise import ensure_comparisons

    _, store = open_here()
    choose_baseline(store, experiment_id, None if trial == "none" else trial)
    ensure_comparisons(store, experiment_id)
    board = leaderboard_to_json(store, experiment_id)
    tally = board["verdict"]["baseline"]
    if json:
        print_json({"experiment": experiment_id, "baseline": board["baseline"], "tally": tally})
    else:
        say(baseline_text(board))


@commands.command()
def compare(
    experiment_id: ExperimentId,
    trial: Annotated[str, typer.Argument(help="A trial's id, as `leaderboard --json` shows it.")],
    other: Annotated[str, typer.Argument(help="The trial to compare it with.")],
    score: Annotated[str | None, typer.Option(help="The score to compare; by default the objective.")] = None,
    json: Json = False,
) -> None:
    """Test whether two trials differ, paired by question, and how many questions it would take to tell."""
    from workbench.analysis.comparison_words import comparison_to_json
    from workbench.results.summarise import compare_two

    _, store = open_here()
    comparison = compare_two(store, experiment_id, trial, other, score)
    document = {"experiment": experiment_id, "trial": trial, **(comparison_to_json(comparison) or {})}
    print_json(document) if json else say(comparison_text(document))


@commands.command()
def family(
    experiment_id: ExperimentId,
    score: Annotated[str | None, typer.Option(help="The score to compare; by default the objective.")] = None,
    json: Json = False,
) -> None:
    """Compare tuned models with their parents on held-out questions, in all and by tag."""
    from workbench.results.family import families_to_json

    _, store = open_here()
    document = families_to_json(store, experiment_id, score)
    print_json(document) if json else say(family_text(document))


@commands.command()
def effects(
    experiment_id: ExperimentId,
    score: Annotated[str | None, typer.Option(help="The score to explain; by default the objective.")] = None,
    json: Json = False,
) -> None:
    """Show how much each axis matters, and which pairs of axes depend on each other."""
    from workbench.results.summarise import get_effects

    _, store = open_here()
    document = get_effects(store, experiment_id, score)
    print_json(document) if json else say(effects_text(document))


@commands.command()
def ledger(
    experiment_id: Annotated[
        str | None, typer.Argument(help="Only this experiment; by default all of them.")
    ] = None,
    rows: Annotated[bool, typer.Option("--rows", help="Also list each call.")] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show what the model calls took and cost, by kind and model, or call by call."""
    from workbench.results.status import ledger_to_json

    _, store = open_here()
    document = ledger_to_json(store, experiment_id, rows=rows)
    if json:
        print_json(document)
    else:
        say(ledger_csv(document) if csv else ledger_text(document))


@commands.command()
def answers(
    experiment_id: ExperimentId,
    trial: Annotated[str | None, typer.Option(help="Only this trial.")] = None,
    probes: Annotated[
        bool,
        typer.Option(
            "--probes", help="Only answers to probes, the variants of questions that bias and injection ask."
        ),
    ] = False,
    tag: Annotated[str | None, typer.Option(help="Only questions with this tag.")] = None,
    worst: Annotated[
        str | None, typer.Option(metavar="SCORE", help="Only answers that have this score, worst first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Show at most this many.")] = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show an experiment's answers with their passages and scores."""
    from workbench.corpus.types import PROBE
    from workbench.parts.registry import score_entry
    from workbench.store.answer_filters import AnswerFilter, WorstFirst, find_tags
    from workbench.store.answers import find_answers
    from workbench.store.experiments import get_experiment
    from workbench.store.trials import get_trials

    _, store = open_here()
    get_experiment(store, experiment_id)
    if trial is not None and trial not in {t.id for t in get_trials(store, experiment_id)}:
        raise InputError(
            f"Experiment {experiment_id} has no trial {trial!r}.",
            hint=f"`python -m workbench leaderboard {experiment_id} --csv` lists its trials.",
        )
    tags = find_tags(store, experiment_id)
    if tag is not None and tag not in tags:
        raise InputError(
            f"Experiment {experiment_id} has no question tagged {tag!r}.",
            hint=f"Its tags: {', '.join(tags)}." if tags else "Its questions have no tags.",
        )
    answer_filter = AnswerFilter(
        trial_id=trial, part=PROBE if probes else None, tag=tag,
        worst_first=WorstFirst(worst, score_entry(worst).higher_is_better) if worst else None,
    )  # fmt: skip
    records = find_answers(store, experiment_id, answer_filter, limit=limit)
    if worst and not records:
        raise InputError(
            f"None of these answers has a value for the score {worst!r}.",
            hint=f"`python -m workbench leaderboard {experiment_id}` shows the scores.",
        )
    if json:
        print_json({"experiment": experiment_id, "answers": [answer_to_json(a) for a in records]})
    else:
        say(answers_csv(records) if csv else "\n\n".join(answer_text(a) for a in records))
