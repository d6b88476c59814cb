"""A part as an experiment file chooses it: a name, or a name with settings; inside, one text for both.
Knows nothing about what a part does with its settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any, Generic

from pydantic import ValidationError

from workbench.errors import ExperimentError
from workbench.nearest import did_you_mean
from workbench.parts.part import Part, PartSettings
from workbench.parts.registry import AnyPart, get_part, is_import_path

_TEXT = re.compile(r"([^()]*)\((.*)\)", re.DOTALL)
_KEY = re.compile(r"\s*(\w+)\s*=\s*")


@dataclass(frozen=True)
class Choice(Generic[AnyPart]):
    """A part with its settings."""

    name: str
    """The part's name or import path, as it was written."""

    part: AnyPart
    """Its entry."""

    settings: PartSettings
    """All its settings, those left out with their defaults."""

    @property
    def text(self) -> str:
        """The one way to write this choice: `mmr`, or `mmr(balance=0.5)`; defaults are left out."""
        return _as_text(self.name, self.settings.model_dump(mode="json", exclude_defaults=True))

    @property
    def label(self) -> str:
        """For pages: the label, and the settings that are not defaults."""
        given = self.settings.model_dump(mode="json", exclude_defaults=True)
        words = ", ".join(f"{name} {value}" for name, value in given.items())
        return f"{self.part.label}, {words}" if words else self.part.label

    @property
    def arguments(self) -> dict[str, Any]:
        """The settings as the function takes them."""
        return {name: getattr(self.settings, name) for name in type(self.settings).model_fields}

    @property
    def key(self) -> str:
        """What fingerprints hold of it: its text, and its version from the second on."""
        return self.text if self.part.version == 1 else f"{self.text}@{self.part.version}"


def _as_text(name: str, given: dict[str, Any]) -> str:
    if not given:
        return name
    return f"{name}({', '.join(f'{k}={json.dumps(v, ensure_ascii=False)}' for k, v in given.items())})"


def split_text(text: str) -> tuple[str, dict[str, Any]]:
    """(name, settings) of `name` or `name(setting=value, …)`, values as JSON. Raises ExperimentError."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return text, {}
    name, rest = match.groups()
    given: dict[str, Any] = {}
    while rest.strip():
        key = _KEY.match(rest)
        try:
            if key is None:
                raise JSONDecodeError("no setting", rest, 0)
            given[key[1]], end = JSONDecoder().raw_decode(rest, key.end())
        except JSONDecodeError:
            raise ExperimentError(
                f"{text!r} cannot be read.", hint=f"Write {{{name}: {{setting: value}}}}."
            ) from None
        rest = rest[end:].lstrip().removeprefix(",")
    return name, given


def choose(kind: type[AnyPart], text: str) -> Choice[AnyPart]:
    """The choice that `text` names. Raises ExperimentError for an unknown part or setting."""
    name, given = split_text(text)
    part = get_part(kind, name)
    return Choice(name, part, read_settings(part, name, given))


def read_settings(part: Part, name: str, given: dict[str, Any]) -> PartSettings:
    """`given` as the part's settings. Raises ExperimentError, naming the part and the settings it has."""
    try:
        return part.settings.model_validate(given)
    except ValidationError as error:
        raise _explain(part, name, error) from None


def _explain(part: Part, name: str, error: ValidationError) -> ExperimentError:
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0])
    fields = part.settings.model_fields
    if first["type"] == "extra_forbidden":
        has = f"its settings are {', '.join(fields)}" if fields else "it has no settings"
        hint = did_you_mean(key, fields) if fields else None
        return ExperimentError(f"{key} is no setting of {name}; {has}.", hint=hint)
    what = fields[key].description or ""
    if first["type"] == "missing":
        return ExperimentError(f"{name} needs {key}{f', {_lower(what)}' if what else ''}.")
    must = first["msg"].replace("Input should", "it must").replace("valid ", "")
    return ExperimentError(f"{name}: {key} is {first['input']!r}: {must}.", hint=f"{what}." if what else None)


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def write(kind: type[Part], value: Any) -> str:
    """A value of an experiment file as text: a name, or a mapping of one name to its settings.

    A built-in part is checked, and its settings put in order. One with an import path is not: a stored
    experiment stays readable without the module. `choose` checks it. Raises ExperimentError.
    """
    if isinstance(value, dict) and len(value) == 1:
        name, given = next(iter(value.items()))
        if given is not None and not isinstance(given, dict):
            raise ExperimentError(
                f"{name}: {given!r} are no settings.", hint="Write {name: {setting: value}}."
            )
        text = _as_text(str(name), given or {})
    elif isinstance(value, str):
        text = value
    else:
        raise ExperimentError(
            f"{value!r} is not the name of a {kind.kind}.", hint="Write a name, or {name: {setting: value}}."
        )
    return text if is_import_path(text.partition("(")[0]) else choose(kind, text).text
