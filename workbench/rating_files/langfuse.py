"""Reads the ratings of Langfuse: scores that people gave, beside their traces or in an export of their own.
Knows nothing about other formats.

Shapes (Langfuse's API and its exports): a trace has `scores`; a score has traceId, name, source ("ANNOTATION"
for one that was given in Langfuse, else "API" or "EVAL"), dataType, value or stringValue, comment,
authorUserId, updatedAt. A list of scores has no texts: they are on the traces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.importing.types import RowProblem, Source
from workbench.importing.values import as_text, parse_cell
from workbench.rating_files.of_requests import thumb_or_stars, with_request
from workbench.rating_files.types import ReadRating
from workbench.traces.langfuse import is_langfuse, is_persons, read_langfuse, value_of_score
from workbench.traces.types import ImportedRequest
from workbench.traces.values import read_number, read_time

NAME = "langfuse"
SCORE_COLUMNS = {"traceId", "name", "value"}


def is_langfuse_ratings(source: Source) -> bool:
    return _is_scores(source) or is_langfuse(source)


def _is_scores(source: Source) -> bool:
    columns = set(source.columns)
    return columns >= SCORE_COLUMNS and bool(columns & {"source", "dataType"})


def read_langfuse_ratings(
    source: Source, requests: Mapping[str, ImportedRequest]
) -> tuple[list[ReadRating], list[RowProblem]]:
    """requests: trace → its request, from another file."""
    problems: list[RowProblem] = []
    if not _is_scores(source):
        found, problems = read_langfuse(source)
        requests = {**requests, **{request.key: request for request in found}}
    scores = [(row, score) for row, score in _scores(source) if is_persons(score)]
    of_name: defaultdict[str, list[Any]] = defaultdict(list)
    for _, score in scores:
        of_name[as_text(score.get("name"))].append(value_of_score(score))
    ratings = []
    for row, score in scores:
        rating = _rating(row, score, of_name[as_text(score.get("name"))])
        if isinstance(rating, str):
            problems.append(RowProblem(row, f"{rating}; it is left out"))
        else:
            ratings.append(with_request(rating, requests.get(rating.trace)))
    return ratings, problems


def _scores(source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    if _is_scores(source):
        yield from ((record.row, record.values) for record in source.records)
        return
    whole = source.value
    one = isinstance(whole, dict) and not isinstance(whole.get("data"), list)
    rows = [(1, whole)] if one else [(record.row, record.values) for record in source.records]
    for row, values in rows:
        inner = parse_cell(values.get("trace"))
        trace = {**values, **inner} if isinstance(inner, dict) else values
        listed = parse_cell(trace.get("scores"))
        for score in listed if isinstance(listed, list) else []:
            if isinstance(score, dict):
                user = score.get("authorUserId") or trace.get("userId")
                yield row, {**score, "traceId": trace.get("id"), "authorUserId": user}


def _rating(row: int, score: Mapping[str, Any], others: Sequence[Any]) -> ReadRating | str:
    """The rating, or why there is none."""
    found = thumb_or_stars(value_of_score(score), [read_number(value) for value in others])
    if found is None:
        return f"the score {as_text(score.get('name'))[:40]!r} is neither a thumb nor stars"
    value, stars = found
    return ReadRating(
        row,
        value,
        stars=stars,
        trace=as_text(score.get("traceId")),
        user=as_text(score.get("authorUserId") or score.get("userId")),
        comment=as_text(score.get("comment")),
        source=NAME,
        given_at=read_time(score.get("updatedAt") or score.get("timestamp") or score.get("createdAt")),
    )
