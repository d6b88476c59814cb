"""Defines named starting points for an experiment, which use the prompts and models that are available.
Knows nothing about pages, nor where prompts and models come from.

A preset keeps the name, corpus, questions, budget, held-out share and seed. It keeps the objective and the
scores, too, unless it is about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.parts.part import Strategy
from workbench.parts.registry import find_part
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.parts.scores import DEFAULT_SCORES
from workbench.parts.strategies import DEFAULT_STRATEGY
from workbench.space.experiment import ExperimentFile, Objective
from workbench.space.retrieval_axes import RetrievalAxes

MOST_PROMPTS = 6
MOST_MODELS = 6
# As a mean, about that of a model of which half of the answers are right: on the labelled answers of two
# small models (benchmarks/labelled) right ones have 0.75 on average, wrong ones 0.08. Token F1, for
# which it was 0.35, has 0.37 and 0.14.
LEAST_CORRECTNESS = 0.4
KEPT = ("name", "corpus", "questions", "budget_usd", "holdout", "seed", "scores", "judge", "objective")


@dataclass(frozen=True)
class Available:
    """The prompts and models that a preset can use, by name."""

    prompts: Sequence[str]
    models: Sequence[str]
    """Chat models that can be called."""
    priced: Sequence[str]
    """Those of `models` that have a price."""
    prompt: str | None
    """The prompt for presets that use a single one; None where there is no prompt."""
    model: str | None
    """The model for presets that use a single one; None where there is no model."""
    embedding: str = DEFAULT_EMBEDDING
    """The embedding model."""


Data = dict[str, Any]
"""The data of an experiment file, or a part of it: key → value."""


@dataclass(frozen=True)
class Preset:
    """A named starting point."""

    name: str
    what: str
    """What it is for: a sentence for people."""
    parts: Callable[[Available], Data]
    """Returns the keys that it sets."""
    needs: Callable[[Available], str] = lambda available: ""
    """Returns what is missing, in words; "" if nothing is."""


def _retrieval(available: Available, **axes: Any) -> Data:
    defaults = {
        "splitter": ["markdown"],
        "chunk_tokens": [192],
        "chunk_overlap": [16],
        "embedding": [available.embedding],
        "retriever": ["hybrid"],
        "top_k": [4],
    }
    return defaults | axes


def _single(name: str | None) -> list[str]:
    return [] if name is None else [name]


# Values of the settings that usually matter, far enough apart to make a difference.
WIDE: dict[str, list[Any]] = {
    "splitter": ["sentence", "markdown"],
    "chunk_tokens": [64, 128, 256],
    "retriever": ["dense", "keyword", "hybrid"],
    "top_k": [2, 4, 8],
}


def _quick(available: Available) -> Data:
    return {
        "prompts": _single(available.prompt),
        "retrieval": _retrieval(available, retriever=["keyword", "hybrid"], top_k=[2, 6]),
        "models": _single(available.model),
        "scores": [*DEFAULT_SCORES],
        "judge": None,
        "objective": {"maximize": "correctness"},
    }


def _sweep(available: Available) -> Data:
    return {
        "prompts": _single(available.prompt),
        "retrieval": _retrieval(available, **WIDE),
        "models": _single(available.model),
        "search": {"strategy": "race"},
        "scores": ["retrieval"],
    }


def _prompts(available: Available) -> Data:
    return {
        "prompts": [*available.prompts[:MOST_PROMPTS]],
        "retrieval": _retrieval(available),
        "models": _single(available.model),
    }


def _models(available: Available) -> Data:
    return {
        "prompts": _single(available.prompt),
        "retrieval": _retrieval(available, top_k=[2, 6]),
        "models": [*available.models[:MOST_MODELS]],
    }


def _everything(available: Available) -> Data:
    return {
        "prompts": [*available.prompts[:MOST_PROMPTS]],
        "retrieval": _retrieval(available, **WIDE, rerank=["none", "mmr"]),
        "models": [*available.models[:MOST_MODELS]],
        "search": {"strategy": "model"},
    }


def _cheapest(available: Available) -> Data:
    return {
        "prompts": [*available.prompts[:2]],
        "retrieval": _retrieval(
            available, chunk_tokens=[64, 128], retriever=["keyword", "hybrid"], top_k=[1, 2, 4]
        ),
        "models": [*available.priced[:MOST_MODELS]],
        "search": {"strategy": "race"},
        "scores": ["correctness", "grounding"],
        "objective": {
            "minimize": "cost_per_1k_questions",
            "at_least": {"correctness": LEAST_CORRECTNESS, "grounding": 0.6},
        },
    }


def _needs_two(what: str, of: Callable[[Available], Sequence[str]]) -> Callable[[Available], str]:
    return lambda available: "" if len(of(available)) > 1 else f"It needs two {what} or more."


PRESETS = (
    Preset("Quick look", "Does it work at all? Four configurations, one prompt, one model.", _quick),
    Preset(
        "Retrieval sweep",
        "One prompt and one model with 54 retrieval settings; a race drops the worse ones early.",
        _sweep,
    ),
    Preset(
        "Prompts against each other",
        "Every prompt on the same passages, asked of one model.",
        _prompts,
        _needs_two("prompts", lambda available: available.prompts),
    ),
    Preset(
        "Models against each other",
        "Every model that can be called, with few passages and with many.",
        _models,
        _needs_two("models that can be asked", lambda available: available.models),
    ),
    Preset(
        "Everything, searched",
        "All three axes at once, more than can be tried in full; a model of the settings picks what to ask.",
        _everything,
    ),
    Preset(
        "Cheapest that holds",
        "The lowest cost among configurations that are good enough; the bounds are a start, set your own.",
        _cheapest,
        lambda available: "" if available.priced else "It needs a model with a price.",
    ),
)


def apply_preset(preset: Preset, available: Available, data: Data) -> Data:
    """Apply a preset to an experiment file's data; returns the new data.

    The preset's scores are added to those of the file; a preset that sets the judge replaces them. Rules
    (exclude, conditions, configs) are removed, since they were about other axes.
    """
    parts = preset.parts(available)
    changed = {key: value for key, value in data.items() if key in KEPT} | parts
    if "scores" in parts and "judge" not in parts:
        scores = data.get("scores", DEFAULT_SCORES)
        changed["scores"] = [*scores, *(s for s in parts["scores"] if s not in _names(scores))]
    strategy = find_part(Strategy, changed.get("search", {}).get("strategy", DEFAULT_STRATEGY))
    if strategy is not None and strategy.one_aim:
        changed["objective"] = _first_aim(changed.get("objective", {"maximize": "correctness"}))
    return {key: value for key, value in changed.items() if value is not None}


USUAL_PROMPT, USUAL_MODEL = "concise", "embedded/extractive"
"""What a new experiment names where there is no prompt or no model: the plan then says that it is missing."""
ENOUGH_FOR_PROMPTS = 60
"""From so many questions on, a first experiment compares two prompts, which doubles its configurations."""
ENOUGH_FOR_CHUNKS = 150
"""From so many questions on, it compares two chunk sizes as well."""


def starting_point(available: Available, corpus: str, questions: int) -> Data:
    """Return a first experiment for a corpus: the more questions, the more configurations, because fewer
    questions tell fewer configurations apart.

    questions: how many the corpus has.
    """
    axes: Data = {"retriever": ["keyword", "hybrid"], "top_k": [2, 6]}
    if questions >= ENOUGH_FOR_CHUNKS:
        axes["chunk_tokens"] = [128, 256]
    others = [p for p in available.prompts if p != available.prompt]
    prompts = [available.prompt or USUAL_PROMPT, *others[: questions >= ENOUGH_FOR_PROMPTS]]
    return {
        "name": corpus,
        "corpus": corpus,
        "prompts": prompts,
        "retrieval": _retrieval(available, **axes),
        "models": [available.model or USUAL_MODEL],
    }


def _first_aim(objective: Data) -> Data:
    """The objective with only the aim that ranks, for strategies that follow one aim."""
    aims = Objective.model_validate(objective)
    bounds = {key: value for key, value in objective.items() if key in ("at_least", "at_most")}
    return {"maximize" if aims.sign > 0 else "minimize": aims.target} | bounds


def _names(scores: Sequence[Any]) -> list[str]:
    return [s if isinstance(s, str) else str(s.get("name")) for s in scores]


def describe_changes(before: Data, after: Data) -> list[str]:
    """What differs between the data of two experiment files, in words, such as "top_k: 2, 6 → 2, 4, 8"."""
    changes = []
    for key in ("prompts", "models", *RetrievalAxes.model_fields):
        old, new = (_setting(data, key) for data in (before, after))
        if old != new:
            changes.append(f"{key}: {_words(old)} → {_words(new)}")
    for key in ("search", "scores", "judge", "objective", "repeats", "exclude", "conditions", "configs"):
        old, new = (_plain(data.get(key, _default(ExperimentFile, key))) for data in (before, after))
        if key == "search":
            old, new = ({"strategy": DEFAULT_STRATEGY} | search for search in (old, new))
        if old != new:
            changes.append(f"{key}: {_words(old)} → {_words(new)}")
    return changes


def _default(shape: type[Any], key: str) -> Any:
    field = shape.model_fields[key]
    return None if field.is_required() else field.default


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_defaults=True) if hasattr(value, "model_dump") else value


def _setting(data: Data, key: str) -> Any:
    if key in ("prompts", "models"):
        return data.get(key, [])
    value = data.get("retrieval", {}).get(key, _default(RetrievalAxes, key))
    return value if isinstance(value, list) or key.endswith("_model") else [value]


def _words(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return ", ".join(_words(v) for v in value)
    if isinstance(value, dict):
        if "name" in value:
            return str(value["name"])
        if "strategy" in value:
            return ", ".join(
                [str(value["strategy"]), *(f"{k} {v}" for k, v in value.items() if k != "strategy")]
            )
        return ", ".join(f"{k} {_words(v)}" for k, v in value.items()) or "none"
    return str(value)
