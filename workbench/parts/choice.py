"""Reads and writes a part as an experiment file names it: a name, or a name with settings, kept as one text.
Knows nothing about what a part does with its settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from json import JSONDecodeError, JSONDecoder
from typing import Any, Generic

from pydantic import ValidationError

from workbench.errors import ExperimentError
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean
from workbench.parts.outside import (
    CORE,
    DOORS,
    PYTHON,
    OutsideSettings,
    code_of,
    named_in,
    packages_of,
    state_of,
)
from workbench.parts.part import Part, PartSettings
from workbench.parts.registry import (
    AnyPart,
    find_part,
    get_part,
    is_import_path,
    require_number_behind,
)
from workbench.user_code.loading import own_code
from workbench.user_code.permission import Code

_TEXT = re.compile(r"([^()]*)\((.*)\)", re.DOTALL)
_SHORT = re.compile(r"(\w+):(-?\d+(?:\.\d+)?)")
_KEY = re.compile(r"\s*(\w+)\s*=\s*")
# Stands for the part's short setting until the part is known.
_BEHIND_THE_COLON = ""


@dataclass(frozen=True)
class Choice(Generic[AnyPart]):
    """A part with its settings."""

    name: str
    """The part's name or import path, as the experiment file has it."""

    part: AnyPart
    """The part's entry in the catalogue."""

    settings: PartSettings
    """All settings of the part; those left out in the file have their defaults."""

    @cached_property
    def text(self) -> str:
        """The canonical text of this choice: `mmr`, `mmr(balance=0.5)` or `window:2`. Defaults are left out,
        but for the number behind a colon."""
        short = self.part.short_setting
        settings = self.settings.model_dump(mode="json", exclude_defaults=True)
        if short and not settings.keys() - {short}:
            text = f"{self.name}:{getattr(self.settings, short)}"
            if _SHORT.fullmatch(text):  # not so with 1e-07
                return text
        return _as_text(self.name, settings)

    @property
    def label(self) -> str:
        """The part's label for pages, followed by the settings that differ from their defaults."""
        if self.part.in_words is not None:
            return self.part.in_words(self.settings)
        listed = ", ".join(f"{name} {value}" for name, value in self.settings.words.items())
        return f"{self.part.label}, {listed}" if listed else self.part.label

    @property
    def arguments(self) -> dict[str, Any]:
        """The settings as keyword arguments for the part's function."""
        return {name: getattr(self.settings, name) for name in type(self.settings).model_fields}

    @property
    def key(self) -> str:
        """What enters fingerprints: the text, and the part's version once it is 2 or higher. Of a part from
        outside also its package's version or its file's hash."""
        if isinstance(self.settings, OutsideSettings):
            given = self.settings
            return f"{self.text}@{state_of(self.name, given.part, given.with_)}"
        return self.text if self.part.version == 1 else f"{self.text}@{self.part.version}"


def _as_text(name: str, settings: dict[str, Any]) -> str:
    if not settings:
        return name
    return f"{name}({', '.join(f'{k}={json.dumps(v, ensure_ascii=False)}' for k, v in settings.items())})"


def split_text(text: str) -> tuple[str, dict[str, Any]]:
    """Split `name`, `name:number` or `name(setting=value, …)`, with values as JSON, into (name, settings).

    The number behind a colon is the value of the setting "".
    Raises ExperimentError when the settings cannot be parsed.
    """
    short = _SHORT.fullmatch(text)
    if short is not None:
        return short[1], {_BEHIND_THE_COLON: float(short[2]) if "." in short[2] else int(short[2])}
    match = _TEXT.fullmatch(text)
    if match is None:
        return text, {}
    name, rest = match.groups()
    settings: dict[str, Any] = {}
    while rest.strip():
        key = _KEY.match(rest)
        try:
            if key is None:
                raise JSONDecodeError("no setting", rest, 0)
            settings[key[1]], end = JSONDecoder().raw_decode(rest, key.end())
        except (ValueError, RecursionError):  # no JSON, a number that is too long, or nested too deeply
            raise ExperimentError(
                f"{shown(text)} cannot be read.", hint=f"Write {{{name}: {{setting: value}}}}."
            ) from None
        rest = rest[end:].lstrip().removeprefix(",")
    return name, settings


def choose(kind: type[AnyPart], text: str) -> Choice[AnyPart]:
    """Return the part that `text` names, with its settings.

    Raises ExperimentError when the part or one of the settings is unknown, or a value is not allowed.
    """
    named = text.partition("(")[0]
    if named in DOORS or is_import_path(named):  # its code may change
        return _choose(kind, text)
    return _choose_built_in(kind, text)  # type: ignore[return-value, arg-type]


@lru_cache(maxsize=4096)  # thousands of configurations name a few parts
def _choose_built_in(kind: type[Part], text: str) -> Choice[Part]:
    return _choose(kind, text)


def _choose(kind: type[AnyPart], text: str) -> Choice[AnyPart]:
    name, settings = split_text(text)
    part = get_part(kind, name)
    if _BEHIND_THE_COLON in settings:
        if not part.short_setting:
            example = next((f"{setting}: …" for setting in part.settings.model_fields), "")
            raise ExperimentError(
                f"{shown(text)}: {name} takes no number behind a colon.",
                hint=f"Write {{{name}: {{{example}}}}}." if example else f"{name} has no settings.",
            )
        settings = {part.short_setting: settings[_BEHIND_THE_COLON]}
    read = read_settings(part, name, settings)
    return Choice(name, part.under(read), read)


def code_behind(text: str) -> tuple[Code, ...]:
    """The code that the part which a text names runs and that needs the user's yes. Nothing is imported."""
    try:
        name, settings = split_text(text)
        if name in DOORS:
            given = OutsideSettings.model_validate(
                {k: settings[k] for k in ("part", "with") if k in settings}
            )
            return code_of(name, given.part, given.with_)
    except (ExperimentError, ValidationError):  # whoever reads the text says what is wrong with it
        return ()
    return own_code(name) if is_import_path(name) else ()


def packages_behind(text: str) -> dict[str, str]:
    """Package → version, of the packages that the part which a text names needs; none for built-in parts."""
    name, settings = split_text(text)
    path = settings.get("part")
    return packages_of(path, settings.get("with")) if name in DOORS and isinstance(path, str) else {}


def may_call_models(text: str) -> bool:
    """Whether the part which a text names may call models that are not ours."""
    name, settings = split_text(text)
    path = settings.get("part")
    if name not in DOORS or not isinstance(path, str):
        return False
    return name == PYTHON or any(not p.startswith(CORE) for p, _ in named_in(path, settings.get("with")))


def in_few_words(text: str) -> str:
    """A part's text, shorter where it names a part from outside: `SentenceSplitter(chunk_size=64)`."""
    name, settings = split_text(text)
    path = settings.get("part")
    if name not in DOORS or not isinstance(path, str):
        return text
    rest = dict(settings.get("with") or {})
    if "revision" in settings:
        rest["revision"] = settings["revision"]
    return _as_text(path.partition(":")[2], rest)


def check_package(choice: Choice[AnyPart]) -> None:
    """Raise ExperimentError when the package that a part needs is not installed."""
    package = choice.part.needs_package(choice.settings)
    if package and find_spec(package) is None:
        raise ExperimentError(
            f"{choice.text} needs the package {package}, which is not installed.",
            hint=f"pip install {package}",
        )


def read_settings(part: Part, name: str, settings: dict[str, Any]) -> PartSettings:
    """Validate a mapping of settings against the part's model.

    name: how the experiment file names the part, for the error message.
    Raises ExperimentError that names the part and the settings it has.
    """
    try:
        return part.settings.model_validate(settings)
    except ValidationError as error:
        raise _explain(part, name, error) from None


def _explain(part: Part, name: str, error: ValidationError) -> ExperimentError:
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0])
    fields = {field.alias or name: field for name, field in part.settings.model_fields.items()}
    if first["type"] == "extra_forbidden":
        allowed = f"its settings are {', '.join(fields)}" if fields else "it has no settings"
        hint = did_you_mean(key, fields) if fields else None
        return ExperimentError(f"{key} is not a setting of {name}; {allowed}.", hint=hint)
    description = fields[key].description or ""
    if first["type"] == "missing":
        return ExperimentError(f"{name} needs {key}{f', {_lower(description)}' if description else ''}.")
    return ExperimentError(
        f"{name}: {key} is {shown(first['input'])}: {_rule(first['type'], first['msg'])}.",
        hint=f"{description}." if description else None,
    )


_RULES = {
    "int_": "it must be a whole number",
    "float_": "it must be a number",
    "bool_": "it must be true or false",
    "string_type": "it must be a text",
    "dict_type": "it must be keys and values, such as {key: value}",
    "string_pattern": "it must be written module:Name",
}
"""By how the name of pydantic's error begins. Patterns are those of import paths only."""


def _rule(kind: str, message: str) -> str:
    """What a setting must be, in words."""
    found = next((rule for beginning, rule in _RULES.items() if kind.startswith(beginning)), None)
    return found or message.replace("Input should", "it must").replace("valid ", "")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def write(kind: type[Part], value: Any) -> str:
    """Return a value of an experiment file, a name or a mapping of one name to its settings, as text. Where
    the kind has a part for plain mappings, any other mapping is the setting of that part.

    A built-in part is validated, and its settings are put in order. A part with an import path is not, so
    that a stored experiment stays readable without the module; `choose` validates it later.
    Raises ExperimentError when the value is neither, or is not valid for a built-in part.
    """
    door = next((name for name in DOORS if isinstance(value, dict) and isinstance(value.get(name), str)), "")
    if door:  # {llamaindex: "module:Class", with: {…}, revision: …}
        text = _as_text(door, {"part" if key == door else str(key): inner for key, inner in value.items()})
    elif kind.of_mapping is not None and isinstance(value, dict) and not _names_part(kind, value):
        name, setting = kind.of_mapping
        text = _as_text(name, read_settings(get_part(kind, name), name, {setting: value}).model_dump())
    elif isinstance(value, dict) and len(value) == 1:
        name, settings = next(iter(value.items()))
        if settings is not None and not isinstance(settings, dict):
            raise ExperimentError(
                f"{shown(name)}: the settings are {shown(settings)}; they must be a mapping.",
                hint="Write {name: {setting: value}}.",
            )
        text = _as_text(str(name), settings or {})
    elif isinstance(value, str):
        text = value
    else:
        raise ExperimentError(
            f"{shown(value)} is not the name of a {kind.kind}.",
            hint="Write a name, or {name: {setting: value}}.",
        )
    if not is_import_path(text.partition("(")[0]):
        return choose(kind, text).text
    require_number_behind(kind, text)
    return text


def _names_part(kind: type[Part], mapping: dict[Any, Any]) -> bool:
    """Whether a mapping is a part of this kind with its settings."""
    [name, settings], *others = [*mapping.items(), ("", None)]
    return not others[1:] and find_part(kind, str(name)) is not None and isinstance(settings, dict | None)
