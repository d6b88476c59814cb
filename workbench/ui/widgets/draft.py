"""The experiment being designed: from a file into the page's widgets, and from them into a file.
Knows nothing about how widgets are laid out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.space.experiment import SEARCH_SETTINGS, ExperimentFile
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.scores import ScoreEntry
from workbench.ui.services import Services

KEY = "design."
# What the page shows of each strategy's settings until they are changed.
SEARCH_DEFAULTS: dict[str, int | float] = {
    "trials": 20, "first": 8, "keep": 0.33, "block": 5, "confidence": 0.95, "answers": 0.2,
}  # fmt: skip
AXES = ("splitter", "chunk_tokens", "chunk_overlap", "retriever", "top_k", "rerank", "query")


def put(name: str, value: Any) -> None:
    st.session_state[KEY + name] = value


def get(name: str, default: Any = None) -> Any:
    return st.session_state.get(KEY + name, default)


def _model_name(entry: str | Model) -> str:
    """A model's name; one that is written inline is kept beside the registered ones."""
    if isinstance(entry, Model):
        inline = dict(get("inline_models", {}))
        inline[entry.name] = entry.model_dump(mode="json", exclude_defaults=True)
        put("inline_models", inline)
        return entry.name
    return entry


def _score_name(entry: str | ScoreEntry) -> str:
    """A score's name; its settings, which the page has no widgets for, are kept beside it."""
    if isinstance(entry, str):
        return entry
    settings = dict(get("score_settings", {}))
    settings[entry.name] = entry.model_dump(mode="json", exclude_defaults=True)
    put("score_settings", settings)
    return entry.name


def load(services: Services, written: ExperimentFile) -> None:
    """Set every widget to what an experiment file says."""
    put("inline_models", {})
    put("score_settings", {})
    put("name", written.name)
    put("corpus", written.corpus)
    put(
        "prompts",
        [services.save_prompt(p).label if isinstance(p, Prompt) else p for p in written.prompts],
    )
    put("models", [_model_name(m) for m in written.models])
    axes = written.retrieval
    for axis in AXES:
        put(axis, [str(v) if isinstance(v, int) else v for v in getattr(axes, axis)])
    put("embedding", [_model_name(m) for m in axes.embedding])
    for role in ("query_model", "rerank_model"):
        named = getattr(axes, role)
        put(role, None if named is None else _model_name(named))
    put("tags", list(written.questions.tags))
    put("limit", written.questions.limit or 0)
    put("scores", [_score_name(entry) for entry in written.scores])
    put("more_aims", {n: s for n, s in written.objective.aims.items() if n != written.objective.target})
    put("direction", "maximize" if written.objective.sign > 0 else "minimize")
    put("target", written.objective.target)
    bounds = [
        {"measure": name, "must be": word, "value": value}
        for word, found in (("at least", written.objective.at_least), ("at most", written.objective.at_most))
        for name, value in found.items()
    ]
    put("bounds", bounds)
    put("bounds_round", get("bounds_round", 0) + 1)
    put("repeats", written.repeats)
    put("holdout", written.holdout)
    put("budget", written.budget_usd or 0.0)
    put("seed", written.seed)
    put("strategy", written.search.strategy)
    for name, default in SEARCH_DEFAULTS.items():
        put(name, getattr(written.search, name) or default)
    put("exclude", list(written.exclude))
    put("conditions", [c.model_dump(mode="json") for c in written.conditions])
    put("configs", written.configs)
    put("judge", None if written.judge is None else _model_name(written.judge))
    put("loaded", True)


def _as_list(aims: Any) -> list[str]:
    return [aims] if isinstance(aims, str) else list(aims or [])


def _entry(name: str) -> Any:
    return get("inline_models", {}).get(name, name)


def _numbers(values: list[str]) -> list[Any]:
    """Typed values as numbers; what is none stays as it is, and the plan says what is wrong with it."""
    return [int(v) if str(v).strip().isdigit() else v for v in values]


def to_data(bounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The widgets' values as the content of an experiment file."""
    retrieval: dict[str, Any] = {axis: get(axis, []) for axis in AXES}
    for axis in ("chunk_tokens", "chunk_overlap", "top_k"):
        retrieval[axis] = _numbers(retrieval[axis])
    retrieval["embedding"] = [_entry(m) for m in get("embedding", [])]
    if "hyde" in retrieval["query"]:
        retrieval["query_model"] = _entry(get("query_model")) if get("query_model") else None
    if "llm" in retrieval["rerank"]:
        retrieval["rerank_model"] = _entry(get("rerank_model")) if get("rerank_model") else None
    objective: dict[str, Any] = {get("direction", "maximize"): get("target", "correctness")}
    for name, sign in get("more_aims", {}).items():
        if name != get("target"):
            word = "maximize" if sign > 0 else "minimize"
            objective[word] = [*_as_list(objective.get(word)), name]
    for bound in bounds:
        if bound.get("measure") and bound.get("value") is not None:
            word = "at_most" if bound.get("must be") == "at most" else "at_least"
            objective.setdefault(word, {})[bound["measure"]] = float(bound["value"])
    search: dict[str, Any] = {"strategy": get("strategy", "grid")}
    for name in SEARCH_SETTINGS[search["strategy"]]:
        default = SEARCH_DEFAULTS[name]
        value = type(default)(get(name, default))
        if value != default or name == "trials":  # trials has no default in a file
            search[name] = value
    data: dict[str, Any] = {
        "name": get("name", "").strip() or "untitled",
        "corpus": get("corpus"),
        "questions": {"tags": get("tags", []), "limit": int(get("limit", 0)) or None},
        "prompts": get("prompts", []),
        "retrieval": retrieval,
        "models": [_entry(m) for m in get("models", [])],
        "repeats": int(get("repeats", 1)),
        "search": search,
        "scores": [get("score_settings", {}).get(name, name) for name in get("scores", [])],
        "objective": objective,
        "budget_usd": float(get("budget", 0.0)) or None,
        "holdout": round(float(get("holdout", 0.3)), 2),
        "seed": int(get("seed", 7)),
    }
    for name in ("exclude", "conditions", "configs"):
        if get(name):
            data[name] = get(name)
    if get("judge"):
        data["judge"] = _entry(get("judge"))
    return data
