"""Turns the trainings among the models of an experiment into the models that they make.
Knows nothing about recipes, data or whether anything is trained yet: tuning/ does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from workbench.errors import ExperimentError, WorkbenchError
from workbench.space.model import EMBEDDED_PREFIX, Model
from workbench.space.tuning import Tune, Tuning, default_recipe

Complete = Callable[[Tuning], Tuning]
"""Fills in what only files and the store know: the recipe's hash, its default settings, the data's key."""
INHERITED = (
    "temperature", "max_tokens", "top_p", "seed", "stop", "extra_body", "context_window", "limits", "price",
)  # fmt: skip
"""Settings of a parent that a variant has as well: how it is sampled, how much is asked, what it costs."""


def make_variant(name: str, tuning: Tuning) -> Model:
    """The model that a training makes, before it is trained."""
    kept = {field: getattr(tuning.parent, field) for field in INHERITED}
    return Model(name=name, parent=tuning.parent.name, tuned=tuning, **kept)


def as_tune(model: Model) -> Tune | None:
    """The training as an entry of a file, which makes this one model; None for one that is made."""
    tuned = model.tuned
    if tuned is None or model.is_made:
        return None
    return Tune(
        parent=tuned.parent.name, data=tuned.data, recipe=tuned.recipe, name=model.name, seed=tuned.seed,
        settings=dict(tuned.settings),
    )  # fmt: skip


def expand_tunes(
    entries: Sequence[str | Model | Tune],
    *,
    find: Callable[[str | Model], Model],
    registered: Callable[[str], Model | None],
    not_models: Collection[str] = (),
    complete: Complete = lambda tuning: tuning,
) -> list[Model]:
    """The models of the axis in the order of their entries, every training expanded into its variants.

    find: the model that an entry names or is; raises ExperimentError.
    registered: the registered model of a name, if there is one.
    not_models: names of systems and routes, which nothing can be trained from.
    """
    places: list[list[Model]] = [[] if isinstance(entry, Tune) else [find(entry)] for entry in entries]
    by_name = {model.name: model for place in places for model in place}
    waiting = {i: entry for i, entry in enumerate(entries) if isinstance(entry, Tune)}
    first_names = {i: _first_name(tune, registered) for i, tune in waiting.items()}
    while waiting:
        to_come = {
            tune.name_of(settings, first_names[i])
            for i, tune in waiting.items()
            for settings in tune.combinations
        } - by_name.keys()
        ready = [i for i, tune in waiting.items() if tune.parent not in to_come]
        if not ready:
            parents = ", ".join(repr(tune.parent) for tune in waiting.values())
            raise ExperimentError(
                f"tune: the parents {parents} are themselves made by these trainings, in a circle.",
                hint="Begin with a registered model.",
                about="models",
            )
        for i in ready:
            tune = waiting.pop(i)
            places[i] = _variants(
                tune, first_names[i], _find_parent(tune, by_name, find, not_models), complete
            )
            for model in places[i]:
                _check_name(model, by_name, registered)
                by_name[model.name] = model
    return [model for place in places for model in place]


def _find_parent(
    tune: Tune,
    by_name: dict[str, Model],
    find: Callable[[str | Model], Model],
    not_models: Collection[str],
) -> Model:
    if tune.parent in not_models:
        raise ExperimentError(
            f"tune: parent {tune.parent!r} is a system or a route; only a model can be trained.",
            hint="Name the model that it asks.",
            about="models",
        )
    try:
        return by_name.get(tune.parent) or find(tune.parent)
    except ExperimentError as error:
        raise ExperimentError(
            f"tune: parent: {error.message}", hint=error.hint, remedy=error.remedy, about="models"
        ) from None


def _variants(tune: Tune, first_name: str, parent: Model, complete: Complete) -> list[Model]:
    recipe = tune.recipe or default_recipe(parent)
    variants = []
    for settings in tune.combinations:
        tuning = Tuning(parent=parent, recipe=recipe, data=tune.data, settings=settings, seed=tune.seed)
        try:
            variants.append(make_variant(tune.name_of(settings, first_name), complete(tuning)))
        except WorkbenchError as error:
            text = error.message if error.message.startswith("tune") else f"tune: {error.message}"
            raise ExperimentError(text, hint=error.hint, remedy=error.remedy, about="models") from None
    return variants


def _first_name(tune: Tune, registered: Callable[[str], Model | None]) -> str:
    """What the names of its variants begin with. One that is given stands; else a number is added where
    another model than a variant has the name."""
    first = tune.name or f"{tune.parent}-tuned"
    if tune.parent.startswith(EMBEDDED_PREFIX) and not first.startswith(EMBEDDED_PREFIX):
        first = EMBEDDED_PREFIX + first
    if tune.name is not None or tune.varied:
        return first
    number = 2
    name = first
    while (known := registered(name)) is not None and known.tuned is None:
        name, number = f"{first}-{number}", number + 1
    return name


def _check_name(model: Model, by_name: dict[str, Model], registered: Callable[[str], Model | None]) -> None:
    if model.name in by_name:
        raise ExperimentError(
            f"tune: two models are named {model.name!r}.",
            hint="Give the training another name next to `tune`, such as `name: mine`.",
            about="models",
        )
    known = registered(model.name)
    if known is not None and known.tuned is None:
        raise ExperimentError(
            f"tune: a model named {model.name!r} is registered, and it is no variant that was trained here.",
            hint="Give the training another name next to `tune`, such as `name: mine`.",
            about="models",
        )
