"""Reads the YAML files that people edit: experiments, prompts and models.
Knows nothing about the store. Every error names the file and the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from workbench.errors import ExperimentError, InputError, ModelError, PromptError
from workbench.files.reading import read_text
from workbench.input.key_shapes import hide_keys
from workbench.input.plain_data import find_unusable, shown
from workbench.input.yaml_reading import parse_yaml, to_plain
from workbench.lru_cache import LruCache
from workbench.nearest import did_you_mean
from workbench.space.experiment import ExperimentFile
from workbench.space.file_errors import explain, find_failing_path, kind_of, place_of
from workbench.space.model import Model
from workbench.space.model_input import find_fault
from workbench.space.prompt import Prompt

Shape = TypeVar("Shape", bound=BaseModel)

PROMPTS_FILE = "prompts.yaml"
MODELS_FILE = "models.yaml"


def validate(
    shape: type[Shape], data: Any, where: str, raise_as: type[InputError] = ExperimentError
) -> Shape:
    """Validate `data` as a `shape`.

    where: the file's name, for messages.

    Raises `raise_as` with one line per error, each with file and line.
    """
    if not isinstance(data, dict):
        raise raise_as(f"{where}: expected keys and values, found {kind_of(data)}.")
    problem = find_unusable(data)
    if problem is not None:
        path, reason = problem
        key = hide_keys(".".join(shown(step).strip("'") for step in path)) or "file"
        raise raise_as(f"{place_of(where, data, path)}: {key} {reason}.")
    plain = to_plain(data)
    fault = find_fault(plain)
    if fault is not None:
        raise raise_as(hide_keys(f"{place_of(where, data, fault.path)}: {fault.message}"), hint=fault.hint)
    try:
        return shape.model_validate(plain)
    except ValidationError as error:
        raise raise_as(explain(error, shape, data, where)) from None
    except InputError as error:
        place = place_of(where, data, find_failing_path(shape, data, error.message))
        message = hide_keys(f"{place}: {error.message}")
        raise type(error)(message, hint=error.hint, remedy=error.remedy, about=error.about) from None


def parse_experiment(text: str, where: str = "experiment") -> ExperimentFile:
    """Read an experiment from YAML text. Raises ExperimentError naming `where`, the line and the key."""
    return validate(ExperimentFile, parse_yaml(text, where), where)


RULES = ("exclude", "conditions", "configs")


def parse_rules(text: str, where: str) -> dict[str, Any]:
    """Read YAML text that holds only `exclude`, `conditions` and `configs`; returns those that are set.

    Raises ExperimentError as `parse_experiment` does.
    """
    data = parse_yaml(text, where)
    if data is None:
        return {}
    if isinstance(data, dict):
        for key in data:
            if key not in RULES:
                place = place_of(where, data, (key,))
                raise ExperimentError(
                    f"{place}: {key!r} does not belong here. {did_you_mean(str(key), RULES)}"
                )
        data.update({"name": "x", "corpus": "x", "prompts": ["x"], "models": ["x"]})
    file = validate(ExperimentFile, data, where)
    return file.model_dump(mode="json", include={*RULES}, exclude_defaults=True)


def load_experiment_file(path: Path | str) -> ExperimentFile:
    """Read one experiment file. Raises InputError naming the file, the line and the key."""
    file = Path(path)
    return parse_experiment(read_text(file), str(path))


def _entries(text: str, path: Path, key: str, raise_as: type[InputError]) -> list[Any]:
    """The list under `key` in a file's text, or the file's list."""
    data = parse_yaml(text, str(path))
    if isinstance(data, dict) and data and key not in data:
        raise raise_as(f"{path}: expected a list under `{key}:`, found {shown(next(iter(data)))}.")
    entries = data.get(key) if isinstance(data, dict) else data
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise raise_as(f"{path}: expected a list under `{key}:`.")
    return entries


# Every page and command reads these files; parsing takes longer than reading.
_PROMPTS: LruCache[str, list[Prompt]] = LruCache(4)
_MODELS: LruCache[str, list[Model]] = LruCache(4)


def _parse_prompts(text: str, path: Path) -> list[Prompt]:
    prompts = _PROMPTS.find(text)
    if prompts is None:
        prompts = [
            validate(Prompt, entry, f"{path}: prompt {i}", PromptError)
            for i, entry in enumerate(_entries(text, path, "prompts", PromptError), start=1)
        ]
        _PROMPTS.keep(text, prompts)
    return prompts


def _parse_models(text: str, path: Path) -> list[Model]:
    models = _MODELS.find(text)
    if models is None:
        models = [
            validate(Model, entry, f"{path}: model {i}", ModelError)
            for i, entry in enumerate(_entries(text, path, "models", ModelError), start=1)
        ]
        _MODELS.keep(text, models)
    return models


def load_prompts_file(path: Path) -> list[Prompt]:
    """Read experiments/prompts.yaml (a list under `prompts:`). No file means no prompts.

    Raises InputError for a file that cannot be read and for an invalid entry.
    """
    return list(_parse_prompts(read_text(path), path)) if path.exists() else []


def load_models_file(path: Path) -> list[Model]:
    """Read experiments/models.yaml (a list under `models:`). No file means no models.

    Raises InputError for a file that cannot be read and for an invalid entry.
    """
    return list(_parse_models(read_text(path), path)) if path.exists() else []


def build_prompt(name: str, template: str, *, system: str | None = None, notes: str = "") -> Prompt:
    """Build a prompt from its parts. Raises PromptError when they are invalid."""
    data = {"name": name, "template": template, "system": system or None, "notes": notes}
    return validate(Prompt, data, f"prompt {name!r}", PromptError)
