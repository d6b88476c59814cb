"""Finds a part by its kind and name, or by the import path of somebody else's entry.
Knows nothing about any single part, and searches nowhere: a part from outside is named by "module:NAME"."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TypeVar

from workbench.errors import ExperimentError
from workbench.nearest import did_you_mean
from workbench.parts.part import (
    JudgedMetric,
    Part,
    QueryTransform,
    Reranker,
    Retriever,
    Score,
    Splitter,
    Strategy,
)
from workbench.parts.query_transforms import QUERY_TRANSFORMS
from workbench.parts.rerankers import RERANKERS
from workbench.parts.retrievers import RETRIEVERS
from workbench.parts.scores import RUBRIC, SCORES
from workbench.parts.splitters import SPLITTERS
from workbench.parts.strategies import STRATEGIES

AnyPart = TypeVar("AnyPart", bound=Part)

BUILT_IN: dict[type[Part], tuple[Part, ...]] = {
    Splitter: SPLITTERS,
    Retriever: RETRIEVERS,
    Reranker: RERANKERS,
    QueryTransform: QUERY_TRANSFORMS,
    Strategy: STRATEGIES,
    Score: SCORES,
    JudgedMetric: tuple(score for score in SCORES if isinstance(score, JudgedMetric)),
}
_BY_NAME = {kind: {part.name: part for part in parts} for kind, parts in BUILT_IN.items()}


def parts_of(kind: type[AnyPart]) -> dict[str, AnyPart]:
    """The built-in parts of a kind by name, in the order in which pages list them."""
    return _BY_NAME[kind]  # type: ignore[return-value]


def is_import_path(name: str) -> bool:
    """Whether a name is "module:NAME", an entry outside the package."""
    return ":" in name


def get_part(kind: type[AnyPart], name: str) -> AnyPart:
    """The entry of this name or import path. Raises ExperimentError where there is none of this kind."""
    if is_import_path(name):
        return _import(kind, name)
    try:
        return parts_of(kind)[name]
    except KeyError:
        raise ExperimentError(
            f"{name!r} is not a {kind.kind}.", hint=did_you_mean(name, parts_of(kind))
        ) from None


def find_part(kind: type[AnyPart], name: str) -> AnyPart | None:
    """As get_part, or None: a stored experiment may name a part that is no longer there."""
    try:
        return get_part(kind, name)
    except ExperimentError:
        return None


def _import(kind: type[AnyPart], path: str) -> AnyPart:
    module, _, name = path.partition(":")
    try:
        entry = getattr(import_module(module), name)
    except Exception as error:  # whatever a module of somebody else's raises
        raise ExperimentError(
            f"{path!r} cannot be imported: {type(error).__name__}: {error}.",
            hint="A part of your own is written module:NAME; the module must be importable from the folder "
            "in which the command runs, or be installed.",
        ) from None
    if not isinstance(entry, kind):
        is_ = f"a {entry.kind}" if isinstance(entry, Part) else f"of type {type(entry).__name__}"
        raise ExperimentError(
            f"{path!r} is {is_}, and a {kind.kind} belongs here.",
            hint=f"Make it a workbench.parts.part.{kind.__name__}.",
        )
    return entry


def score_entry(name: str) -> Score:
    """The entry of a score under its stored name; for a rubric, or a score no longer there, one is made."""
    bare = name.partition("(")[0]
    return find_part(Score, bare) or replace(RUBRIC, name=name, label=name)


def score_groups() -> dict[str, tuple[str, ...]]:
    """Names that stand for several scores, with those."""
    groups: dict[str, tuple[str, ...]] = {}
    for score in parts_of(Score).values():
        if score.group:
            groups[score.group] = (*groups.get(score.group, ()), score.name)
    return groups


def free_scores() -> dict[str, Score]:
    """The built-in scores that ask no model, by name."""
    return {n: s for n, s in parts_of(Score).items() if not isinstance(s, JudgedMetric)}
