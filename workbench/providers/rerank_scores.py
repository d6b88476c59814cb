"""Finds the scores in a reranking server's reply, in all the forms that servers send them.
Knows nothing about requests: a reply's JSON, the question and the passages come in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.providers.reported_usage import read_count
from workbench.providers.token_counts import count
from workbench.providers.types import Usage

# Cohere, Jina, vLLM, llama.cpp and LocalAI; Voyage and Mixedbread; NVIDIA; DashScope, with a dict around it.
LISTS = ("results", "data", "rankings", "output")
SCORES = ("relevance_score", "score", "relevanceScore", "logit")


class WrongScores(ValueError):
    """A reply that does not score the passages; the message says what it has instead."""


def read_scores(raw: Any, passages: int) -> tuple[float | None, ...]:
    """The scores in the order of the passages, whatever the order of the reply; None for one left out.

    Raises WrongScores for a reply without a score, with an index that no passage has, with two scores for
    one passage, or with a score that is no finite number.
    """
    rows = _rows_of(raw)
    scores: list[float | None] = [None] * passages
    for position, row in enumerate(rows):
        index, value = _read_row(row, position)
        if not 0 <= index < passages:
            raise WrongScores(f"with index {index}, and there are {passages} passages (0 to {passages - 1})")
        if scores[index] is not None:
            raise WrongScores(f"with two scores for the passage of index {index}")
        scores[index] = value
    if all(score is None for score in scores):
        raise WrongScores("without a score")
    return tuple(scores)


def _rows_of(raw: Any) -> Sequence[Any]:
    if isinstance(raw, Mapping):
        inner = next((raw[name] for name in LISTS if raw.get(name) is not None), None)
        return _rows_of(inner)
    if isinstance(raw, list):
        return raw
    raise WrongScores("without a list of scores")


def _read_row(row: Any, position: int) -> tuple[int, float]:
    """(index of the passage, score). A bare number is the score of the passage at this position."""
    if not isinstance(row, Mapping):
        return position, _finite(row)
    index = row.get("index")
    if isinstance(index, bool) or not isinstance(index, int):
        raise WrongScores(f"with {index!r} for the index of a passage")
    return index, _finite(next((row[name] for name in SCORES if name in row), None))


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongScores(f"with {str(value)[:40]!r} for a score")
    return float(value)


def read_rerank_usage(raw: Any, query: str, texts: Sequence[str]) -> Usage:
    """The tokens and searches that the reply reports; tokens are counted here where it reports none, and a
    request is one search where it does not say."""
    reported = dict(_reported(raw))
    tokens = next(
        (reported[n] for n in ("total_tokens", "prompt_tokens", "input_tokens") if n in reported), None
    )
    searches = float(reported.get("search_units", 1))
    if tokens is None:
        counted = len(texts) * count(query) + sum(count(text) for text in texts)
        return Usage(input=counted, estimated=True, searches=searches)
    return Usage(input=tokens, searches=searches)


def _reported(raw: Any) -> Iterator[tuple[str, int]]:
    """Counts by name, from `usage` and from Cohere's `meta`, where `billed_units` is what counts."""
    meta = raw.get("meta") if isinstance(raw, Mapping) else None
    places = [raw.get("usage") if isinstance(raw, Mapping) else None]
    if isinstance(meta, Mapping):
        places += [meta.get("tokens"), meta.get("billed_units")]
    for place in places:
        for name, value in place.items() if isinstance(place, Mapping) else ():
            if (number := read_count(value)) is not None:
                yield name, number
