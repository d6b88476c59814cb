"""Named starting points for an experiment: what each sets, on the prompts and models that are at hand.
Knows nothing about pages, nor where prompts and models come from.

A preset leaves name, corpus, questions, budget, held-out share and seed as they are, and the objective and
scores, too, unless it is about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.parts.part import Strategy
from workbench.parts.registry import find_part
from workbench.parts.scores import DEFAULT_SCORES
from workbench.parts.strategies import DEFAULT_STRATEGY
from workbench.space.experiment import ExperimentFile, Objective
from workbench.space.retrieval import DEFAULT_EMBEDDING, RetrievalAxes

MOST_PROMPTS = 6
MOST_MODELS = 6
# What a file says of the axes, in its order.
KEPT = ("name", "corpus", "questions", "budget_usd", "holdout", "seed", "scores", "judge", "objective")


@dataclass(frozen=True)
class AtHand:
    """prompts: by name.  models: chat models that can be asked, by name.  priced: those of them with a price.
    prompt, model: the one to take where one is enough; None where there is none.  embedding: likewise."""

    prompts: Sequence[str]
    models: Sequence[str]
    priced: Sequence[str]
    prompt: str | None
    model: str | None
    embedding: str = DEFAULT_EMBEDDING


Parts = dict[str, Any]


@dataclass(frozen=True)
class Preset:
    """what: a sentence for people.  parts: what it sets.  needs: in words, what is missing; "" if nothing."""

    name: str
    what: str
    parts: Callable[[AtHand], Parts]
    needs: Callable[[AtHand], str] = lambda at_hand: ""


def _retrieval(at_hand: AtHand, **axes: Any) -> Parts:
    usual = {
        "splitter": ["markdown"],
        "chunk_tokens": [192],
        "chunk_overlap": [16],
        "embedding": [at_hand.embedding],
        "retriever": ["hybrid"],
        "top_k": [4],
    }
    return usual | axes


def _one(name: str | None) -> list[str]:
    return [] if name is None else [name]


# Settings that usually matter, far enough apart to tell.
WIDE: dict[str, list[Any]] = {
    "splitter": ["sentence", "markdown"],
    "chunk_tokens": [64, 128, 256],
    "retriever": ["dense", "keyword", "hybrid"],
    "top_k": [2, 4, 8],
}


def _quick(at_hand: AtHand) -> Parts:
    return {
        "prompts": _one(at_hand.prompt),
        "retrieval": _retrieval(at_hand, retriever=["keyword", "hybrid"], top_k=[2, 6]),
        "models": _one(at_hand.model),
        "scores": [*DEFAULT_SCORES],
        "judge": None,
        "objective": {"maximize": "correctness"},
    }


def _sweep(at_hand: AtHand) -> Parts:
    return {
        "prompts": _one(at_hand.prompt),
        "retrieval": _retrieval(at_hand, **WIDE),
        "models": _one(at_hand.model),
        "search": {"strategy": "race"},
        "scores": ["retrieval"],
    }


def _prompts(at_hand: AtHand) -> Parts:
    return {
        "prompts": [*at_hand.prompts[:MOST_PROMPTS]],
        "retrieval": _retrieval(at_hand),
        "models": _one(at_hand.model),
    }


def _models(at_hand: AtHand) -> Parts:
    return {
        "prompts": _one(at_hand.prompt),
        "retrieval": _retrieval(at_hand, top_k=[2, 6]),
        "models": [*at_hand.models[:MOST_MODELS]],
    }


def _everything(at_hand: AtHand) -> Parts:
    return {
        "prompts": [*at_hand.prompts[:MOST_PROMPTS]],
        "retrieval": _retrieval(at_hand, **WIDE, rerank=["none", "mmr"]),
        "models": [*at_hand.models[:MOST_MODELS]],
        "search": {"strategy": "model"},
    }


def _cheapest(at_hand: AtHand) -> Parts:
    return {
        "prompts": [*at_hand.prompts[:2]],
        "retrieval": _retrieval(
            at_hand, chunk_tokens=[64, 128], retriever=["keyword", "hybrid"], top_k=[1, 2, 4]
        ),
        "models": [*at_hand.priced[:MOST_MODELS]],
        "search": {"strategy": "race"},
        "scores": ["correctness", "grounding"],
        "objective": {
            "minimize": "cost_per_1k_questions",
            "at_least": {"correctness": 0.35, "grounding": 0.6},
        },
    }


def _two(what: str, of: Callable[[AtHand], Sequence[str]]) -> Callable[[AtHand], str]:
    return lambda at_hand: "" if len(of(at_hand)) > 1 else f"It needs two {what} or more."


PRESETS = (
    Preset("Quick look", "Does it work at all? Four configurations, one prompt, one model.", _quick),
    Preset(
        "Retrieval sweep",
        "One prompt and one model under 54 ways to find passages; a race drops the worse ones early.",
        _sweep,
    ),
    Preset(
        "Prompts against each other",
        "Every prompt on the same passages, asked of one model.",
        _prompts,
        _two("prompts", lambda at_hand: at_hand.prompts),
    ),
    Preset(
        "Models against each other",
        "Every model that can be asked, with few passages and with many.",
        _models,
        _two("models that can be asked", lambda at_hand: at_hand.models),
    ),
    Preset(
        "Everything, searched",
        "All three axes at once, far more than can be asked; a model of the settings picks what to ask.",
        _everything,
    ),
    Preset(
        "Cheapest that holds",
        "The lowest cost among those that are good enough; the bars are a start, set your own.",
        _cheapest,
        lambda at_hand: "" if at_hand.priced else "It needs a model with a price.",
    ),
)


def apply_preset(preset: Preset, at_hand: AtHand, data: Parts) -> Parts:
    """An experiment file's data after the preset. Scores that the file has stay, the preset's are added; a
    quick look takes its own alone. Rules about single configurations go: they were about other axes."""
    parts = preset.parts(at_hand)
    made = {key: value for key, value in data.items() if key in KEPT} | parts
    if "scores" in parts and "judge" not in parts:
        before = data.get("scores", DEFAULT_SCORES)
        made["scores"] = [*before, *(s for s in parts["scores"] if s not in _names(before))]
    strategy = find_part(Strategy, made.get("search", {}).get("strategy", DEFAULT_STRATEGY))
    if strategy is not None and strategy.one_aim:
        made["objective"] = _first_aim(made.get("objective", {"maximize": "correctness"}))
    return {key: value for key, value in made.items() if value is not None}


def _first_aim(objective: Parts) -> Parts:
    """The objective with the aim that ranks alone: these searches follow one."""
    aims = Objective.model_validate(objective)
    bounds = {key: value for key, value in objective.items() if key in ("at_least", "at_most")}
    return {"maximize" if aims.sign > 0 else "minimize": aims.target} | bounds


def _names(scores: Sequence[Any]) -> list[str]:
    return [s if isinstance(s, str) else str(s.get("name")) for s in scores]


def describe_changes(before: Parts, after: Parts) -> list[str]:
    """What differs between two experiment files' data, in words: "top_k: 2, 6 → 2, 4, 8"."""
    found = []
    for key in ("prompts", "models", *RetrievalAxes.model_fields):
        old, new = (_setting(data, key) for data in (before, after))
        if old != new:
            found.append(f"{key}: {_words(old)} → {_words(new)}")
    for key in ("search", "scores", "judge", "objective", "repeats", "exclude", "conditions", "configs"):
        old, new = (_plain(data.get(key, _default(ExperimentFile, key))) for data in (before, after))
        if key == "search":
            old, new = ({"strategy": DEFAULT_STRATEGY} | search for search in (old, new))
        if old != new:
            found.append(f"{key}: {_words(old)} → {_words(new)}")
    return found


def _default(shape: type[Any], key: str) -> Any:
    field = shape.model_fields[key]
    return None if field.is_required() else field.default


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_defaults=True) if hasattr(value, "model_dump") else value


def _setting(data: Parts, key: str) -> Any:
    if key in ("prompts", "models"):
        return data.get(key, [])
    found = data.get("retrieval", {}).get(key, _default(RetrievalAxes, key))
    return found if isinstance(found, list) or key.endswith("_model") else [found]


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
