"""From an experiment's axes to its configurations: product, exclusions, duplicates, search strategy.
Knows nothing about answers or scores."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from workbench.errors import ExperimentError
from workbench.fingerprint import fingerprint
from workbench.space.config import Config
from workbench.space.experiment import Experiment
from workbench.space.nearest import did_you_mean
from workbench.space.retrieval import Retrieval

RETRIEVAL_AXES = (
    "splitter", "chunk_tokens", "chunk_overlap", "embedding", "retriever", "top_k", "rerank", "query",
)  # fmt: skip
EXCLUDABLE = ("prompt", "model", *RETRIEVAL_AXES)


@dataclass(frozen=True)
class Space:
    """configs: distinct, in the order they are tried.  grid_size: combinations of all axes.

    notes: in words, what was left out and why.
    """

    configs: tuple[Config, ...]
    grid_size: int
    notes: tuple[str, ...]


def _axes(experiment: Experiment) -> dict[str, list[Any]]:
    axes: dict[str, list[Any]] = {name: getattr(experiment.retrieval, name) for name in RETRIEVAL_AXES}
    axes = {"prompts": experiment.prompts, **axes, "models": experiment.models}
    for name, values in axes.items():
        if not values:
            where = name if name in ("prompts", "models") else f"retrieval.{name}"
            raise ExperimentError(f"{where} is an empty list: an axis needs at least one value.")
    return axes


def _check_exclusions(experiment: Experiment) -> None:
    for i, rule in enumerate(experiment.exclude, start=1):
        for key in rule:
            if key not in EXCLUDABLE:
                raise ExperimentError(
                    f"exclude, rule {i}: {key!r} is not an axis.", hint=did_you_mean(key, EXCLUDABLE)
                )
        if not rule:
            raise ExperimentError(f"exclude, rule {i} is empty and would leave nothing.")


def _matches(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list) else bool(value == wanted)


def _excluded(facts: dict[str, Any], rules: list[dict[str, Any]]) -> bool:
    return any(all(_matches(facts[key], wanted) for key, wanted in rule.items()) for rule in rules)


@dataclass
class _Tally:
    overlong: int = 0
    excluded: int = 0
    same: int = 0

    def notes(self) -> tuple[str, ...]:
        found = []
        if self.overlong:
            found.append(f"{self.overlong} left out: chunk_overlap is not smaller than chunk_tokens.")
        if self.excluded:
            found.append(f"{self.excluded} left out by `exclude`.")
        if self.same:
            found.append(f"{self.same} left out: they send the same requests as another configuration.")
        return tuple(found)


def _retrievals(experiment: Experiment, axes: dict[str, list[Any]], tally: _Tally) -> Iterator[Retrieval]:
    weight = len(axes["prompts"]) * len(axes["models"])
    shared = {
        "query_model": experiment.retrieval.query_model,
        "rerank_model": experiment.retrieval.rerank_model,
    }
    for values in product(*(axes[name] for name in RETRIEVAL_AXES)):
        settings = dict(zip(RETRIEVAL_AXES, values, strict=True))
        if settings["chunk_overlap"] >= settings["chunk_tokens"]:
            tally.overlong += weight
            continue
        yield Retrieval(**settings, **shared)


def expand(experiment: Experiment) -> Space:
    """Every distinct configuration of the experiment, cut down by its search strategy.

    Raises ExperimentError for an empty axis, a rule about no axis, or when nothing is left.
    """
    axes = _axes(experiment)
    _check_exclusions(experiment)
    grid_size = 1
    for values in axes.values():
        grid_size *= len(values)
    tally = _Tally()
    seen: set[tuple[str, str, str]] = set()
    configs: list[Config] = []
    prompts = [(p, fingerprint(p.content)) for p in experiment.prompts]
    models = [(m, fingerprint(m.content)) for m in experiment.models]
    for retrieval in _retrievals(experiment, axes, tally):
        facts = {name: getattr(retrieval, name) for name in RETRIEVAL_AXES}
        facts["embedding"] = retrieval.embedding.name if retrieval.embedding else None
        canonical = retrieval.canonical()
        part = fingerprint(canonical.content)
        for (prompt, p), (model, m) in product(prompts, models):
            named = {**facts, "prompt": prompt.name, "model": model.name}
            if experiment.exclude and _excluded(named, experiment.exclude):
                tally.excluded += 1
            elif (p, part, m) in seen:
                tally.same += 1
            else:
                seen.add((p, part, m))
                configs.append(Config(prompt, canonical, model))
    if not configs:
        raise ExperimentError(
            "No configuration is left to try. " + " ".join(tally.notes()),
            hint="Loosen `exclude` or give the axes other values.",
        )
    return Space(_drawn(configs, experiment), grid_size, tally.notes())


def _drawn(configs: list[Config], experiment: Experiment) -> tuple[Config, ...]:
    wanted = experiment.search.trials
    if experiment.search.strategy == "grid" or wanted is None or wanted >= len(configs):
        return tuple(configs)
    return tuple(random.Random(experiment.seed).sample(configs, wanted))
