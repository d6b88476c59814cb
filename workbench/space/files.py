"""Reads and writes the YAML files that people edit: experiments, prompts and models.
Knows nothing about the store. Every error names the file and the line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML

from workbench.errors import ExperimentError, InputError, ModelError, PromptError
from workbench.files.reading import read_text
from workbench.input.key_shapes import hide_keys
from workbench.input.plain_data import find_unusable, shown
from workbench.input.yaml_reading import parse_yaml, to_plain
from workbench.lru_cache import LruCache
from workbench.nearest import did_you_mean
from workbench.parts.retrieval_settings import MODEL_ROLES
from workbench.space.experiment import Experiment, ExperimentFile
from workbench.space.model import Model
from workbench.space.model_input import find_fault
from workbench.space.prompt import Prompt
from workbench.space.route import End
from workbench.space.tuned_models import as_tune

Shape = TypeVar("Shape", bound=BaseModel)

PROMPTS_FILE = "prompts.yaml"
MODELS_FILE = "models.yaml"


def _line_of(data: Any, path: Iterable[Any]) -> int | None:
    """The line (from 1) of the deepest part of `path` that the parser kept a position for."""
    line = None
    for step in path:
        marks = getattr(data, "lc", None)
        if marks is None:
            return line
        try:
            if isinstance(step, int) and isinstance(data, list):
                line = marks.item(step)[0] + 1
                data = data[step]
            elif isinstance(data, dict) and step in data:
                line = marks.key(step)[0] + 1
                data = data[step]
        except (KeyError, IndexError, TypeError):
            return line
    return line


def _allowed_keys(shape: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """The keys that `shape` allows where the last step of `path` stands."""
    current: list[type[BaseModel]] = [shape]
    for step in path[:-1]:
        fields = [inside.model_fields[step] for inside in current if step in inside.model_fields]
        current = [model for field in fields for model in _models_in(field.annotation)] or current
    return [field.alias or name for name, field in current[0].model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The pydantic models inside a type annotation, in its order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first pydantic model inside a type annotation."""
    return next(iter(_models_in(annotation)), None)


def _is_branch(step: Any) -> bool:
    """Whether a step of an error's path is a type that pydantic tried, and so not a key of the file."""
    kinds = ("str", "Prompt", "OptimiseEntry", "Model", "Tune", "ScoreEntry", "End")
    return isinstance(step, str) and (step in kinds or "[" in step)


QUOTES = "'\""
NAMING = "use letters, digits, spaces and . _ / -, beginning with a letter or digit, at most 80 characters"
"""The rule for names, as messages say it."""


def explain_value(key: str, item: Any) -> str:
    """Say what is wrong with a key's value and what is allowed. A value that may be a secret is not shown."""
    value, kind = item.get("input"), item["type"]
    if kind == "part":
        return f"{key}: {item['msg']}"
    if kind == "unusable":
        return f"{key} {item['msg']}."
    if kind == "boolean":
        return f"{key} is {shown(value)}: {item['msg']}."
    if key.endswith("api_key_env"):
        return (
            f"{key} must be the name of an environment variable (letters, digits, _), never the key itself."
        )
    if kind == "too_short":
        return f"{key} is an empty list: give it at least one value."
    if value is None or kind == "string_too_short":
        return f"{key} is empty: give it a value."
    if kind == "string_too_long":
        return f"{key} is {shown(value, 40)}, {len(value)} characters: {NAMING}."
    if kind == "string_pattern_mismatch":
        return f"{key} is {shown(value)}: {NAMING}."
    if kind in ("list_type", "tuple_type"):
        return f"{key} is {shown(value)}: write a list, such as [{shown(value, 40).strip(QUOTES)}]."
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"{key} is {shown(value)}: write keys and values, such as {{key: value}}."
    for part, allowed in (("int_", "a whole number"), ("float_", "a number"), ("string_type", "a text")):
        if kind.startswith(part):
            return f"{key} is {shown(value)}: it must be {allowed}."
    rule = item["msg"].replace("Input should", "it must").replace("valid ", "")
    return f"{key} is {shown(value)}: {rule}."


MOST_ERRORS = 30
"""So many errors of one file are listed: a wrong file of thousands of lines must not fill the screen."""


def explain(error: ValidationError, shape: type[BaseModel], data: Any, where: str) -> str:
    """Format pydantic's errors, one per line: file and line, the key, the value, what is allowed."""
    lines: dict[str, None] = {}
    for item in error.errors(include_url=False):
        path = tuple(step for step in item["loc"] if not _is_branch(step))
        if item["type"] == "extra_forbidden" and path[-1:] != item["loc"][-1:]:
            path = (*path, item["loc"][-1])  # an unknown key may look like the name of a type
        if (
            item["type"] == "string_type"
            and isinstance(item.get("input"), dict)
            and _is_branch(item["loc"][-1])
        ):
            continue  # the error of the inline alternative says what is wrong inside
        key = ".".join(str(step) for step in path) or "file"
        if item["type"] == "extra_forbidden":
            text = (
                f"{shown(key)} is not a known key. {did_you_mean(str(path[-1]), _allowed_keys(shape, path))}"
            )
        elif item["type"] == "missing":
            text = f"{key!r} is missing."
        else:
            text = explain_value(key, item)
        lines[f"{_place(where, data, path)}: {text}"] = None
    listed = list(lines)[:MOST_ERRORS]
    if len(lines) > MOST_ERRORS:
        listed.append(f"… and {len(lines) - MOST_ERRORS} more.")
    return hide_keys("\n".join(listed))


_ENTRY = re.compile(r": (prompt|model) \d+$")


def _place(where: str, data: Any, path: Iterable[Any]) -> str:
    """`where` with the line: "lake.yaml:4", and "models.yaml: model 3, line 11" for an entry of a list."""
    at = _line_of(data, path)
    if not at:
        return where
    return f"{where}, line {at}" if _ENTRY.search(where) else f"{where}:{at}"


def _find_failing_path(
    shape: type[BaseModel], data: Any, message: str, path: tuple[Any, ...] = ()
) -> tuple[Any, ...]:
    """The path of the innermost value whose own check raises `message`: such errors carry no path."""
    for name, field in shape.model_fields.items():
        if not isinstance(data, dict) or name not in data:
            continue
        value = data[name]
        parts = (
            [((name, i), v) for i, v in enumerate(value)] if isinstance(value, list) else [((name,), value)]
        )
        for inner, (step, part) in product(_models_in(field.annotation), parts):
            try:
                if isinstance(part, dict):
                    inner.model_validate(to_plain(part))
            except InputError as error:
                if error.message == message:
                    return _find_failing_path(inner, part, message, (*path, *step))
            except ValidationError:
                continue
    return path


def _kind_of(data: Any) -> str:
    """What the data is, in words."""
    if data is None:
        return "nothing"
    return "a list" if isinstance(data, list) else shown(data)


def validate(
    shape: type[Shape], data: Any, where: str, raise_as: type[InputError] = ExperimentError
) -> Shape:
    """Validate `data` as a `shape`.

    where: the file's name, for messages.

    Raises `raise_as` with one line per error, each with file and line.
    """
    if not isinstance(data, dict):
        raise raise_as(f"{where}: expected keys and values, found {_kind_of(data)}.")
    problem = find_unusable(data)
    if problem is not None:
        path, reason = problem
        key = hide_keys(".".join(shown(step).strip("'") for step in path)) or "file"
        raise raise_as(f"{_place(where, data, path)}: {key} {reason}.")
    plain = to_plain(data)
    fault = find_fault(plain)
    if fault is not None:
        raise raise_as(hide_keys(f"{_place(where, data, fault.path)}: {fault.message}"), hint=fault.hint)
    try:
        return shape.model_validate(plain)
    except ValidationError as error:
        raise raise_as(explain(error, shape, data, where)) from None
    except InputError as error:
        place = _place(where, data, _find_failing_path(shape, data, error.message))
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
                place = _place(where, data, (key,))
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


def build_prompt(name: str, template: str, *, system: str | None = None, notes: str = "") -> Prompt:
    """Build a prompt from its parts. Raises PromptError when they are invalid."""
    data = {"name": name, "template": template, "system": system or None, "notes": notes}
    return validate(Prompt, data, f"prompt {name!r}", PromptError)
