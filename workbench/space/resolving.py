"""Replaces the names in an experiment file by what they name: prompts, models, scores and parts.
Knows nothing about files or the store: a catalogue looks names up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from workbench.errors import ExperimentError
from workbench.nearest import did_you_mean
from workbench.parts.choice import check_package, choose
from workbench.parts.part import Score
from workbench.parts.registry import is_import_path
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING, MODEL_ROLES, PART_AXES, RETRIEVAL_AXES
from workbench.space.baseline import Baseline
from workbench.space.experiment import (
    DEFAULT_TARGET,
    Experiment,
    ExperimentFile,
    Objective,
    ResolvedRetrieval,
    SharedFields,
)
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.prompt_optimisation import OptimisationSettings, OptimiseEntry, PromptOptimisation
from workbench.space.retrieval_axes import RetrievalAxes
from workbench.space.route import End, Route
from workbench.space.scores import ScoreEntry, expand_score_names, more_is_better
from workbench.space.tuned_models import Complete, expand_tunes


class Catalogue(Protocol):
    """Looks up prompts and models by name."""

    def find_prompt(self, name: str) -> Prompt | None: ...
    def find_model(self, name: str) -> Model | None: ...
    def prompt_names(self) -> list[str]: ...
    def model_names(self) -> list[str]: ...


def _resolve_prompt(entry: str | Prompt, catalogue: Catalogue) -> Prompt:
    if isinstance(entry, Prompt):
        return entry
    prompt = catalogue.find_prompt(entry)
    if prompt is None:
        raise ExperimentError(
            f"There is no prompt {entry!r}.",
            hint=did_you_mean(entry, catalogue.prompt_names())
            + " Write it in prompts.yaml in the experiments folder, or inline as {name, system, template}.",
            about="prompts",
        )
    return prompt


def _resolve_prompts(
    entries: Sequence[str | Prompt | OptimiseEntry], catalogue: Catalogue
) -> tuple[list[Prompt], list[PromptOptimisation]]:
    """The prompts to try, and how some of them are improved: a prompt that is improved is tried itself."""
    prompts = [_resolve_prompt(entry, catalogue) for entry in entries if not isinstance(entry, OptimiseEntry)]
    optimise: list[PromptOptimisation] = []
    for entry in entries:
        if not isinstance(entry, OptimiseEntry):
            continue
        written = entry.optimise
        start = _resolve_prompt(written.from_, catalogue)
        same = next((prompt for prompt in prompts if prompt.content == start.content), None)
        if same is None:
            prompts.append(start)
        settings = {name: getattr(written, name) for name in OptimisationSettings.model_fields}
        settings["model"] = _resolve_model(written.model, catalogue, CHAT, "prompts")
        optimise.append(PromptOptimisation(**settings, from_=same or start))
    return prompts, optimise


def _resolve_model(entry: str | Model, catalogue: Catalogue, kinds: tuple[str, ...], about: str) -> Model:
    """The model that an entry names or is.

    kinds: those that belong there.
    about: the key of the experiment file that holds the entry.
    """
    model = entry if isinstance(entry, Model) else catalogue.find_model(entry)
    if model is None and entry == DEFAULT_EMBEDDING:
        model = Model(name=DEFAULT_EMBEDDING, kind="embedding")
    if model is None:
        raise ExperimentError(
            f"Model {entry!r} is not registered.",
            hint=did_you_mean(str(entry), catalogue.model_names())
            + " Register it as a model, add it to experiments/models.yaml, or write it inline.",
            remedy=("register_model",),
            about=about,
        )
    if model.kind not in kinds:
        raise ExperimentError(
            f"Model {model.name!r} is of kind {model.kind}; one of kind {' or '.join(kinds)} belongs here.",
            about=about,
        )
    return model


CHAT = ("chat",)
# The kinds of model that each role takes; a chat model where none is named.
KIND_OF_ROLE: dict[str, tuple[str, ...]] = {
    "embedding": ("embedding",),
    "second_embedding": ("embedding",),
    "sparse_embedding": ("sparse_embedding",),
    "rerank_model": ("chat", "reranker"),
}


def _resolve_role(entry: str | Model | None, catalogue: Catalogue, role: str) -> Model | None:
    if entry is None:
        return None
    return _resolve_model(entry, catalogue, KIND_OF_ROLE.get(role, CHAT), role)


def default_objective(scores: Sequence[str | ScoreEntry]) -> Objective:
    """The objective of an experiment that names none: correctness, or else one of the experiment's scores.

    That is the first score of which more is better, or, where there is none, the first.
    """
    names = expand_score_names(scores)
    better_high = [name for name in names if more_is_better(name)]
    if DEFAULT_TARGET in names:
        return Objective(maximize=DEFAULT_TARGET)
    return Objective(maximize=better_high[0]) if better_high else Objective(minimize=names[0])


def _resolve_score(entry: str | ScoreEntry, catalogue: Catalogue) -> str | ScoreEntry:
    if isinstance(entry, str):
        if not is_import_path(entry):
            return entry
        try:
            return choose(Score, entry).text
        except ExperimentError as error:
            raise ExperimentError(f"scores: {error.message}", hint=error.hint) from None
    if entry.judge is None:
        return entry
    return entry.model_copy(update={"judge": _resolve_model(entry.judge, catalogue, CHAT, "scores")})


def _resolve_parts(axes: RetrievalAxes) -> dict[str, list[str]]:
    """Axis → its parts in canonical form. Imported parts are loaded and checked."""
    values: dict[str, list[str]] = {}
    for axis, kind in PART_AXES.items():
        try:
            chosen = [choose(kind, text) for text in getattr(axes, axis)]
            for choice in chosen:
                check_package(choice)
            values[axis] = [choice.text for choice in chosen]
        except ExperimentError as error:
            raise ExperimentError(f"retrieval.{axis}: {error.message}", hint=error.hint) from None
    return values


def _resolve_baseline(
    baseline: Baseline, resolved: Mapping[str, list[Any]], catalogue: Catalogue, routes: Collection[str]
) -> Baseline:
    """The baseline with its prompt, models and parts in place of their names.

    resolved: the values of the axes prompt, model and embedding, where its names are looked up first.
    routes: names that `model` may have, and that stay names.
    """
    found: dict[str, Any] = {}
    try:
        for axis, value in baseline:
            if value is None or axis == "system" or (axis == "model" and value in routes):
                continue
            if axis in PART_AXES:
                choice = choose(PART_AXES[axis], value)
                check_package(choice)
                found[axis] = choice.text
            elif axis in resolved and isinstance(value, str):
                same = (v for v in resolved[axis] if value in (v.name, getattr(v, "label", v.name)))
                found[axis] = next(same, None) or (
                    _resolve_prompt(value, catalogue)
                    if axis == "prompt"
                    else _resolve_model(value, catalogue, KIND_OF_ROLE.get(axis, CHAT), "baseline")
                )
    except ExperimentError as error:
        raise ExperimentError(f"baseline: {error.message}", hint=error.hint, remedy=error.remedy) from None
    return baseline.model_copy(update=found)


def _resolve_route(route: Route, models: Sequence[Model], catalogue: Catalogue) -> Route:
    """The route with models and prompts in place of their names.

    models: those of the experiment, where the names of models are looked up first.
    """
    by_name = {model.name: model for model in models}

    def find(entry: str | Model) -> Model:
        known = by_name.get(entry) if isinstance(entry, str) else None
        return known or _resolve_model(entry, catalogue, CHAT, "routes")

    def fill(end: str | Model | End) -> Model | End:
        if not isinstance(end, End):
            return find(end)
        prompt = None if end.prompt is None else _resolve_prompt(end.prompt, catalogue)
        return end.model_copy(update={"prompt": prompt, "model": find(end.model)})

    try:
        return route.with_ends([fill(end) for end in route.ends])
    except ExperimentError as error:
        where = "" if error.message.startswith("Route ") else f"Route {route.name!r}: "
        raise ExperimentError(
            f"{where}{error.message}", hint=error.hint, remedy=error.remedy, about="routes"
        ) from None


def _check_names_of_routes(routes: Sequence[Route], models: Sequence[Model]) -> None:
    """Rules and figures go by the names of models and routes."""
    for route in routes:
        if any(route.name == model.name for model in models):
            raise ExperimentError(
                f"A route and a model are named {route.name!r}.",
                hint="Give the route another name.",
                about="routes",
            )


def _resolve_models(written: ExperimentFile, catalogue: Catalogue, complete: Complete) -> list[Model]:
    return expand_tunes(
        written.models,
        find=lambda entry: _resolve_model(entry, catalogue, CHAT, "models"),
        registered=catalogue.find_model,
        not_models={*(system.name for system in written.systems), *(route.name for route in written.routes)},
        complete=complete,
    )


def resolve(
    written: ExperimentFile, catalogue: Catalogue, complete: Complete = lambda tuning: tuning
) -> Experiment:
    """Replace every name by what it names, every training by the models that it makes, and import every part
    that is an import path.

    complete: fills in what decides a training and stands in files or the store.

    Raises ExperimentError for an unknown name, with the nearest known one.
    """
    axes = written.retrieval
    data = {name: getattr(written, name) for name in SharedFields.model_fields}
    data["scores"] = [_resolve_score(entry, catalogue) for entry in written.scores]
    if "objective" not in written.model_fields_set:
        data["objective"] = default_objective(data["scores"])
    try:
        _ = written.search.chosen
    except ExperimentError as error:
        raise ExperimentError(f"search: {error.message}", hint=error.hint) from None
    retrieval = {name: getattr(axes, name) for name in RetrievalAxes.model_fields} | _resolve_parts(axes)
    for role in MODEL_ROLES:
        value = getattr(axes, role)
        retrieval[role] = (
            [_resolve_role(entry, catalogue, role) for entry in value]
            if isinstance(value, list)
            else _resolve_role(value, catalogue, role)
        )
    prompts, optimise = _resolve_prompts(written.prompts, catalogue)
    models = _resolve_models(written, catalogue, complete)
    data["routes"] = [_resolve_route(route, models, catalogue) for route in written.routes]
    _check_names_of_routes(data["routes"], models)
    if written.baseline is not None:
        values: dict[str, list[Any]] = {"prompt": prompts, "model": models}
        for role in (role for role in MODEL_ROLES if role in RETRIEVAL_AXES):
            values[role] = [model for model in retrieval[role] if model is not None]
        routes = {route.name for route in data["routes"]}
        data["baseline"] = _resolve_baseline(written.baseline, values, catalogue, routes)
    return Experiment(
        **data,
        prompts=prompts,
        optimise=optimise,
        retrieval=ResolvedRetrieval(**retrieval),
        models=models,
        judge=None if written.judge is None else _resolve_model(written.judge, catalogue, CHAT, "judge"),
    )
