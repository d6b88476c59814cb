"""The base of the data that people write: unknown keys, odd values and booleans for numbers are refused.
Knows nothing about what any field means."""

from __future__ import annotations

from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from workbench.input.plain_data import find_unusable

# Where a field's type consists of these, it holds numbers, or numbers under names.
_NUMERIC = frozenset({int, float, str, NoneType, list, dict, tuple})


class CheckedModel(BaseModel):
    """Data that is frozen, and that can be stored, hashed and sent."""

    # Built when it is first used: programs that only show results need few of these models.
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _check_value(cls, value: Any, info: ValidationInfo) -> Any:
        _check_usable(value)
        # To Python, and so to pydantic, true is the number 1.
        if _has_boolean(value) and _holds_numbers(cls, str(info.field_name)):
            raise PydanticCustomError("boolean", "it must be a number, not true or false")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _check_number(cls, value: Any) -> Any:
        if isinstance(value, int | float):  # a number that was written as a text
            _check_usable(value)
        return value


def _check_usable(value: Any) -> None:
    problem = find_unusable(value)
    if problem is not None:
        path, reason = problem
        inside = ".".join(str(step) for step in path)
        where = f"{inside} " if inside else ""
        raise PydanticCustomError("unusable", "{what}", {"what": f"{where}{reason}"})


def _has_boolean(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_boolean, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_boolean, value))
    return isinstance(value, bool)


@lru_cache(maxsize=1024)
def _holds_numbers(shape: type[BaseModel], field_name: str) -> bool:
    field = shape.model_fields.get(field_name)
    types = set(_types_in(field.annotation)) if field is not None else set()
    return types <= _NUMERIC and bool(types & {int, float})


def _types_in(annotation: Any) -> list[Any]:
    """The types that an annotation consists of; what is no type, such as a Literal's text, counts as one."""
    arguments = get_args(annotation)
    if not arguments:
        return [annotation]
    if hasattr(annotation, "__metadata__"):
        return _types_in(arguments[0])
    origin = get_origin(annotation)
    containers = [origin] if origin in (list, dict, tuple) else []
    return [*containers, *(kind for argument in arguments for kind in _types_in(argument))]
