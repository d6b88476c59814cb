"""Puts made models into a configuration whose models were trained here, or says which one is not trained yet.
Knows nothing about training, nor about asking models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.errors import ModelError
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.space.config import Config
from workbench.space.model import Model
from workbench.space.route import End
from workbench.store.database import Store
from workbench.tuning.made import find_made
from workbench.tuning.served import Say, ServedModels


def get_made(store: Store, model: Model) -> Model:
    """The model as it can be asked. Raises ModelError for one that is not trained here."""
    if model.is_made:
        return model
    made = find_made(store, model)
    if not made.is_made:
        raise ModelError(
            f"Model {model.name!r} is not trained yet.",
            hint="Run an experiment that has it, or train it on the page Trainings.",
            about="models",
        )
    return made


def get_made_config(store: Store, config: Config) -> Config:
    """The configuration as it can be asked; its id stays. Raises ModelError where a model is not trained."""
    if all(model.is_made for model in config.models):
        return config
    return change_models(config, lambda model: get_made(store, model))


async def get_served_config(
    served: ServedModels, store: Store, config: Config, say: Say = lambda words: None
) -> Config:
    """The configuration with models that can be asked now: the server of one that was trained here is started
    where none answers.

    say: hears what is being waited for. Raises ModelError where one is not trained, and TuningFailed where
    its server does not start.
    """
    if all(model.tuned is None for model in config.models):
        return config
    made = get_made_config(store, config)
    ready = {model.name: await served.ready(model, say) for model in made.models}
    return change_models(made, lambda model: ready[model.name])


def change_models(config: Config, change: Callable[[Model], Model]) -> Config:
    """The configuration with each of its models replaced by what `change` gives for it."""
    if (route := config.route) is not None:
        changed = [change_models(end, change) for end in config.ends]
        ends = [End(prompt=end.prompt, retrieval=end.retrieval, model=end.model) for end in changed]
        return Config.of_route(route.with_ends(ends))
    roles = {
        role: change(model)
        for role in MODEL_ROLES
        if isinstance(model := getattr(config.retrieval, role), Model)
    }
    return replace(config, model=change(config.model), retrieval=config.retrieval.model_copy(update=roles))
