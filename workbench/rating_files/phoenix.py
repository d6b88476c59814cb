"""Reads the ratings of Phoenix: annotations that people gave to spans and traces.
Knows nothing about other formats.

Shapes (Phoenix's API and the data frames of its client): an annotation has span_id or trace_id, name or
annotation_name, annotator_kind ("HUMAN", "LLM" or "CODE"), label, score and explanation (in the API's JSON
inside `result`, in data frames also as result.label), user_id, identifier, updated_at. It has no texts: they
are on the spans. A data set that was made of annotated spans has the texts, and the annotations by name in
metadata.annotations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.importing.types import Record, RowProblem, Source
from workbench.importing.values import as_text, parse_cell
from workbench.rating_files.of_requests import thumb_or_stars, with_request
from workbench.rating_files.types import ReadRating
from workbench.traces.types import ImportedRequest
from workbench.traces.values import answer_of, history_of, question_of, read_number, read_thumb, read_time

NAME = "phoenix"
PERSON = "HUMAN"


def is_phoenix_ratings(source: Source) -> bool:
    columns = set(source.columns)
    if "annotator_kind" in columns and columns & {"span_id", "trace_id", "context.span_id"}:
        return True
    return any(_annotations(record) for record in source.records[:20])


def read_phoenix_ratings(
    source: Source, requests: Mapping[str, ImportedRequest]
) -> tuple[list[ReadRating], list[RowProblem]]:
    """requests: trace and span → the request of the trace, from another file."""
    of_name: defaultdict[str, list[float | None]] = defaultdict(list)
    people = []
    for record, note in _all(source):
        if str(note.get("annotator_kind", PERSON)).upper() == PERSON:
            people.append((record, note))
            of_name[_name(note)].append(read_number(_result(note, "score")))
    ratings, problems = [], []
    for record, note in people:
        rating = _rating(record, note, of_name[_name(note)])
        if isinstance(rating, str):
            problems.append(RowProblem(record.row, f"{rating}; it is left out"))
        elif rating is not None:
            ratings.append(with_request(rating, requests.get(rating.trace)))
    return ratings, problems


def _all(source: Source) -> Iterator[tuple[Record, Mapping[str, Any]]]:
    for record in source.records:
        inside = _annotations(record)
        if not inside and "annotator_kind" in record.values:
            yield record, record.values
        for name, notes in inside.items():
            for note in notes if isinstance(notes, list) else [notes]:
                if isinstance(note, dict):
                    yield record, {"name": name, **note}


def _annotations(record: Record) -> Mapping[str, Any]:
    """Name → annotations of an example that was made of a span; empty for other rows."""
    inside = parse_cell(record.values.get("metadata.annotations", record.values.get("metadata_annotations")))
    metadata = parse_cell(record.values.get("metadata"))
    if inside is None and isinstance(metadata, dict):
        inside = metadata.get("annotations")
    return inside if isinstance(inside, dict) else {}


def _result(note: Mapping[str, Any], name: str) -> Any:
    result = parse_cell(note.get("result"))
    inner = result.get(name) if isinstance(result, dict) else None
    return next((v for v in (note.get(name), note.get(f"result.{name}"), inner) if v not in (None, "")), None)


def _name(note: Mapping[str, Any]) -> str:
    return as_text(note.get("annotation_name") or note.get("name"))


def _rating(record: Record, note: Mapping[str, Any], scores: list[float | None]) -> ReadRating | str | None:
    """The rating, or why there is none; None for a note, which only says something."""
    label, score = _result(note, "label"), _result(note, "score")
    value = read_thumb(label)
    found = (value, None) if value else thumb_or_stars(score, scores)
    if found is None:
        if label is None and score is None:
            return None
        return f"the annotation {_name(note)[:40]!r} is neither a thumb nor stars"
    values = record.values
    question, answer = _texts(values)
    return ReadRating(
        record.row,
        found[0],
        question,
        answer,
        history_of(parse_cell(values.get("input")), question) if question else (),
        stars=found[1],
        trace="" if answer else as_text(
            note.get("span_id") or note.get("context.span_id") or note.get("trace_id")
        ).lower(),
        user=as_text(note.get("user_id") or note.get("username") or note.get("identifier")),
        comment=as_text(_result(note, "explanation")),
        source=NAME,
        given_at=read_time(note.get("updated_at") or note.get("created_at")),
    )  # fmt: skip


def _texts(values: Mapping[str, Any]) -> tuple[str, str]:
    """(question, answer) of an example, in columns such as input_question in a CSV; "" each where none is."""
    asked = values.get("input", {k[6:]: v for k, v in values.items() if k.startswith("input_")} or None)
    said = values.get("output", {k[7:]: v for k, v in values.items() if k.startswith("output_")} or None)
    if asked is None or said is None:
        return "", ""
    return question_of(asked), answer_of(said)
