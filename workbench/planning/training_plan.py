"""Checks the trainings of an experiment, fills in what decides them, and says what they take.
Knows nothing about carrying them out, nor about how training data are made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from workbench.calls.destinations import PASSAGES, QUESTIONS, Use
from workbench.corpus.types import Corpus, part_of
from workbench.errors import TuningError
from workbench.planning.advice.types import Advice
from workbench.planning.machine_speed import slowness
from workbench.planning.plan_types import PlannedTraining, Range, TrainingPlan, TrainingState
from workbench.settings import Settings
from workbench.space.experiment import Experiment
from workbench.space.model import Model
from workbench.space.tuning import Setting, Tuning
from workbench.store.catalogue import StoreCatalogue
from workbench.store.database import Store
from workbench.store.learning.tuning_jobs import DONE, RUNNING, STOPPED, TuningJob, find_job, list_jobs
from workbench.training_data.build import data_key
from workbench.training_data.file_names import CARD
from workbench.training_data.judgements import read_chosen, read_rated
from workbench.training_data.types import OfPlan
from workbench.tuning.names import describe_shared_name, find_free_name
from workbench.tuning.recipe import Recipe, find_recipe, usd_per_hour
from workbench.tuning.train import complete_tuning
from workbench.tuning.weights import find_weights
from workbench.user_code.permission import require

# Of a training whose speed nobody measured: seconds a row and epoch.
SECONDS_PER_ROW = (0.05, 20.0)
# Rows per train question and per rated answer: each may be asked with several retrievals, or be refused.
ROWS_PER_QUESTION = (0.5, 5.0)
TOKENS_PER_ROW = (200, 2_000)
"""Tokens of a prompt with its passages and its answer, which a provider charges in each epoch."""
SPREAD = (0.6, 1.8)
"""How far the seconds of a training may be from those of earlier ones."""
Completer = Callable[[Tuning], Tuning]


def completer(store: Store, settings: Settings, experiment: Experiment, corpus: Corpus) -> Completer:
    """Return what fills in a training of this experiment: all settings, the recipe's hash, the data's key.

    experiment: as it was resolved without them.  Equal trainings have equal keys from then on.

    The function raises TuningError for what cannot be trained.
    """
    keys: dict[tuple[str, str], str] = {}

    def complete(tuning: Tuning) -> Tuning:
        require(find_recipe(tuning.recipe, settings).code)
        filled = complete_tuning(tuning, settings)
        check_training(store, settings, filled)
        if filled.data.folder is not None:
            return filled
        place = (tuning.data.kind, repr((tuning.parent.context_window, tuning.parent.max_tokens)))
        if place not in keys:
            source = OfPlan(experiment, corpus, tuning.parent)
            keys[place] = data_key(store, settings, source, tuning.data.kind)
        return filled.model_copy(update={"data_key": keys[place]})

    return complete


def check_training(store: Store, settings: Settings, tuning: Tuning) -> None:
    """Raise TuningError for a parent whose weights cannot be had, and for thumbs that nobody gave."""
    recipe, parent = find_recipe(tuning.recipe, settings), tuning.parent
    later = parent.tuned is not None and not parent.is_made  # its weights are made before they are needed
    if recipe.result.kind in ("adapter", "weights") and not later:
        find_weights(parent, store, settings.home)
    if tuning.data.kind == "kto" and tuning.data.folder is None and not read_rated(store):
        raise TuningError(
            "Nobody has rated an answer yet, and kto learns from thumbs only.",
            hint="Rate answers on the Review page, or write data: {kind: sft}.",
            about="models",
        )


def advise_on_trainings(experiment: Experiment, store: Store) -> list[Advice]:
    """What deserves attention before something is trained."""
    advice = []
    tuned = [model for model in experiment.models_tried if model.tuned is not None and not model.is_made]
    names = {model.name for model in experiment.models}
    made_of = [m for m in tuned if m.tuned is not None and m.tuned.data.folder is None]
    if any(m.tuned is not None and m.tuned.data.kind == "dpo" for m in made_of) and not read_chosen(store):
        text = (
            "Nobody has chosen between two answers yet, so the dpo data contain only pairs of train "
            "questions. Choose some on the Review page first."
        )
        advice.append(Advice("models", text))
    registered = StoreCatalogue(store).find_model
    for model in tuned:
        assert model.tuned is not None
        if shared := describe_shared_name(model.name, model.tuned.key, registered(model.name)):
            free = find_free_name(store, model.name, model.tuned.key)
            text = f"models: {shared} It loses the name. `name: {free}` beside `tune` keeps both."
            advice.append(Advice("models", text))
        if model.parent not in names:
            text = (
                f"models: {model.name} is compared with its parent only where {model.parent} is among the "
                "models, too. Add it."
            )
            advice.append(Advice("models", text))
    return advice


def plan_trainings(
    store: Store, settings: Settings, models: Iterable[Model], corpus: Corpus | None = None
) -> TrainingPlan | None:
    """What the trainings of these models take, and of their parents where those are still to be trained; None
    where nothing is trained."""
    planned: dict[str, PlannedTraining] = {}

    def add(model: Model) -> None:
        if model.tuned is None or model.is_made:
            return
        add(model.tuned.parent)
        if model.tuned.key not in planned:
            planned[model.tuned.key] = plan_training(store, settings, model.name, model.tuned, corpus)

    for model in models:
        add(model)
    return TrainingPlan(tuple(planned.values())) if planned else None


def plan_training(
    store: Store, settings: Settings, name: str, tuning: Tuning, corpus: Corpus | None = None
) -> PlannedTraining:
    """What one training takes.

    corpus: the one that the data are made from; None where it is not at hand.
    """
    recipe = find_recipe(tuning.recipe, settings)
    job = find_job(store, tuning.key)
    rows = _rows(store, tuning, job, corpus)
    hosted = recipe.result.kind == "hosted"
    state: TrainingState = "to train"
    if job is not None:
        state = {DONE: "trained", STOPPED: "stopped", RUNNING: "running"}.get(job.state, "to train")  # type: ignore[assignment]
    seconds = Range(0, 0) if state == "trained" else _seconds(store, recipe, tuning, rows)
    if job is not None and job.steps and state != "trained":
        seconds = seconds * max(0.0, 1 - job.step / job.steps)
    per_hour = None if hosted else usd_per_hour(recipe, settings)
    cost = None if per_hour is None else seconds * (per_hour / 3600)
    if hosted and recipe.price.per_million_tokens is not None:
        tokens = Range(rows.low * TOKENS_PER_ROW[0], rows.high * TOKENS_PER_ROW[1])
        cost = tokens * (_epochs(recipe, tuning.settings) * recipe.price.per_million_tokens / 1e6)
    known = job is not None and job.rows > 0
    return PlannedTraining(
        model=name,
        parent=tuning.parent.name,
        recipe=recipe.name,
        key=tuning.key,
        state=state,
        rows=round(rows.high) if known or tuning.data.folder else None,
        seconds=seconds,
        gpu_seconds=seconds * recipe.gpus if recipe.gpus and state != "trained" else None,
        cost_usd=Range(0, 0) if state == "trained" else cost,
        hosted=hosted,
        usd_per_hour=per_hour,
    )


def uses_of_trainings(experiment: Experiment, settings: Settings) -> list[Use]:
    """The models whose own provider trains variants of them, with what it is sent."""
    trained = [model.tuned for model in experiment.models if model.tuned is not None and not model.is_made]
    return [
        (tuning.parent, ("training data", QUESTIONS, PASSAGES))
        for tuning in trained
        if find_recipe(tuning.recipe, settings).result.kind == "hosted"
    ]


def _rows(store: Store, tuning: Tuning, job: TuningJob | None, corpus: Corpus | None) -> Range:
    """How many rows of training data there are, or will be."""
    if job is not None and job.rows:
        return Range(job.rows, job.rows)
    if tuning.data.folder is not None:
        counted = _rows_of_card(Path(tuning.data.folder).expanduser())
        return Range(counted, counted) if counted else Range(50, 2_000)
    train = 0
    if corpus is not None:
        train = sum(part_of(question, 0) == "train" for question in corpus.questions)
    said = len(read_chosen(store)) if tuning.data.kind == "dpo" else len(read_rated(store))
    questions = 0 if tuning.data.kind == "kto" else train
    return Range(*ROWS_PER_QUESTION) * max(1, questions + said)


def _rows_of_card(folder: Path) -> int:
    try:
        return int(json.loads((folder / CARD).read_text("utf-8"))["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _seconds(store: Store, recipe: Recipe, tuning: Tuning, rows: Range) -> Range:
    """From earlier trainings by the same recipe, else as it says of itself, else hardly known."""
    epochs = _epochs(recipe, tuning.settings)
    past = [
        job.seconds / (job.rows * _epochs(recipe, job.tuning.get("settings", {})))
        for job in list_jobs(store)
        if job.state == DONE and job.rows and job.seconds
        and job.tuning.get("recipe") == tuning.recipe
        and job.tuning.get("parent", {}).get("name") == tuning.parent.name
    ]  # fmt: skip
    if past:
        each = median(past)
        return Range(rows.low * epochs * each * SPREAD[0], rows.high * epochs * each * SPREAD[1])
    start = recipe.speed.seconds_to_start
    if recipe.speed.seconds_per_row is not None:
        each = recipe.speed.seconds_per_row * (1.0 if recipe.through else slowness())
        low, high = rows.low * epochs * each, rows.high * epochs * each
        return Range(start + low * SPREAD[0], start + high * SPREAD[1])
    return Range(
        start + rows.low * epochs * SECONDS_PER_ROW[0], start + rows.high * epochs * SECONDS_PER_ROW[1]
    )


def _epochs(recipe: Recipe, settings: dict[str, Setting]) -> float:
    value = settings.get(recipe.speed.epochs, 1)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 1.0
