"""Reads traces and observations that Langfuse exports, as JSON, JSONL or CSV.
Knows nothing about other formats.

Shapes (the API's TraceWithFullDetails, and Observation, whose fields exports follow): a trace has id,
timestamp, input, output, userId, latency in seconds, totalCost, observations and scores; an observation has
traceId, type (GENERATION, RETRIEVER, SPAN, …), startTime, endTime, input, output, model, usageDetails,
totalCost, level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.importing.types import Record, RowProblem, Source
from workbench.importing.values import as_text, parse_cell
from workbench.traces.requests_of_spans import passage_of
from workbench.traces.types import ImportedPassage, ImportedRequest
from workbench.traces.values import (
    answer_of,
    history_of,
    question_of,
    read_amount,
    read_count,
    read_thumb,
    read_time,
)

TRACE_COLUMNS = {"timestamp", "latency", "totalCost", "userId", "observations", "htmlPath", "bookmarked"}
OBSERVATION_COLUMNS = {"traceId", "startTime", "type"}
GENERATING = ("GENERATION",)
RETRIEVING = ("RETRIEVER",)
THUMB_NAMES = ("feedback", "thumb", "user", "rating", "like")
"""A score whose name holds one of these is a person's."""


def is_langfuse(source: Source) -> bool:
    columns = {*source.columns, *(source.value if isinstance(source.value, dict) else ())}
    if columns >= OBSERVATION_COLUMNS:
        return True
    return "trace" in columns or ({"id", "input", "output"} <= columns and len(columns & TRACE_COLUMNS) >= 2)


def read_langfuse(source: Source) -> tuple[list[ImportedRequest], list[RowProblem]]:
    """The requests of a file that was read whole, and the traces that have none."""
    traces: dict[str, list[Record]] = {}
    for record in langfuse_records(source):
        traces.setdefault(trace_of(record), []).append(record)
    found = [request_of_records(key, records) for key, records in traces.items()]
    requests = [request for request in found if isinstance(request, ImportedRequest)]
    return requests, [problem for problem in found if isinstance(problem, RowProblem)]


def langfuse_records(source: Source) -> Sequence[Record]:
    """The traces and observations of a file that was read whole."""
    if isinstance(source.value, dict) and not isinstance(source.value.get("data"), list):
        return [Record(1, source.value)]  # one trace, as its page downloads it
    return source.records


def trace_of(record: Record) -> str:
    """The id of the trace that a row is about."""
    is_observation, values = _values_of(record)
    return as_text(values.get("traceId" if is_observation else "id"))


def request_of_records(key: str, records: Sequence[Record]) -> ImportedRequest | RowProblem:
    """The request of the rows that are about one trace, or why there is none."""
    trace: dict[str, Any] = {}
    observations: list[dict[str, Any]] = []
    for record in records:
        is_observation, values = _values_of(record)
        if is_observation:
            observations.append(values)
        else:
            trace.update(values)
            observations += _objects(values.get("observations"))
    request = _request_of(key, trace, observations)
    if isinstance(request, str):
        return RowProblem(records[0].row, f"the trace {key or 'without an id'} {request}")
    return request


def _values_of(record: Record) -> tuple[bool, dict[str, Any]]:
    """(whether it is an observation, what the row says of it or of its trace)."""
    values = {key: parse_cell(value, quoted=True) for key, value in record.values.items()}
    if set(values) >= OBSERVATION_COLUMNS:
        return True, values
    return False, {**values, **_object(values.get("trace"))}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _request_of(
    key: str, trace: Mapping[str, Any], observations: list[dict[str, Any]]
) -> ImportedRequest | str:
    """The request, or why there is none."""
    observations = sorted(observations, key=lambda o: read_time(o.get("startTime")) or 0.0)
    tops = [o for o in observations if not o.get("parentObservationId")] or observations
    made = [o for o in observations if str(o.get("type")).upper() in GENERATING]
    found = [o for o in observations if str(o.get("type")).upper() in RETRIEVING]
    asked = [trace.get("input"), *(o.get("input") for o in (*tops, *found))]
    question = next(filter(None, map(question_of, asked)), "")
    asked_at = read_time(trace.get("timestamp") or (tops[0].get("startTime") if tops else None))
    if not question:
        return "has no question; it is left out"
    if asked_at is None:
        return "has no time; it is left out"
    said = [trace.get("output"), *(o.get("output") for o in (*tops, *reversed(made)))]
    failed = next((o for o in tops if str(o.get("level")).upper() == "ERROR"), None)
    thumb, comment = _thumb(_objects(trace.get("scores")))
    return ImportedRequest(
        key=key,
        question=question,
        answer=next(filter(None, map(answer_of, said)), ""),
        asked_at=asked_at,
        passages=next(filter(None, (_passages(o.get("output")) for o in reversed(found))), ()),
        history=history_of(trace.get("input"), question),
        error="" if failed is None else as_text(failed.get("statusMessage")) or "It failed.",
        user=as_text(trace.get("userId")),
        model=next((as_text(o.get("model")) for o in reversed(made) if o.get("model")), None),
        cost_usd=_cost(trace, observations),
        input_tokens=sum(_tokens(o, "input", "promptTokens") for o in made),
        output_tokens=sum(_tokens(o, "output", "completionTokens") for o in made),
        seconds=read_amount(trace.get("latency")) or _seconds(tops),
        stage_seconds={
            name: seconds
            for name, seconds in (("retrieve", _seconds(found)), ("generate", _seconds(made)))
            if seconds > 0
        },
        thumb=thumb,
        comment=comment,
    )


def _thumb(scores: list[dict[str, Any]]) -> tuple[int, str]:
    for score in scores:
        if is_persons(score) and (thumb := read_thumb(value_of_score(score))):
            return thumb, as_text(score.get("comment"))
    return 0, ""


def is_persons(score: Mapping[str, Any]) -> bool:
    """Whether a person gave a score: in Langfuse itself, or under a name that says so."""
    name = str(score.get("name", "")).lower()
    return str(score.get("source", "")).upper() == "ANNOTATION" or any(part in name for part in THUMB_NAMES)


def value_of_score(score: Mapping[str, Any]) -> Any:
    return score.get("stringValue") or score.get("value")


def _passages(output: Any) -> tuple[ImportedPassage, ...]:
    value = parse_cell(output)
    if isinstance(value, dict):
        value = next((item for item in value.values() if isinstance(item, list)), [])
    passages = []
    for item in value if isinstance(value, list) else []:
        text = as_text(item)
        if text:
            metadata = {**item, **_object(item.get("metadata"))} if isinstance(item, dict) else {}
            passages.append(passage_of(text, metadata, as_text(metadata.get("id"))))
    return tuple(passages)


def _cost(trace: Mapping[str, Any], observations: list[dict[str, Any]]) -> float | None:
    if (whole := read_amount(trace.get("totalCost"))) is not None:
        return whole
    names = ("totalCost", "calculatedTotalCost")
    costs = [read_amount(next((o[n] for n in names if o.get(n) is not None), None)) for o in observations]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _tokens(observation: Mapping[str, Any], name: str, older: str) -> int:
    usage = _object(observation.get("usageDetails")) or _object(observation.get("usage"))
    return read_count(usage.get(name, observation.get(older)))


def _seconds(observations: list[dict[str, Any]]) -> float:
    starts = [t for o in observations if (t := read_time(o.get("startTime"))) is not None]
    ends = [t for o in observations if (t := read_time(o.get("endTime"))) is not None]
    return max(0.0, max(ends) - min(starts)) if starts and ends else 0.0
