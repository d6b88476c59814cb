"""Turns an experiment file into the values of the Design page's widgets, and back without loss: what nobody
changed is written as it was read, whether the page has a widget for it or not.
Knows nothing about Streamlit: dictionaries in, dictionaries out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from workbench.parts.fields import NumberField, number_fields
from workbench.parts.part import Strategy
from workbench.parts.registry import is_import_path, parts_of
from workbench.parts.retrieval_settings import (
    NUMBERS,
    PART_AXES,
    RETRIEVAL_AXES,
    SETTING_BY_NAME,
    SETTINGS,
    RetrievalSetting,
)
from workbench.space.asked_models import asks_model
from workbench.space.experiment import ExperimentFile
from workbench.space.file_writing import to_yaml
from workbench.space.files import RULES, parse_rules
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.scores import ScoreEntry
from workbench.space.system import System
from workbench.space.tuning import Tune

Values = dict[str, Any]
# The settings of the built-in strategies. Settings of the same name share one widget.
SEARCH_FIELDS: dict[str, NumberField] = {
    field.name: field for part in parts_of(Strategy).values() for field in number_fields(part)
}
USUAL = ("retriever", "top_k", "chunk_tokens", "rerank", "splitter", "query", "embedding", "chunk_overlap")
BASELINE_AXES = ("prompt", "model", *USUAL, *(axis for axis in RETRIEVAL_AXES if axis not in USUAL))
ROLES = tuple(setting.name for setting in SETTINGS if setting.one_for_all)
"""The settings that hold one model for all configurations."""
NONE = "none"
"""Stands among the values of an axis for no number or no model. An empty axis means the same."""
IN_FILE = " (in this file)"
_ABSENT = object()


class _Labels:
    """Names for entries that a file writes inline, different from those of registered ones."""

    def __init__(self) -> None:
        self.inline: dict[str, dict[str, Any]] = {}

    def of(self, entry: str | Prompt | Model | System | Tune) -> str:
        if isinstance(entry, str):
            return entry
        data = entry.model_dump(mode="json", exclude_defaults=True)
        first = entry.label if isinstance(entry, Tune) else f"{entry.name}{IN_FILE}"
        number, label = 2, first
        while self.inline.setdefault(label, data) != data:
            number, label = number + 1, f"{first}, {number}"
        return label

    def of_all(self, entries: list[Any]) -> list[str]:
        return list(dict.fromkeys(self.of(entry) for entry in entries))


def _score_settings(written: ExperimentFile) -> dict[str, Any]:
    return {
        entry.name: entry.model_dump(mode="json", exclude_defaults=True)
        for entry in written.scores
        if isinstance(entry, ScoreEntry)
    }


def _bounds(written: ExperimentFile) -> list[dict[str, Any]]:
    objective = written.objective
    return [
        {"measure": name, "must be": word, "value": value}
        for word, bounds in (("at least", objective.at_least), ("at most", objective.at_most))
        for name, value in bounds.items()
    ]


def to_values(written: ExperimentFile) -> tuple[Values, dict[str, dict[str, Any]]]:
    """Return (the value of every widget, label → entry of the prompts and models written inline)."""
    labels, axes, objective = _Labels(), written.retrieval, written.objective
    values: Values = {
        "name": written.name,
        "corpus": written.corpus,
        "tags": list(dict.fromkeys(written.questions.tags)),
        "limit": written.questions.limit or 0,
        "drafts": written.questions.drafts,
        "prompts": labels.of_all(list(written.prompts)),
        **{role: None if (m := getattr(axes, role)) is None else labels.of(m) for role in ROLES},
        "models": labels.of_all(list(written.models)),
        "systems": labels.of_all(list(written.systems)),
        "scores": list(dict.fromkeys(e if isinstance(e, str) else e.name for e in written.scores)),
        "score_settings": _score_settings(written),
        "judge": None if written.judge is None else labels.of(written.judge),
        "direction": "maximize" if objective.sign > 0 else "minimize",
        "target": objective.target,
        "others": [_aim(name, sign) for name, sign in objective.aims.items() if name != objective.target],
        "bounds": _bounds(written),
        "repeats": written.repeats,
        "holdout": written.holdout,
        "budget": written.budget_usd or 0.0,
        "seed": written.seed,
        "strategy": written.search.strategy,
        "search_settings": written.search.settings,
        "rules": _rules_text(written),
        "baseline_on": written.baseline is not None,
        "baseline_system": written.baseline.system if written.baseline else None,
    }
    for axis in BASELINE_AXES:
        chosen_one = getattr(written.baseline, axis, None)
        values[f"baseline_{axis}"] = None if chosen_one is None else _label_of_value(labels, chosen_one)
    for axis in RETRIEVAL_AXES:
        values[axis] = _axis_values(labels, getattr(axes, axis))
    for name, field in SEARCH_FIELDS.items():
        values[name] = written.search.settings.get(name, field.start)
    return values, labels.inline


def _axis_values(labels: _Labels, values: list[Any]) -> list[str]:
    if values == [None]:
        return []
    return list(dict.fromkeys(NONE if v is None else _label_of_value(labels, v) for v in values))


def _label_of_value(labels: _Labels, value: Any) -> str:
    return str(value) if isinstance(value, int | float) else labels.of(value)


def _aim(name: str, sign: int) -> str:
    return f"{'highest' if sign > 0 else 'lowest'} {name}"


def _rules_text(written: ExperimentFile) -> str:
    rules = written.model_dump(mode="json", include={*RULES}, exclude_defaults=True)
    return to_yaml(rules) if rules else ""


def complete_bounds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that have a measure and a value, as constraints."""
    return [
        {"measure": r["measure"], "must be": r.get("must be") or "at least", "value": float(r["value"])}
        for r in rows
        if r.get("measure") and r.get("value") is not None
    ]


def _number(value: str) -> Any:
    """Return a typed number as a number. Other text stays: the plan reports what is wrong with it."""
    text = str(value).strip()
    if text.isdecimal():
        return int(text)
    try:
        return float(text)
    except ValueError:
        return value


def _read(axis: str, value: str) -> Any:
    """Return a value of an axis as a file writes it."""
    if value == NONE and SETTING_BY_NAME[axis].default is None:
        return None
    return _number(value) if axis in NUMBERS else value


def _search(v: Values) -> dict[str, Any]:
    search: dict[str, Any] = {"strategy": v["strategy"]}
    if is_import_path(v["strategy"]):  # the page has no widgets for its settings
        return {**search, **v["search_settings"]}
    for field in number_fields(parts_of(Strategy)[v["strategy"]]):
        value = type(field.start)(v[field.name])
        if value != field.start or field.required:
            search[field.name] = value
    return search


def _objective(v: Values) -> dict[str, Any]:
    aims: dict[str, list[str]] = {v["direction"]: [v["target"]]}
    for aim in v["others"]:
        word, name = aim.split(" ", 1)
        if name != v["target"]:
            aims.setdefault("maximize" if word == "highest" else "minimize", []).append(name)
    objective: dict[str, Any] = {word: names[0] if len(names) == 1 else names for word, names in aims.items()}
    for bound in complete_bounds(v["bounds"]):
        word = "at_most" if bound["must be"] == "at most" else "at_least"
        objective.setdefault(word, {})[bound["measure"]] = bound["value"]
    return objective


def _axis(setting: RetrievalSetting) -> Callable[[Values], Any]:
    """Return the function that builds an axis.

    An empty one that needs no value is left out, and so are models that no part asks.
    """

    def build(v: Values) -> Any:
        idle = setting.asked_by and not _is_asked(setting, v)
        if idle or not (v[setting.name] or setting.default not in (None, 0)):
            return _ABSENT
        return [_read(setting.name, value) for value in v[setting.name]]

    return build


def _role(setting: RetrievalSetting) -> Callable[[Values], Any]:
    return lambda v: v[setting.name] if v[setting.name] and _is_asked(setting, v) else _ABSENT


def _is_asked(setting: RetrievalSetting, v: Values) -> bool:
    """Return whether a chosen part asks the model."""
    return any(asks_model(PART_AXES[axis], text) for axis in setting.asked_by for text in v[axis])


def _retrieval_part(
    setting: RetrievalSetting,
) -> tuple[tuple[str, ...], tuple[str, ...], Callable[[Values], Any]]:
    widgets = (setting.name, *setting.asked_by)
    return ("retrieval", setting.name), widgets, _axis(setting) if setting.is_axis else _role(setting)


def _rule(key: str) -> Callable[[Values], Any]:
    return lambda v: parse_rules(v["rules"], "rules").get(key, _ABSENT)


def _baseline(v: Values) -> Any:
    if not v["baseline_on"]:
        return _ABSENT
    if v["baseline_system"]:
        return {"system": v["baseline_system"]}
    chosen = {axis: v[f"baseline_{axis}"] for axis in BASELINE_AXES if v[f"baseline_{axis}"]}
    return {
        axis: value if axis in ("prompt", "model") else _read(axis, value) for axis, value in chosen.items()
    }


Build = Callable[[Values], Any]
_BASELINE = ("baseline_on", "baseline_system", *(f"baseline_{axis}" for axis in BASELINE_AXES))
# (path in the file, widgets that determine it, function that builds it), in the usual order of a file.
_PARTS: tuple[tuple[tuple[str, ...], tuple[str, ...], Build], ...] = (
    (("name",), ("name",), lambda v: (v["name"] or "").strip() or "untitled"),
    (("corpus",), ("corpus",), lambda v: v["corpus"]),
    (("questions", "tags"), ("tags",), lambda v: v["tags"]),
    (("questions", "limit"), ("limit",), lambda v: int(v["limit"] or 0) or _ABSENT),
    (("questions", "drafts"), ("drafts",), lambda v: v["drafts"] or _ABSENT),
    (("prompts",), ("prompts",), lambda v: v["prompts"]),
    *(_retrieval_part(setting) for setting in SETTINGS),
    (("models",), ("models",), lambda v: v["models"]),
    *(((key,), ("rules",), _rule(key)) for key in RULES),
    (("systems",), ("systems",), lambda v: v["systems"] or _ABSENT),
    (("routes",), (), lambda _: _ABSENT),  # edited in the file: no widget changes them
    (
        ("baseline",),
        ("baseline_on", "baseline_system", *(f"baseline_{axis}" for axis in BASELINE_AXES)),
        _baseline,
    ),
    (("repeats",), ("repeats",), lambda v: int(v["repeats"])),
    (("search",), ("strategy", "search_settings", *SEARCH_FIELDS), _search),
    (
        ("scores",),
        ("scores", "score_settings"),
        lambda v: [v["score_settings"].get(name, name) for name in v["scores"]],
    ),
    (("judge",), ("judge",), lambda v: v["judge"] or _ABSENT),
    (("objective",), ("direction", "target", "others", "bounds"), _objective),
    (("budget_usd",), ("budget",), lambda v: float(v["budget"] or 0) or _ABSENT),
    (("holdout",), ("holdout",), lambda v: round(float(v["holdout"]), 4)),
    (("seed",), ("seed",), lambda v: int(v["seed"])),
)
WIDGETS = tuple(dict.fromkeys(name for _, names, _ in _PARTS for name in names))


def to_data(
    values: Values, inline: dict[str, dict[str, Any]], before: Values, file: dict[str, Any]
) -> dict[str, Any]:
    """Return the content of an experiment file.

    values: the present values of the widgets.
    inline: label → entry of the prompts and models that are written inline.
    before: the values that `file` was first shown with.
    file: the data of the file that was loaded.

    Raises ExperimentError when the rules cannot be read.
    """
    data: dict[str, Any] = {}
    for path, names, build in _PARTS:
        if all(_same(values[name], before.get(name)) for name in names):
            value = _at(file, path)
        else:
            value = _with_inline(build(values), inline)
        if value is _ABSENT:
            continue
        *outer, key = path
        section = data
        for step in outer:
            section = section.setdefault(step, {})
        section[key] = value
    return data


def _same(value: Any, before: Any) -> bool:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "measure" in value[0]:
        return complete_bounds(value) == complete_bounds(before or [])
    return bool(value == before)


def _at(file: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = file
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return _ABSENT
        value = value[step]
    return value


def _with_inline(value: Any, inline: dict[str, dict[str, Any]]) -> Any:
    """Replace the labels of inline entries by the entries themselves."""
    if isinstance(value, str):
        return inline.get(value, value)
    if isinstance(value, dict):
        return {k: inline.get(v, v) if isinstance(v, str) else v for k, v in value.items()}
    return [_with_inline(v, inline) for v in value] if isinstance(value, list) else value


def check_stored(stored: dict[str, Any]) -> None:
    """Raise ValueError unless stored["values"] are of the types that the widgets can show.

    Values of later and earlier versions may be more or fewer: what is missing keeps its default. Before an
    experiment could name several, `rerank_model` was one text.
    """
    values = stored.get("values")
    if not isinstance(values, dict):
        raise ValueError("it has no values")
    if "rerank_model" in values and not isinstance(values["rerank_model"], list):
        values["rerank_model"] = [values["rerank_model"]] if values["rerank_model"] else []
    for name, value in values.items():
        kinds = _kinds().get(name)
        if kinds is not None and not isinstance(value, kinds):
            raise ValueError(f"its {name!r} is of another type")
        of = dict if name == "bounds" else str
        if isinstance(value, list) and not all(isinstance(v, of) for v in value):
            raise ValueError(f"its {name!r} holds something other than text")


def _kinds_of(value: Any) -> tuple[type, ...]:
    if isinstance(value, int | float):
        return (int, float)
    return (str, type(None)) if isinstance(value, str | None) else (type(value),)


@cache
def _kinds() -> dict[str, tuple[type, ...]]:
    """Widget → the types that its value may have, as those of the smallest file have them."""
    smallest = ExperimentFile(name="x", corpus="x", prompts=["x"], models=["x"])
    return {name: _kinds_of(value) for name, value in to_values(smallest)[0].items()}


def to_file_data(written: ExperimentFile) -> dict[str, Any]:
    """Return a file's data without the defaults."""
    return written.model_dump(mode="json", exclude_defaults=True)
