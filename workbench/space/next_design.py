"""Begins the next experiment: from the served configuration, or from a model and what was tuned from it.
Knows nothing about services, pages or where prompts and models come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.space.baseline import Baseline
from workbench.space.config import Config
from workbench.space.experiment import ExperimentFile
from workbench.space.files import validate
from workbench.space.model import Model
from workbench.space.presets import Available, starting_point
from workbench.space.prompt import Prompt


def design_after(
    config: Config,
    corpus: str,
    tags: Sequence[str],
    questions: int,
    available: Available,
    registered: Mapping[str, Model],
    save_prompt: Callable[[Prompt], Prompt],
) -> ExperimentFile:
    """Return the experiment on questions with these tags.

    questions: how many there are.
    available: the prompts and models that may be used beside those of the configuration.
    registered: the models of the catalogue by name.
    save_prompt: adds a prompt to the catalogue and returns it as it is there.
    """

    def entry(model: Model) -> Any:
        return _entry(model, registered)

    if config.system is not None:
        data = starting_point(available, corpus, questions)
        data |= {
            "systems": [config.system.model_dump(mode="json", exclude_defaults=True)],
            "baseline": {"system": config.system.name},
        }
    else:
        prompt = save_prompt(config.prompt)
        data = starting_point(replace(available, prompt=prompt.name), corpus, questions)
        data["models"] = [entry(config.model)]
        values = {name: value for name, value in config.retrieval if value is not None}
        models = {name: entry(value) for name, value in values.items() if isinstance(value, Model)}
        written = config.retrieval.model_dump(mode="json", exclude_none=True) | models
        chosen = {name: value for name, value in written.items() if name in Baseline.model_fields}
        data["baseline"] = {"prompt": prompt.label, "model": entry(config.model), **chosen}
        shared = {role: models[role] for role in MODEL_ROLES if role in models and role not in chosen}
        data["retrieval"] |= shared
    data |= {"name": f"{corpus}-next", "questions": {"tags": [*tags]}}
    return validate(ExperimentFile, data, "the new experiment")


def design_of_family(
    parent: Model,
    variant: Model,
    corpus: str,
    questions: int,
    available: Available,
    registered: Mapping[str, Model],
) -> ExperimentFile:
    """Return the experiment that asks both on a corpus; the rest as in `design_after`."""
    data = starting_point(available, corpus, questions)
    models = [_entry(model, registered) for model in (parent, variant)]
    data |= {"name": f"{corpus}-{variant.name.rpartition('/')[2]}", "models": models}
    return validate(ExperimentFile, data, "the new experiment")


def _entry(model: Model, registered: Mapping[str, Model]) -> Any:
    """A model as a file names it: by its name where it is registered, else written out."""
    known = registered.get(model.name)
    if (known is not None and known.content == model.content) or (model.embedded and model.variant is None):
        return model.name
    return model.model_dump(mode="json", exclude_defaults=True)
