"""Defines the settings of a recipe: their types, defaults and bounds, and checks values against them.
Knows nothing about what a setting does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import FiniteFloat, model_validator

from workbench.errors import TuningError
from workbench.input.checked_model import CheckedModel
from workbench.nearest import did_you_mean
from workbench.space.tuning import Setting

LONGEST_TEXT = 1_000


class RecipeSetting(CheckedModel):
    """One setting of a recipe."""

    type: Literal["integer", "number", "text", "boolean"]
    default: Setting
    """The value where none is given."""
    min: FiniteFloat | None = None
    """The least that a number may be."""
    max: FiniteFloat | None = None
    """The most that a number may be."""
    choices: tuple[Setting, ...] = ()
    """The values that are allowed; () allows all."""
    help: str = ""
    """What it does, in a sentence."""

    @model_validator(mode="after")
    def _default_allowed(self) -> Self:
        check_value("default", self.default, self)
        return self


def check_value(name: str, value: object, setting: RecipeSetting) -> Setting:
    """The value as the setting's type. Raises TuningError where it is not allowed."""
    if setting.type == "boolean":
        if not isinstance(value, bool):
            raise _wrong(name, value, "true or false")
        return value
    if setting.type == "text":
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
            raise _wrong(name, value, f"a text of at most {LONGEST_TEXT} characters")
        read: Setting = value
    else:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _wrong(name, value, "a number")
        if setting.type == "integer" and value != int(value):
            raise _wrong(name, value, "a whole number")
        read = int(value) if setting.type == "integer" else float(value)
        if setting.min is not None and read < setting.min:
            raise _wrong(name, value, f"at least {setting.min:g}")
        if setting.max is not None and read > setting.max:
            raise _wrong(name, value, f"at most {setting.max:g}")
    if setting.choices and read not in setting.choices:
        raise _wrong(name, value, f"one of {', '.join(map(str, setting.choices))}")
    return read


def _wrong(name: str, value: object, allowed: str) -> TuningError:
    return TuningError(f"{name} is {str(value)[:80]!r}; it must be {allowed}.", about="models")


def complete_settings(
    recipe: str, known: Mapping[str, RecipeSetting], given: Mapping[str, object]
) -> dict[str, Setting]:
    """All settings of a recipe, with defaults for those that are not given. Raises TuningError."""
    for name in given:
        if name not in known:
            raise TuningError(
                f"The recipe {recipe} has no setting {name!r}.",
                hint=did_you_mean(name, known) or f"Its settings: {', '.join(known) or 'none'}.",
                about="models",
            )
    return {name: check_value(name, given.get(name, s.default), s) for name, s in known.items()}


def read_setting(name: str, text: str, known: Mapping[str, RecipeSetting]) -> Setting:
    """The value of `--set NAME=TEXT`. Raises TuningError."""
    setting = known.get(name)
    if setting is None:
        raise TuningError(
            f"There is no setting {name!r}.", hint=did_you_mean(name, known) or f"Known: {', '.join(known)}."
        )
    value: object = text
    if setting.type == "boolean":
        value = {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    elif setting.type in ("integer", "number"):
        try:
            value = float(text)
        except ValueError:
            value = text
    return check_value(name, value, setting)
