"""From an experiment's axes to its configurations: product, exclusions, duplicates, search strategy.
Knows nothing about answers or scores."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ValidationError

from workbench.errors import ExperimentError
from workbench.fingerprint import fingerprint
from workbench.nearest import did_you_mean
from workbench.parts.choice import split_text, write
from workbench.space.config import Config
from workbench.space.experiment import Condition, Experiment
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import PART_AXES, ChunksAllOverlap, Retrieval

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


Facts = dict[str, Any]


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


def _axes(experiment: Experiment) -> dict[str, list[Any]]:
    """Axis → its values: prompts, models and embeddings as such, the rest as settings."""
    axes: dict[str, list[Any]] = {"prompt": list(experiment.prompts)}
    axes.update({name: list(getattr(experiment.retrieval, name)) for name in RETRIEVAL_AXES})
    axes["model"] = list(experiment.models)
    for name, values in axes.items():
        if not values:
            where = f"{name}s" if name in ("prompt", "model") else f"retrieval.{name}"
            raise ExperimentError(f"{where} is an empty list: an axis needs at least one value.")
    return axes


def _check_axis(key: str, where: str) -> None:
    if key not in EXCLUDABLE:
        raise ExperimentError(f"{where}: {key!r} is not an axis.", hint=did_you_mean(key, EXCLUDABLE))


def _check_rules(experiment: Experiment) -> None:
    for i, rule in enumerate(experiment.exclude, start=1):
        for key in rule:
            _check_axis(key, f"exclude, rule {i}")
        if not rule:
            raise ExperimentError(f"exclude, rule {i} is empty and would leave nothing.")
    for i, condition in enumerate(experiment.conditions, start=1):
        for key in (condition.axis, *condition.when):
            _check_axis(key, f"conditions, rule {i}")
        if not condition.when:
            raise ExperimentError(f"conditions, rule {i}: `when` is empty; it names when the axis varies.")
        if condition.axis in condition.when:
            raise ExperimentError(f"conditions, rule {i}: {condition.axis} cannot depend on itself.")


def _names(axis: str, value: Any) -> tuple[Any, ...]:
    """What a rule may call a value: a prompt by its name or its version's label, a model by its name, a part
    with settings by its name, too."""
    if isinstance(value, Prompt):
        return (value.name, value.label)
    if isinstance(value, Model):
        return (value.name,)
    return (value, split_text(value)[0]) if axis in PART_AXES else (value,)


def _called(axis: str, name: Any) -> Any:
    """A rule's word for a value; a part with settings may be written as in `retrieval`."""
    return write(PART_AXES[axis], name) if axis in PART_AXES and isinstance(name, dict) else name


def _fits(facts: Facts, rule: dict[str, Any]) -> bool:
    for axis, called in rule.items():
        words = [_called(axis, word) for word in (called if isinstance(called, list) else [called])]
        if not any(name in words for name in _names(axis, facts[axis])):
            return False
    return True


def _settle(facts: Facts, axes: dict[str, list[Any]], conditions: Sequence[Condition]) -> Facts:
    """An axis whose condition does not hold keeps its first value."""
    for condition in conditions:
        if not _fits(facts, condition.when):
            facts = {**facts, condition.axis: axes[condition.axis][0]}
    return facts


def _listed(experiment: Experiment, axes: dict[str, list[Any]]) -> Iterator[Facts]:
    """The configurations written out under `configs`."""
    if not experiment.configs:
        raise ExperimentError("configs is an empty list: leave it out, or name at least one configuration.")
    for i, written in enumerate(experiment.configs, start=1):
        facts = {axis: values[0] for axis, values in axes.items()}
        for axis, wanted in written.items():
            _check_axis(axis, f"configs, number {i}")
            facts[axis] = _called(axis, wanted)
            if axis in ("prompt", "model", "embedding"):
                found = [value for value in axes[axis] if wanted in _names(axis, value)]
                if not found:
                    known = [name for value in axes[axis] for name in _names(axis, value)]
                    listed = axis if axis == "embedding" else f"{axis}s"
                    raise ExperimentError(
                        f"configs, number {i}: {axis} {wanted!r} is not in this experiment's {listed}.",
                        hint=did_you_mean(str(wanted), known),
                    )
                facts[axis] = found[0]
        yield facts


def _combined(axes: dict[str, list[Any]]) -> Iterator[Facts]:
    """The product of all axes; prompts and models vary fastest, so that what shares an index is together."""
    order = (*RETRIEVAL_AXES, "prompt", "model")
    for values in product(*(axes[name] for name in order)):
        yield dict(zip(order, values, strict=True))


class _Retrievals:
    """One canonical Retrieval a setting, with its hash; None where chunks would be all overlap."""

    def __init__(self, experiment: Experiment) -> None:
        self._shared = {
            "query_model": experiment.retrieval.query_model,
            "rerank_model": experiment.retrieval.rerank_model,
        }
        self._known: dict[tuple[Any, ...], tuple[Retrieval, str] | None] = {}

    def find(self, facts: Facts) -> tuple[Retrieval, str] | None:
        key = tuple(id(v) if isinstance(v := facts[name], Model) else v for name in RETRIEVAL_AXES)
        if key not in self._known:
            self._known[key] = self._make(facts)
        return self._known[key]

    def _make(self, facts: Facts) -> tuple[Retrieval, str] | None:
        settings = {name: facts[name] for name in RETRIEVAL_AXES}
        try:
            made = Retrieval(**settings, **self._shared)
        except ChunksAllOverlap:
            return None
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            if first["type"] == "part":
                raise ExperimentError(f"retrieval.{name}: {first['msg']}") from None
            raise ExperimentError(f"retrieval.{name} is {first['input']!r}: {first['msg']}.") from None
        canonical = made.canonical()
        return canonical, fingerprint(canonical.content)


def expand(experiment: Experiment) -> Space:
    """Every distinct configuration of the experiment; of a random search, those that were drawn.

    Raises ExperimentError for an empty axis, a rule about no axis, or when nothing is left.
    """
    axes = _axes(experiment)
    _check_rules(experiment)
    listed = experiment.configs is not None
    grid_size = len(experiment.configs or ()) if listed else math.prod(len(v) for v in axes.values())
    tally = _Tally()
    seen: set[tuple[str, str, str]] = set()
    configs: list[Config] = []
    retrievals = _Retrievals(experiment)
    content = {id(v): fingerprint(v.content) for axis in ("prompt", "model") for v in axes[axis]}
    for combination in _listed(experiment, axes) if listed else _combined(axes):
        facts = _settle(combination, axes, experiment.conditions)
        found = retrievals.find(facts)
        if found is None:
            tally.overlong += 1
            continue
        retrieval, part = found
        # A rule about an embedding does not concern keyword search, which has none.
        named = {**facts, "embedding": retrieval.embedding}
        prompt, model = facts["prompt"], facts["model"]
        key = (content[id(prompt)], part, content[id(model)])
        if any(_fits(named, rule) for rule in experiment.exclude):
            tally.excluded += 1
        elif key in seen:
            tally.same += 1
        else:
            seen.add(key)
            configs.append(Config(prompt, retrieval, model))
    if not configs:
        raise ExperimentError(
            "No configuration is left to try. " + " ".join(tally.notes()),
            hint="Loosen `exclude` or give the axes other values.",
        )
    return Space(_drawn(configs, experiment), grid_size, tally.notes())


def _drawn(configs: list[Config], experiment: Experiment) -> tuple[Config, ...]:
    search = experiment.search
    if not search.chosen.part.draws or search.settings["trials"] >= len(configs):
        return tuple(configs)
    return tuple(random.Random(experiment.seed).sample(configs, search.settings["trials"]))


def knob_settings(config: Config) -> dict[str, str]:
    """Axis → setting as text, "" where it makes no difference: what a search strategy sees of it."""
    retrieval = config.retrieval
    settings = {
        name: "" if (value := getattr(retrieval, name)) is None else str(getattr(value, "name", value))
        for name in RETRIEVAL_AXES
    }
    return {"prompt": config.prompt.label, **settings, "model": config.model.name}
