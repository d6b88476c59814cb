"""Lists the code that an experiment or a configuration runs and that needs the user's yes.
Knows nothing about who asks for it. Nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.parts.choice import code_behind, in_few_words, may_call_models, packages_behind
from workbench.parts.outside import packages_of
from workbench.parts.retrieval_settings import MODEL_ROLES, PART_AXES
from workbench.space.config import Config
from workbench.space.experiment import Experiment, ExperimentFile
from workbench.space.model import Model
from workbench.space.retrieval_axes import RetrievalAxes
from workbench.space.route import End
from workbench.space.scores import ScoreEntry
from workbench.user_code.permission import Code


def code_of_experiment(
    experiment: ExperimentFile | Experiment, registered: Iterable[Model] = ()
) -> list[Code]:
    """Of all parts and models of an experiment, its baseline's too, each once.

    registered: models that the file may name.
    """
    texts: list[str] = [experiment.search.strategy]
    systems = [system.model for system in experiment.systems]
    models: list[Any] = [*experiment.models, *systems, experiment.judge]
    for score in experiment.scores:
        texts.append(score.name if isinstance(score, ScoreEntry) else score)
        models.append(score.judge if isinstance(score, ScoreEntry) else None)
    for axis in PART_AXES:
        texts.extend(getattr(experiment.retrieval, axis))
    for role in MODEL_ROLES:
        models.extend(experiment.retrieval.models_in(role))
    optimised = experiment.optimise if isinstance(experiment, Experiment) else experiment.prompts
    models.extend(getattr(getattr(entry, "optimise", entry), "model", None) for entry in optimised)
    for route in experiment.routes:
        models.extend(end.model if isinstance(end, End) else end for end in route.ends)
        for retrieval in route.retrievals:
            texts.extend(getattr(retrieval, axis) for axis in PART_AXES)
            models.extend(getattr(retrieval, role) for role in MODEL_ROLES)
    for axis, value in experiment.baseline or ():
        if axis in PART_AXES and isinstance(value, str):
            texts.append(value)
        else:
            models.append(value)
    by_name = {model.name: model for model in registered}
    found = [by_name.get(model) if isinstance(model, str) else model for model in models]
    return _code_of(texts, (model for model in found if isinstance(model, Model)))


UNCOUNTED = "may call models on its own, and its calls are not counted."


def uncounted_parts(retrieval: RetrievalAxes) -> list[tuple[str, str]]:
    """(axis, name) of each part on the axes that may call models which are not ours, so that its calls are
    not counted: a function may do anything, and so may a class of another package than LlamaIndex's core, and
    a model that is named in a part's arguments."""
    return [
        (axis, in_few_words(text))
        for axis in PART_AXES
        for text in getattr(retrieval, axis)
        if may_call_models(text)
    ]


def code_of_config(config: Config) -> list[Code]:
    """Of all parts and models of a configuration, each once."""
    parts = (getattr(end.retrieval, axis) for end in config.ends for axis in PART_AXES)
    return _code_of(parts, config.models)


def packages_of_config(config: Config) -> dict[str, str]:
    """Package → version, of the packages that its parts and models from outside need."""
    packages: dict[str, str] = {}
    for end in config.ends:
        for axis in PART_AXES:
            packages |= packages_behind(getattr(end.retrieval, axis))
    for model in config.models:
        if model.outside is not None:
            packages |= packages_of(model.outside[1], model.with_)
    return packages


def _code_of(texts: Iterable[str], models: Iterable[Model]) -> list[Code]:
    codes = [code for text in texts for code in code_behind(text)]
    codes += [code for model in models for code in model.code]
    return list(dict.fromkeys(codes))
