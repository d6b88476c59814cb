"""Writes experiments as the YAML files that people edit.
Knows nothing about reading them, nor about the store."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from ruamel.yaml import YAML

from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.space.experiment import Experiment, ExperimentFile
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.route import End
from workbench.space.tuned_models import as_tune

# Texts that a YAML block gives back unchanged: no line ends in a space and the first begins with none.
_AS_BLOCK = re.compile(r"\S(?:.*\S)?(?:\n+ *\S(?:.*\S)?)*\n?")


def _styled(value: Any) -> Any:
    """Choose YAML styles: texts of several lines as blocks where that keeps them the same, invisible
    characters escaped."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(value, str):
        if not value.replace("\n", "").isprintable():
            return DoubleQuotedScalarString(value)
        return LiteralScalarString(value) if "\n" in value and _AS_BLOCK.fullmatch(value) else value
    if isinstance(value, dict):
        return {k: _styled(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_styled(v) for v in value]
    return value


def to_yaml(data: Any) -> str:
    """Write plain data as YAML, keys in their order, texts of several lines as blocks."""
    writer = YAML()
    writer.width = 110
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(_styled(data), out)
    return out.getvalue()


def experiment_to_yaml(experiment: Experiment | ExperimentFile) -> str:
    """Write an experiment as YAML without defaults; reading it gives an equal experiment."""
    return to_yaml(experiment.model_dump(mode="json", exclude_defaults=True))


def to_experiment_file(
    experiment: Experiment, registered: Mapping[str, Model], save_prompt: Callable[[Prompt], Prompt]
) -> ExperimentFile:
    """A stored experiment as a file: prompts and registered models by name, models that it trains as
    trainings, all other models written out.

    registered: the models of the catalogue by name.
    save_prompt: adds a prompt to the catalogue and returns it as it is there.
    """

    def entry(model: Model | None) -> str | Model | None:
        if model is not None and (registered.get(model.name) == model or not model.is_made):
            return model.name  # one that is trained first stands among the models, under this name
        return model

    data = experiment.model_dump(mode="json", exclude_defaults=True)
    data["prompts"] = [save_prompt(p).label for p in experiment.prompts]
    optimise = data.pop("optimise", [])
    for optimisation, settings in zip(experiment.optimise, optimise, strict=True):
        named = {"from": save_prompt(optimisation.from_).label, "model": entry(optimisation.model)}
        data["prompts"].append({"optimise": settings | named})
    data["models"] = [as_tune(m) or entry(m) for m in experiment.models]
    if experiment.judge is not None:
        data["judge"] = entry(experiment.judge)
    retrieval = data.get("retrieval", {})
    for role in (role for role in MODEL_ROLES if role in retrieval):
        value = getattr(experiment.retrieval, role)
        retrieval[role] = [entry(model) for model in value] if isinstance(value, list) else entry(value)
    retrieval["embedding"] = [m.name if m.embedded else entry(m) for m in experiment.retrieval.embedding]
    data["retrieval"] = retrieval
    for route, written in zip(experiment.routes, data.get("routes", ()), strict=True):
        written[route.kind] = [
            entry(end) if isinstance(end, Model) else _entry_of_end(end, entry, save_prompt)
            for end in route.ends
            if isinstance(end, Model | End)
        ]
    for axis, value in experiment.baseline or ():
        if isinstance(value, Prompt):
            data["baseline"][axis] = save_prompt(value).label
        elif isinstance(value, Model):
            data["baseline"][axis] = value.name if axis == "embedding" and value.embedded else entry(value)
    return ExperimentFile.model_validate(data)


def _entry_of_end(
    end: End, entry: Callable[[Model | None], str | Model | None], save_prompt: Callable[[Prompt], Prompt]
) -> dict[str, Any]:
    """A configuration at an end of a route, as a file has it."""
    assert isinstance(end.model, Model)
    written: dict[str, Any] = {"model": entry(end.model), "retrieval": end.retrieval}
    if isinstance(end.prompt, Prompt):
        written["prompt"] = save_prompt(end.prompt).label
    return {name: value for name, value in written.items() if value is not None}
