"""Puts made models into a configuration whose models were trained here, or says which one is not trained yet.
Knows nothing about training, nor about asking models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.errors import ModelError
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.route import End
from workbench.store.database import Store
from workbench.tuning.made import find_made
from workbench.tuning.served import Say, ServedModels


def has_trained(config: Config) -> bool:
    """Whether one of its models was trained here, or is to be."""
    return any(model.tuned is not None for model in config.models)


def get_made(store: Store, model: Model) -> Model:
    """The model as it was made. Raises ModelError for one that is not trained here."""
    made = find_made(store, model)
    if not made.is_made:
        raise ModelError(
            f"Model {model.name!r} is not trained yet.",
            hint="Run an experiment that has it, or train it on the page Trainings.",
            about="models",
        )
    return made


def get_made_config(store: Store, config: Config) -> Config:
    """The configuration with made models; its id stays. Raises ModelError where one is not trained."""
    if all(model.is_made for model in config.models):
        return config
    return with_models(config, {model.name: get_made(store, model) for model in config.models})


async def get_served_config(served: ServedModels, store: Store, config: Config, say: Say) -> Config:
    """The configuration with models that can be asked now; the server of one that was trained here is
    started where none answers.

    say: hears what is being waited for. Raises ModelError where one is not trained, and TuningFailed where
    its server does not start.
    """
    if not has_trained(config):
        return config
    return with_models(config, {m.name: await served.ready(get_made(store, m), say) for m in config.models})


def with_models(config: Config, models: Mapping[str, Model]) -> Config:
    """The configuration with other models of the same names."""
    if (route := config.route) is not None:
        changed = [with_models(end, models) for end in config.ends]
        ends = [End(prompt=end.prompt, retrieval=end.retrieval, model=end.model) for end in changed]
        return Config.of_route(route.with_ends(ends))
    roles = {
        role: models[model.name]
        for role in MODEL_ROLES
        if isinstance(model := getattr(config.retrieval, role), Model)
    }
    retrieval = config.retrieval.model_copy(update=roles) if roles else config.retrieval
    return replace(config, model=models[config.model.name], retrieval=retrieval)
