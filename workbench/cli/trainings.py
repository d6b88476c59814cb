"""Commands that train variants of models, and that list, show and stop trainings.
Knows nothing about how a training runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import print_json, say
from workbench.cli.shared import AllowCode, Json, open_here
from workbench.errors import InputError
from workbench.space.tuning import DEFAULT_SEED

commands = typer.Typer()
trainings = typer.Typer(help="See and stop trainings of model variants.", no_args_is_help=True)
Name = Annotated[
    str, typer.Argument(help="A model's name or a training's key, as `trainings list` shows it.")
]


@commands.command()
def tune(
    name: Annotated[
        str, typer.Option(help="The new variant's name; without --data it must begin with embedded/.")
    ],
    parent: Annotated[str, typer.Option(help="The model to start from.")] = "embedded/extractive",
    data: Annotated[
        Path | None,
        typer.Option(help="A folder of training data that `training-data --format trl` wrote, to train on."),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="How it is trained: a recipe's name or folder. The default is embedded for an embedded "
            "answerer, local-lora for every other model."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the recipe. May be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed for all random choices.")] = DEFAULT_SEED,
    budget_usd: Annotated[float | None, typer.Option(min=0, help="The maximum cost, in US dollars.")] = None,
    corpus: Annotated[
        str | None,
        typer.Option(help="Without --data: train an embedded answerer on this corpus's train questions."),
    ] = None,
    from_ratings: Annotated[
        bool, typer.Option(help="Without --data: also train on people's thumbs.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Without --data: also write the variant here.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    allow_code: AllowCode = False,
    json: Json = False,
) -> None:
    """Train a variant of a model on training data; run the command again to continue where it stopped.

    Without --data an embedded answerer is trained on a corpus or on thumbs, within seconds.
    """
    if data is None:
        if recipe or set_:
            raise InputError(
                "A recipe needs training data.", hint="Write them with `training-data`, name --data."
            )
        _tune_embedded(name, parent, corpus, out, from_ratings=from_ratings, force=force, json=json)
        return
    if corpus or from_ratings or out:
        raise InputError("--corpus, --from-ratings and --out cannot be combined with --data.")
    from workbench.cli.tuning import train_in_foreground

    document = train_in_foreground(
        name, parent, data, recipe, set_ or [], seed, budget_usd, allow_code=allow_code
    )
    print_json(document) if json else say(
        f"{name} is trained, and registered. {document['message']}".rstrip()
    )


def _tune_embedded(
    name: str,
    parent: str,
    corpus: str | None,
    out: Path | None,
    *,
    from_ratings: bool,
    force: bool,
    json: bool,
) -> None:
    from workbench.tuning.fine_tuning import tune_variant
    from workbench.tuning.fine_tuning_report import tuning_lines

    settings, store = open_here()
    report = tune_variant(
        store, settings, name=name, parent=parent, corpus=corpus, from_ratings=from_ratings, out=out,
        overwrite=force,
    )  # fmt: skip
    if json:
        print_json(report)
    else:
        say(f"{report['model']}: trained on {report['examples']} examples; registered.")
        for line in tuning_lines(report["metrics"]):
            say(line)


@trainings.command("list")
def trainings_list(json: Json = False) -> None:
    """List all trainings, newest first."""
    from workbench.cli.texts.trainings import job_line
    from workbench.store.learning.tuning_jobs import list_jobs
    from workbench.tuning.names import find_shared_names

    _, store = open_here()
    jobs = list_jobs(store)
    if json:
        print_json({"trainings": [asdict(job) for job in jobs]})
        return
    shared = find_shared_names(store, jobs)
    for job in jobs:
        say(f"{job.key[:8]}  {' · '.join(filter(None, (job_line(job), shared.get(job.key))))}")
    if not jobs:
        say("Nothing has been trained yet.")


@trainings.command("show")
def trainings_show(name: Name, json: Json = False) -> None:
    """Show a training: state, data, settings, loss, cost and what it made."""
    from workbench.cli.texts.trainings import job_text
    from workbench.store.learning.tuning_jobs import get_job
    from workbench.tuning.names import find_shared_names

    _, store = open_here()
    job = get_job(store, name)
    shared = find_shared_names(store, [job]).values()
    print_json(asdict(job)) if json else say("\n".join([job_text(job), *(f"  {words}" for words in shared)]))


@trainings.command("rename")
def trainings_rename(
    name: Name,
    new_name: Annotated[str, typer.Argument(help="The model's new name.")],
    json: Json = False,
) -> None:
    """Rename the model of a training, for example if another training has taken its name."""
    from workbench.tuning.names import rename_training

    _, store = open_here()
    job = rename_training(store, name, new_name)
    print_json(asdict(job)) if json else say(f"The training {job.key[:8]} makes {job.name} now.")


@trainings.command("delete")
def trainings_delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it; without, only say what would go.")] = False,
    json: Json = False,
) -> None:
    """Delete a training with its files and the models that it made."""
    from workbench.tuning.deletion import delete_training, plan_deletion

    settings, store = open_here()
    planned = (delete_training if yes else plan_deletion)(store, settings, name)
    if json:
        print_json({
            "key": planned.job.key, "name": planned.job.name, "folder": str(planned.folder),
            "bytes": planned.bytes, "models": list(planned.models), "deleted": yes,
        })  # fmt: skip
        return
    say(planned.in_words(is_done=True) if yes else f"{planned.in_words()} Confirm with --yes.")


@trainings.command("stop")
def trainings_stop(name: Name, json: Json = False) -> None:
    """Ask a training to stop. It writes a checkpoint, and `tune` continues from there."""
    from workbench.store.learning.tuning_jobs import get_job, request_stop_of_job

    _, store = open_here()
    job = request_stop_of_job(store, get_job(store, name).key)
    if json:
        print_json(asdict(job))
    else:
        asked = "is asked to stop" if job.stop_requested else f"is {job.state}"
        say(f"The training of {job.name} {asked}.", error=True)


@trainings.command("log")
def trainings_log(name: Name) -> None:
    """Print what a training's command printed."""
    from workbench.files.reading import read_text
    from workbench.formatting import printable
    from workbench.store.learning.tuning_jobs import get_job
    from workbench.tuning.process import LOG_FILE

    settings, store = open_here()
    file = settings.home / get_job(store, name).folder / LOG_FILE
    if not file.exists():
        raise InputError(f"The training of {name} has no log: no command was started here for it.")
    for line in read_text(file).splitlines():
        say(printable(line))


@trainings.command("recipes")
def trainings_recipes(json: Json = False) -> None:
    """List the recipes: how a training is run, with which settings."""
    from workbench.tuning.recipe import list_recipes

    settings, _ = open_here()
    recipes = list_recipes(settings)
    if json:
        print_json({"recipes": [r.model_dump(mode="json") for r in recipes.values()]})
        return
    for recipe in recipes.values():
        say(f"{recipe.name}: {recipe.help}")
        for setting, about in recipe.settings.items():
            say(f"  {setting} = {about.default}: {about.help}")
