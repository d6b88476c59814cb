"""Turns an experiment file into the values of the Design page's widgets, and back without loss: what nobody
changed is written as it was read, whether the page has a widget for it or not.
Knows nothing about Streamlit: dictionaries in, dictionaries out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.parts.fields import NumberField, number_fields
from workbench.parts.part import QueryTransform, Reranker, Strategy
from workbench.parts.registry import is_import_path, parts_of
from workbench.space.experiment import ExperimentFile
from workbench.space.files import RULES, parse_rules, to_yaml
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import asks_model
from workbench.space.scores import ScoreEntry

Values = dict[str, Any]
# The settings of the built-in strategies. Settings of the same name share one widget.
SEARCH_FIELDS: dict[str, NumberField] = {
    field.name: field for part in parts_of(Strategy).values() for field in number_fields(part)
}
AXES = ("splitter", "chunk_tokens", "chunk_overlap", "retriever", "top_k", "rerank", "query")
NUMBERS = ("chunk_tokens", "chunk_overlap", "top_k")
BASELINE_AXES = (
    "prompt",
    "model",
    "retriever",
    "top_k",
    "chunk_tokens",
    "rerank",
    "splitter",
    "query",
    "embedding",
    "chunk_overlap",
)
IN_FILE = " (in this file)"
_ABSENT = object()


class _Labels:
    """Names for entries that a file writes inline, different from those of registered ones."""

    def __init__(self) -> None:
        self.inline: dict[str, dict[str, Any]] = {}

    def of(self, entry: str | Prompt | Model) -> str:
        if isinstance(entry, str):
            return entry
        data = entry.model_dump(mode="json", exclude_defaults=True)
        number, label = 2, f"{entry.name}{IN_FILE}"
        while self.inline.setdefault(label, data) != data:
            number, label = number + 1, f"{entry.name}{IN_FILE}, {number}"
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
        "embedding": labels.of_all(list(axes.embedding)),
        "query_model": None if axes.query_model is None else labels.of(axes.query_model),
        "rerank_model": None if axes.rerank_model is None else labels.of(axes.rerank_model),
        "models": labels.of_all(list(written.models)),
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
    }
    for axis in BASELINE_AXES:
        chosen_one = getattr(written.baseline, axis, None)
        values[f"baseline_{axis}"] = None if chosen_one is None else _label_of_value(labels, chosen_one)
    for axis in AXES:
        chosen = getattr(axes, axis)
        values[axis] = list(dict.fromkeys(str(v) for v in chosen))
    for name, field in SEARCH_FIELDS.items():
        values[name] = written.search.settings.get(name, field.start)
    return values, labels.inline


def _label_of_value(labels: _Labels, value: Any) -> str:
    return str(value) if isinstance(value, int) else labels.of(value)


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
    """Return a typed number as an int. Other text stays: the plan reports what is wrong with it."""
    return int(value) if str(value).strip().isdecimal() else value


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


def _axis(axis: str) -> Callable[[Values], Any]:
    return lambda v: [_number(x) for x in v[axis]] if axis in NUMBERS else v[axis]


def _role(role: str, axis: str, kind: type[Reranker] | type[QueryTransform]) -> Callable[[Values], Any]:
    return lambda v: v[role] if v[role] and any(asks_model(kind, text) for text in v[axis]) else _ABSENT


def _rule(key: str) -> Callable[[Values], Any]:
    return lambda v: parse_rules(v["rules"], "rules").get(key, _ABSENT)


def _baseline(v: Values) -> Any:
    if not v["baseline_on"]:
        return _ABSENT
    chosen = {axis: v[f"baseline_{axis}"] for axis in BASELINE_AXES if v[f"baseline_{axis}"]}
    return {axis: _number(value) if axis in NUMBERS else value for axis, value in chosen.items()}


Build = Callable[[Values], Any]
# (path in the file, widgets that determine it, function that builds it), in the usual order of a file.
_PARTS: tuple[tuple[tuple[str, ...], tuple[str, ...], Build], ...] = (
    (("name",), ("name",), lambda v: (v["name"] or "").strip() or "untitled"),
    (("corpus",), ("corpus",), lambda v: v["corpus"]),
    (("questions", "tags"), ("tags",), lambda v: v["tags"]),
    (("questions", "limit"), ("limit",), lambda v: int(v["limit"] or 0) or _ABSENT),
    (("questions", "drafts"), ("drafts",), lambda v: v["drafts"] or _ABSENT),
    (("prompts",), ("prompts",), lambda v: v["prompts"]),
    *((("retrieval", axis), (axis,), _axis(axis)) for axis in (*AXES[:3], "embedding", *AXES[3:])),
    (("retrieval", "query_model"), ("query_model", "query"), _role("query_model", "query", QueryTransform)),
    (("retrieval", "rerank_model"), ("rerank_model", "rerank"), _role("rerank_model", "rerank", Reranker)),
    (("models",), ("models",), lambda v: v["models"]),
    *(((key,), ("rules",), _rule(key)) for key in RULES),
    (("baseline",), ("baseline_on", *(f"baseline_{axis}" for axis in BASELINE_AXES)), _baseline),
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

    Values of later and earlier versions may be more or fewer: what is missing keeps its default.
    """
    values = stored.get("values")
    if not isinstance(values, dict):
        raise ValueError("it has no values")
    for name, value in values.items():
        kinds = _KINDS.get(name)
        if kinds is not None and not isinstance(value, kinds):
            raise ValueError(f"its {name!r} is of another type")
        of = dict if name == "bounds" else str
        if isinstance(value, list) and not all(isinstance(v, of) for v in value):
            raise ValueError(f"its {name!r} holds something other than text")


def _kinds_of(value: Any) -> tuple[type, ...]:
    if isinstance(value, int | float):
        return (int, float)
    return (str, type(None)) if isinstance(value, str | None) else (type(value),)


_SMALLEST = ExperimentFile(name="x", corpus="x", prompts=["x"], models=["x"])
_KINDS = {name: _kinds_of(value) for name, value in to_values(_SMALLEST)[0].items()}


def to_file_data(written: ExperimentFile) -> dict[str, Any]:
    """Return a file's data without the defaults."""
    return written.model_dump(mode="json", exclude_defaults=True)
