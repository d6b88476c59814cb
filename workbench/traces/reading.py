"""Reads a file of requests, whichever program wrote it.
Knows nothing about the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError, QuestionError
from workbench.importing.source_reading import read_source
from workbench.importing.types import RowProblem, Source
from workbench.traces.langfuse import is_langfuse, read_langfuse
from workbench.traces.own_requests import is_own, read_own
from workbench.traces.requests_of_spans import requests_of
from workbench.traces.spans import is_otlp, is_phoenix, read_otlp, read_phoenix
from workbench.traces.types import ImportedRequest, ReadRequests

SUPPORTED = (
    "What can be: requests as JSONL with `question` and `time`; traces as OTLP/JSON; and what Phoenix and "
    "Langfuse export as JSON, JSONL, CSV or Parquet."
)


@dataclass(frozen=True)
class _Format:
    label: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], tuple[list[ImportedRequest], list[RowProblem]]]


_FORMATS = (
    _Format("OpenTelemetry traces", is_otlp, lambda source: requests_of(read_otlp(source))),
    _Format("Phoenix spans", is_phoenix, lambda source: requests_of(read_phoenix(source))),
    _Format("Langfuse traces", is_langfuse, read_langfuse),
    _Format("requests", is_own, read_own),
)


def read_requests(path: Path) -> ReadRequests:
    """Read a file. Raises InputError for one that cannot be read or holds no requests."""
    try:
        source = read_source(path)
    except QuestionError as error:
        raise InputError(error.message, hint=SUPPORTED) from None
    found = next((form for form in _FORMATS if form.recognises(source)), None)
    if found is None:
        columns = ", ".join(source.columns[:8])
        has = f" It has {columns}." if columns else ""
        raise InputError(f"{path} holds no requests that are known.{has}", hint=SUPPORTED)
    requests, problems = found.read(source)
    unique = {request.key: request for request in requests}
    return ReadRequests(found.label, tuple(unique.values()), (*source.problems, *problems))
