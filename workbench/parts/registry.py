"""Finds a part by kind and name, or by the import path of an entry outside the package.
Knows nothing about any single part, and discovers nothing: outside parts are named by "module:NAME"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

from workbench.errors import ExperimentError
from workbench.input.plain_data import shown
from workbench.nearest import did_you_mean
from workbench.parts.chunk_contexts import CHUNK_CONTEXTS
from workbench.parts.filters import FILTERS
from workbench.parts.fusions import FUSIONS
from workbench.parts.outside import OUTSIDE
from workbench.parts.part import (
    ChunkContext,
    Filter,
    Fusion,
    JudgedMetric,
    Part,
    QueryTransform,
    Reranker,
    Retriever,
    Returns,
    Score,
    Splitter,
    Strategy,
)
from workbench.parts.query_transforms import QUERY_TRANSFORMS
from workbench.parts.rerankers import RERANKERS
from workbench.parts.retrievers import RETRIEVERS
from workbench.parts.returns import RETURNS
from workbench.parts.scores import LIKED, RUBRIC, SCORES
from workbench.parts.splitters import SPLITTERS
from workbench.parts.strategies import STRATEGIES
from workbench.user_code.loading import load

AnyPart = TypeVar("AnyPart", bound=Part)

BUILT_IN: dict[type[Part], tuple[Part, ...]] = {
    Splitter: SPLITTERS,
    ChunkContext: CHUNK_CONTEXTS,
    Retriever: RETRIEVERS,
    Fusion: FUSIONS,
    Filter: FILTERS,
    Reranker: RERANKERS,
    QueryTransform: QUERY_TRANSFORMS,
    Returns: RETURNS,
    Strategy: STRATEGIES,
    Score: SCORES,
    JudgedMetric: tuple(score for score in SCORES if isinstance(score, JudgedMetric)),
}
# A number behind the colon is the value of a part's short setting.
_NUMBER_BEHIND = re.compile(r":-?\d+(\.\d+)?$")
_OUTSIDE = {kind: {part.name: part for part in parts} for kind, parts in OUTSIDE.items()}
_BY_NAME = {kind: {part.name: part for part in parts} for kind, parts in BUILT_IN.items()}


def parts_of(kind: type[AnyPart]) -> dict[str, AnyPart]:
    """Return the built-in parts of a kind by name, in the order in which pages list them."""
    return _BY_NAME[kind]  # type: ignore[return-value]


def is_import_path(name: str) -> bool:
    """Whether a name is an import path, "module:NAME", not a part with a number, `window:2`."""
    return ":" in name and not _NUMBER_BEHIND.search(name)


def get_part(kind: type[AnyPart], name: str) -> AnyPart:
    """Return the entry with this name or import path. Raises ExperimentError if none is of this kind."""
    if is_import_path(name):
        require_number_behind(kind, name)
        return _import(kind, name)
    part = _find_named(kind, name)
    if part is None:
        raise ExperimentError(f"{shown(name)} is not a {kind.kind}.", hint=did_you_mean(name, parts_of(kind)))
    return part


def _find_named(kind: type[AnyPart], name: str) -> AnyPart | None:
    return parts_of(kind).get(name) or _OUTSIDE.get(kind, {}).get(name)  # type: ignore[return-value]


def require_number_behind(kind: type[Part], path: str) -> None:
    """Raise ExperimentError for `window:two`: it names no module, but a part with something else than a
    number behind its colon."""
    name = path.partition(":")[0]
    part = parts_of(kind).get(name)
    if part is not None and part.short_setting:
        meaning = part.settings.model_fields[part.short_setting].description
        raise ExperimentError(
            f"{shown(path)}: behind the colon of {name} belongs a number, its {part.short_setting}.",
            hint=f"{meaning}." if meaning else None,
        )


def find_part(kind: type[AnyPart], name: str) -> AnyPart | None:
    """Like get_part, but return None when there is none: a stored experiment may name a part that is gone."""
    if not is_import_path(name):
        return _find_named(kind, name)  # at once: a run asks often, and a hint at the nearest name takes time
    try:
        return get_part(kind, name)
    except ExperimentError:
        return None


def _import(kind: type[AnyPart], path: str) -> AnyPart:
    entry = load(path)
    if not isinstance(entry, kind):
        actual = f"a {entry.kind}" if isinstance(entry, Part) else f"of type {type(entry).__name__}"
        raise ExperimentError(
            f"{path!r} is {actual}, and a {kind.kind} belongs here.",
            hint=f"Make it a workbench.parts.part.{kind.__name__}.",
        )
    return entry


def score_entry(name: str) -> Score:
    """Return the entry of a score by its stored name.

    A rubric, and a score whose entry is gone, get RUBRIC's entry under their own name.
    """
    bare_name = name.partition("(")[0]
    if name == LIKED.name:
        return LIKED
    return find_part(Score, bare_name) or replace(RUBRIC, name=name, label=name)


def score_groups() -> dict[str, tuple[str, ...]]:
    """Return each group name that stands for several scores, with the names of its scores."""
    groups: dict[str, tuple[str, ...]] = {}
    for score in parts_of(Score).values():
        if score.group:
            groups[score.group] = (*groups.get(score.group, ()), score.name)
    return groups


def free_scores() -> dict[str, Score]:
    """Return the built-in scores that make no model calls, by name."""
    return {n: s for n, s in parts_of(Score).items() if not isinstance(s, JudgedMetric)}
