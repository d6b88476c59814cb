"""Reads and writes the YAML files that people edit: experiments, prompts, models.
Knows nothing about the store. Every error names the file and the line."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from workbench.errors import ExperimentError, InputError, ModelError, PromptError
from workbench.nearest import did_you_mean
from workbench.space.experiment import Experiment, ExperimentFile
from workbench.space.model import Model
from workbench.space.prompt import Prompt

Shape = TypeVar("Shape", bound=BaseModel)


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


def parse_yaml(text: str, where: str) -> Any:
    """Parse YAML 1.2, keeping line numbers. Raises ExperimentError naming file and line."""
    parser = YAML(typ="rt")
    parser.allow_duplicate_keys = False
    try:
        return parser.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        at = f"{where}:{mark.line + 1}" if mark is not None else where
        reason = str(error.problem).split("\n")[0]
        raise ExperimentError(f"{at}: this is not valid YAML: {reason}.") from None
    except YAMLError as error:
        raise ExperimentError(f"{where}: this is not valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ExperimentError(f"{where}: this is not valid YAML: it is nested too deeply.") from None


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}.") from None


def _plain(value: Any) -> Any:
    """Parsed YAML without the parser's own classes."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def _allowed_keys(shape: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """The keys allowed beside the last step of `path` inside `shape`."""
    current: type[BaseModel] = shape
    for step in path[:-1]:
        if not isinstance(step, str) or step not in current.model_fields:
            continue
        current = _model_in(current.model_fields[step].annotation) or current
    return list(current.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        found = _model_in(part)
        if found:
            return found
    return None


def _is_branch(step: Any) -> bool:
    """Pydantic puts the tried type of a union into an error's path; people did not write it."""
    return isinstance(step, str) and (step in ("str", "Prompt", "Model", "ScoreEntry") or "[" in step)


NAMING = "use letters, digits, spaces and . _ / -, beginning with a letter or digit, at most 80 characters"


def _found_and_allowed(key: str, item: Any) -> str:
    """What was found at a key and what may stand there. A value that may be a secret is not repeated."""
    found, kind = item.get("input"), item["type"]
    if kind == "part":
        return f"{key}: {item['msg']}"
    if key.endswith("api_key_env"):
        return (
            f"{key} must be the name of an environment variable (letters, digits, _), never the key itself."
        )
    if kind == "too_short":
        return f"{key} is an empty list: give it at least one value."
    if found is None:
        return f"{key} is empty: give it a value."
    if kind == "string_too_long":
        return f"{key} is {found[:40] + '…'!r}, {len(found)} characters: {NAMING}."
    if kind == "string_pattern_mismatch":
        return f"{key} is {found!r}: {NAMING}."
    if kind == "list_type":
        return f"{key} is {found!r}: write a list, such as [{found}]."
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"{key} is {found!r}: write keys and values, such as {{key: value}}."
    for part, allowed in (("int_", "a whole number"), ("float_", "a number"), ("string_type", "a text")):
        if kind.startswith(part):
            return f"{key} is {found!r}: it must be {allowed}."
    return f"{key} is {found!r}: {item['msg'].replace('Input should', 'it must').replace('valid ', '')}."


def explain(error: ValidationError, shape: type[BaseModel], data: Any, where: str) -> str:
    """Pydantic's findings as lines: file:line, the key, what was found, what is allowed."""
    lines: dict[str, None] = {}
    for item in error.errors(include_url=False):
        path = tuple(step for step in item["loc"] if not _is_branch(step))
        if item["type"] == "string_type" and isinstance(item.get("input"), dict):
            continue  # the other branch of `name or inline` says what is wrong inside
        key = ".".join(str(step) for step in path) or "file"
        if item["type"] == "extra_forbidden":
            text = f"{key!r} is not a known key. {did_you_mean(str(path[-1]), _allowed_keys(shape, path))}"
        elif item["type"] == "missing":
            text = f"{key!r} is missing."
        else:
            text = _found_and_allowed(key, item)
        lines[f"{_place(where, data, path)}: {text}"] = None
    return "\n".join(lines)


def _place(where: str, data: Any, path: Iterable[Any]) -> str:
    at = _line_of(data, path)
    return f"{where}:{at}" if at else where


def _culprit(shape: type[BaseModel], data: Any, message: str, path: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The path of the innermost part whose own check says `message`: such errors come without a place."""
    for name, field in shape.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is None or not isinstance(data, dict) or name not in data:
            continue
        value = data[name]
        parts = (
            [((name, i), v) for i, v in enumerate(value)] if isinstance(value, list) else [((name,), value)]
        )
        for at, part in parts:
            try:
                if isinstance(part, dict):
                    inner.model_validate(_plain(part))
            except InputError as error:
                if error.message == message:
                    return _culprit(inner, part, message, (*path, *at))
            except ValidationError:
                continue
    return path


def _kind_of(data: Any) -> str:
    if data is None:
        return "nothing"
    return "a list" if isinstance(data, list) else repr(data)


def validate(
    shape: type[Shape], data: Any, where: str, raise_as: type[InputError] = ExperimentError
) -> Shape:
    """`data` as `shape`. Raises `raise_as`, one line a finding, each with its place."""
    if not isinstance(data, dict):
        raise raise_as(f"{where}: expected keys and values, found {_kind_of(data)}.")
    try:
        return shape.model_validate(_plain(data))
    except ValidationError as error:
        raise raise_as(explain(error, shape, data, where)) from None
    except InputError as error:
        place = _place(where, data, _culprit(shape, data, error.message))
        raise type(error)(f"{place}: {error.message}", hint=error.hint, remedy=error.remedy) from None


def parse_experiment(text: str, where: str = "experiment") -> ExperimentFile:
    return validate(ExperimentFile, parse_yaml(text, where), where)


RULES = ("exclude", "conditions", "configs")


def parse_rules(text: str, where: str) -> dict[str, Any]:
    """`exclude`, `conditions` and `configs` alone, those that are given. Raises ExperimentError as a whole
    file would."""
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


def _entries(path: Path, key: str, raise_as: type[InputError]) -> list[Any]:
    if not path.exists():
        return []
    data = parse_yaml(read_text(path), str(path))
    entries = data.get(key) if isinstance(data, dict) else data
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise raise_as(f"{path}: expected a list under `{key}:`.")
    return entries


def load_prompts_file(path: Path) -> list[Prompt]:
    """Prompts of experiments/prompts.yaml (`prompts:` and a list); none when there is no such file."""
    return [
        validate(Prompt, entry, f"{path}: prompt {i}", PromptError)
        for i, entry in enumerate(_entries(path, "prompts", PromptError), start=1)
    ]


def load_models_file(path: Path) -> list[Model]:
    """Models of experiments/models.yaml (`models:` and a list); none when there is no such file."""
    return [
        validate(Model, entry, f"{path}: model {i}", ModelError)
        for i, entry in enumerate(_entries(path, "models", ModelError), start=1)
    ]


# Lines that end with something to see, the first beginning so: other texts would not come back from a block.
_AS_BLOCK = re.compile(r"\S(?:.*\S)?(?:\n+ *\S(?:.*\S)?)*\n?")


def _styled(value: Any) -> Any:
    """Long texts as readable blocks, where a block gives back the same text; what cannot be seen escaped."""
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
    """YAML text of plain data, in the order given, texts of several lines as blocks."""
    writer = YAML()
    writer.width = 110
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(_styled(data), out)
    return out.getvalue()


def experiment_to_yaml(experiment: Experiment | ExperimentFile) -> str:
    """An experiment as a file that reads back equal: everything that is not its default."""
    return to_yaml(experiment.model_dump(mode="json", exclude_defaults=True))


def build_prompt(name: str, template: str, *, system: str | None = None, notes: str = "") -> Prompt:
    """A prompt from its parts. Raises PromptError for what is wrong with them."""
    data = {"name": name, "template": template, "system": system or None, "notes": notes}
    return validate(Prompt, data, f"prompt {name!r}", PromptError)
