"""Builds the tables of parts that the docs and the `parts` command show.
Knows nothing about Markdown or terminals: a table is a head and rows of text."""

from __future__ import annotations

from collections.abc import Callable

from pydantic_core import PydanticUndefined

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
from workbench.parts.registry import parts_of

# The place in an experiment file where each kind of part is named.
PLACES: dict[str, type[Part]] = {
    "splitter": Splitter,
    "context": ChunkContext,
    "retriever": Retriever,
    "fusion": Fusion,
    "filter": Filter,
    "rerank": Reranker,
    "query": QueryTransform,
    "returns": Returns,
    "search": Strategy,
    "scores": Score,
    "judged": JudgedMetric,
}


ROLE_OF_KIND = {
    ChunkContext: "context_model",
    Retriever: "sparse_embedding",
    Reranker: "rerank_model",
    Filter: "query_model",
    QueryTransform: "query_model",
}


def settings_of(part: Part) -> str:
    """Return the settings in words: "`block` (5): questions between two checks of the results"."""
    settings = []
    for name, field in part.settings.model_fields.items():
        default = "required" if field.default is PydanticUndefined else f"{field.default}"
        description = field.description or ""
        settings.append(f"`{name}` ({default}): {description[:1].lower()}{description[1:]}")
    return "; ".join(settings)


def _needs(part: Part) -> str:
    needs = ["embeddings"] if getattr(part, "needs_vectors", False) else []
    role = ROLE_OF_KIND.get(type(part))
    calls = getattr(part, "calls", 0)
    if isinstance(part, Retriever):
        when = f" (with `{part.calls_with}`)" if part.calls_with else ""
        needs += [f"`{role}` for each chunk and question{when}"] if calls or when else []
    elif role is not None and calls:
        each = "chunk" if isinstance(part, ChunkContext) else "question"
        each = "follow-up question" if getattr(part, "for_follow_ups", False) else each
        needs.append(f"`{role}`, {calls} request{'s' * (calls > 1)} per {each}")
    return ", ".join(needs)


def _calls(metric: JudgedMetric) -> str:
    if metric.samples:
        return f"{metric.calls}; 1 when the judge's temperature is 0"
    calls = [f"{metric.calls_per_passage} per passage"] if metric.calls_per_passage else []
    return " and ".join([*calls, str(metric.calls)] if metric.calls else calls)


def _aims(part: Part) -> str:
    return "one" if isinstance(part, Strategy) and part.one_aim else "any number"


def _best(part: Part) -> str:
    return "1" if isinstance(part, Score) and part.higher_is_better else "0"


Column = tuple[str, Callable[[Part], str]]
_NAME: Column = ("name", lambda part: f"`{part.name}`")
_WHAT: Column = ("what it does", lambda part: part.help)
_SETTINGS: Column = ("settings (default)", settings_of)
_COLUMNS: dict[type[Part], tuple[Column, ...]] = {
    Splitter: (_NAME, _WHAT, _SETTINGS),
    Retriever: (_NAME, _WHAT, ("needs", _needs), _SETTINGS),
    Reranker: (_NAME, _WHAT, ("needs", _needs), _SETTINGS),
    QueryTransform: (_NAME, _WHAT, ("needs", _needs), _SETTINGS),
    ChunkContext: (_NAME, _WHAT, ("needs", _needs), _SETTINGS),
    Fusion: (_NAME, _WHAT, _SETTINGS),
    Filter: (_NAME, _WHAT, ("needs", _needs), _SETTINGS),
    Returns: (_NAME, _WHAT, _SETTINGS),
    Strategy: (
        _NAME,
        _WHAT,
        ("what it promises", lambda part: getattr(part, "promise", "")),
        ("aims", _aims),
        _SETTINGS,
    ),
    Score: (
        _NAME,
        ("what it measures", lambda part: part.help),
        ("best", _best),
        ("no score", lambda part: getattr(part, "not_applicable", "")),
    ),
    JudgedMetric: (
        _NAME,
        ("what it measures", lambda part: part.help),
        ("reads", lambda part: ", ".join(part.looks_at) if isinstance(part, JudgedMetric) else ""),
        ("maximum calls per answer", lambda part: _calls(part) if isinstance(part, JudgedMetric) else ""),
        ("best", _best),
    ),
}


def table_of(place: str) -> tuple[list[str], list[list[str]]]:
    """Return (head, one row per part) for a place in `PLACES`; columns that would be empty are left out."""
    kind = PLACES[place]
    columns = [
        (head, read) for head, read in _COLUMNS[kind] if any(read(part) for part in parts_of(kind).values())
    ]
    return [head for head, _ in columns], [
        [read(part) for _, read in columns] for part in parts_of(kind).values()
    ]


def parts_json(place: str) -> list[dict[str, object]]:
    """Return the parts of a place as data, as `parts --json` prints them."""
    return [
        {
            "name": part.name,
            "label": part.label,
            "help": part.help,
            "version": part.version,
            "settings": part.settings.model_json_schema().get("properties", {}),
        }
        for part in parts_of(PLACES[place]).values()
    ]
