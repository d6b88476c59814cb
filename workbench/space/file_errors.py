"""Says what is wrong in a file that people edit: at which line, with which value, and what is allowed.
Knows nothing about reading files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from workbench.errors import InputError
from workbench.input.key_shapes import hide_keys
from workbench.input.plain_data import shown
from workbench.input.yaml_reading import to_plain
from workbench.nearest import did_you_mean

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
        lines[f"{place_of(where, data, path)}: {text}"] = None
    listed = list(lines)[:MOST_ERRORS]
    if len(lines) > MOST_ERRORS:
        listed.append(f"… and {len(lines) - MOST_ERRORS} more.")
    return hide_keys("\n".join(listed))


_ENTRY = re.compile(r": (prompt|model) \d+$")


def place_of(where: str, data: Any, path: Iterable[Any]) -> str:
    """`where` with the line: "lake.yaml:4", and "models.yaml: model 3, line 11" for an entry of a list."""
    at = _line_of(data, path)
    if not at:
        return where
    return f"{where}, line {at}" if _ENTRY.search(where) else f"{where}:{at}"


def find_failing_path(
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
                    return find_failing_path(inner, part, message, (*path, *step))
            except ValidationError:
                continue
    return path


def kind_of(data: Any) -> str:
    """What the data is, in words."""
    if data is None:
        return "nothing"
    return "a list" if isinstance(data, list) else shown(data)
