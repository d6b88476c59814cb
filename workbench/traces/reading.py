"""Reads a file of requests, whichever program wrote it, and however large it is.
Knows nothing about the store.

Rows are read one after the other. What is about one request may stand anywhere in a file of traces, so that
it is gathered in a temporary file first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InputError, QuestionError, reason_of
from workbench.importing.source_reading import Rows, open_rows
from workbench.importing.types import Record, RowProblem, Source
from workbench.traces.langfuse import is_langfuse, langfuse_records, request_of_records, trace_of
from workbench.traces.own_requests import is_own, read_own
from workbench.traces.requests_of_spans import request_of_trace
from workbench.traces.spans import (
    is_otlp,
    is_phoenix,
    otlp_records,
    phoenix_records,
    span_of_phoenix,
    spans_of_export,
)
from workbench.traces.spool import Spool
from workbench.traces.types import ImportedRequest, ReadRequests, Span

SUPPORTED = (
    "What can be: requests as JSONL with `question` and `time`; traces as OTLP/JSON; and what Phoenix and "
    "Langfuse export as JSON, JSONL, CSV or Parquet."
)
MOST_PROBLEMS = 10_000
"""So many rows that cannot be used are named; of more, their number is said."""
TOLD_EVERY = 1_000  # rows


@dataclass(frozen=True)
class _Format:
    label: str
    recognises: Callable[[Source], bool]
    records: Callable[[Source], Iterable[Record]]
    """The rows of a file that was read whole."""
    kind: type[Any]
    """Of the parts that are gathered by request."""
    parts: Callable[[Record], Iterable[tuple[str, Any]]]
    """The parts of a row, each with the key by which they are gathered. Raises QuestionError for a row that
    cannot be used."""
    request_of: Callable[[str, Sequence[Any]], ImportedRequest | RowProblem] | None
    """The request of what was gathered under a key, or why there is none; None where each part
    is a request."""


def _own_part(record: Record) -> Iterator[tuple[str, ImportedRequest]]:
    request = read_own(record)
    yield request.key, request


def _span_part(record: Record) -> Iterator[tuple[str, Span]]:
    span = span_of_phoenix(record)
    yield span.trace, span


_FORMATS = (
    _Format(
        "OpenTelemetry traces", is_otlp, otlp_records, Span,
        lambda record: ((span.trace, span) for span in spans_of_export(record)), request_of_trace,
    ),
    _Format("Phoenix spans", is_phoenix, phoenix_records, Span, _span_part, request_of_trace),
    _Format(
        "Langfuse traces", is_langfuse, langfuse_records, Record,
        lambda record: [(trace_of(record), record)], request_of_records,
    ),
    _Format(
        "requests", is_own, lambda source: source.records, ImportedRequest, _own_part, None,
    ),
)  # fmt: skip


def read_requests(path: Path, progress: Callable[[int], None] = lambda rows: None) -> ReadRequests:
    """Read a file. Raises InputError for one that cannot be read or holds no requests.

    progress: hears how many rows were read.
    """
    try:
        rows = open_rows(path)
        form = next((form for form in _FORMATS if form.recognises(rows.source)), None)
        if form is None:
            columns = ", ".join(rows.source.columns[:8])
            has = f" It has {columns}." if columns else ""
            raise InputError(f"{path} contains no known requests.{has}", hint=SUPPORTED)
        problems = _Problems()
        requests = _gather(form, _each(form, rows), problems, progress)
    except QuestionError as error:
        raise InputError(error.message, hint=SUPPORTED) from None
    except (
        OSError,
        ValueError,
        sqlite3.Error,
    ) as error:  # such as a disk without room for the temporary file
        raise InputError(f"{path} cannot be read: {reason_of(error)}.") from None
    return ReadRequests(form.label, requests, problems.all())


class _Problems:
    def __init__(self) -> None:
        self._named: list[RowProblem] = []
        self._more = 0

    def add(self, problem: RowProblem) -> None:
        if len(self._named) < MOST_PROBLEMS:
            self._named.append(problem)
        else:
            self._more += 1

    def all(self) -> tuple[RowProblem, ...]:
        more = [RowProblem(None, f"{self._more:,} more rows cannot be used")] if self._more else []
        return (*self._named, *more)


def _each(form: _Format, rows: Rows) -> Iterator[Record | RowProblem]:
    if rows.stream is not None:
        yield from rows.stream
    else:
        yield from rows.source.problems
        yield from form.records(rows.source)


def _gather(
    form: _Format,
    rows: Iterable[Record | RowProblem],
    problems: _Problems,
    progress: Callable[[int], None],
) -> Spool[ImportedRequest]:
    parts: Spool[Any] = Spool(form.kind)
    for count, row in enumerate(rows, start=1):
        if isinstance(row, RowProblem):
            problems.add(row)
            continue
        try:
            for key, part in form.parts(row):
                parts.add(key, part)
        except QuestionError as error:
            problems.add(RowProblem(row.row, f"{error.message.rstrip('.')}; it is left out"))
        except ValueError as error:
            problems.add(RowProblem(row.row, f"it cannot be used ({error}); it is left out"))
        if count % TOLD_EVERY == 0:
            progress(count)
    if form.request_of is None:
        return parts
    requests: Spool[ImportedRequest] = Spool(ImportedRequest)
    for key, gathered in parts.groups():
        request = form.request_of(key, gathered)
        if isinstance(request, RowProblem):
            problems.add(request)
        else:
            requests.add(request.key, request)
    parts.close()
    return requests
