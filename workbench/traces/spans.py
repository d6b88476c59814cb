"""Reads spans: OTLP as JSON, and what Phoenix exports (its API's JSON, and its data frames as CSV, JSONL or
Parquet).
Knows nothing about what the spans of a trace mean together."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.importing.types import Record, Source
from workbench.importing.values import parse_cell
from workbench.traces.types import Span
from workbench.traces.values import read_time

MOST_LEVELS = 12
_ATTRIBUTES = "attributes."
_WHOLE = re.compile(r"-?[0-9]{1,19}")
"""A number of 64 bits, about: Python refuses to read very long ones."""


def read_otlp(source: Source) -> list[Span]:
    """The spans of OTLP/JSON: one export, or one a line (the file exporter of OpenTelemetry's collector)."""
    return [span for record in otlp_records(source) for span in spans_of_export(record)]


def otlp_records(source: Source) -> Sequence[Record]:
    """The exports of a file that was read whole."""
    return [Record(1, source.value)] if isinstance(source.value, dict) else source.records


def is_otlp(source: Source) -> bool:
    first = source.value if isinstance(source.value, dict) else None
    if first is None and source.records:
        first = source.records[0].values
    return isinstance(first, dict) and ("resourceSpans" in first or "resource_spans" in first)


def _either(data: Any, *names: str) -> Any:
    """The value under the first of these names that is there: JSON writes both camelCase and snake_case."""
    if not isinstance(data, dict):
        return None
    return next((data[name] for name in names if data.get(name) is not None), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def spans_of_export(record: Record) -> Iterator[Span]:
    """The spans of one export."""
    for resource in _list(_either(record.values, "resourceSpans", "resource_spans")):
        for scope in _list(_either(resource, "scopeSpans", "scope_spans", "instrumentationLibrarySpans")):
            for span in _list(_either(scope, "spans")):
                if isinstance(span, dict):
                    yield _of_otlp(span, record.row)


def _of_otlp(span: dict[str, Any], row: int) -> Span:
    status = _either(span, "status") or {}
    failed = str(_either(status, "code")) in ("2", "STATUS_CODE_ERROR")
    return Span(
        trace=_id(_either(span, "traceId", "trace_id")),
        id=_id(_either(span, "spanId", "span_id")),
        parent=_id(_either(span, "parentSpanId", "parent_span_id")),
        name=str(_either(span, "name") or ""),
        start=read_time(_either(span, "startTimeUnixNano", "start_time_unix_nano")),
        end=read_time(_either(span, "endTimeUnixNano", "end_time_unix_nano")),
        error=str(_either(status, "message") or "It failed.") if failed else "",
        attributes=flatten(_key_values(_either(span, "attributes"))),
        row=row,
    )


def _id(value: Any) -> str:
    """As hexadecimal digits, which OTLP/JSON asks for; some programs write protobuf's base64."""
    text = str(value or "")
    if len(text) in (12, 24) and not set(text.lower()) <= set("0123456789abcdef"):
        try:
            return base64.b64decode(text, validate=True).hex()
        except (binascii.Error, ValueError):
            return text
    return text.lower()


def _key_values(pairs: Any) -> dict[str, Any]:
    return {
        str(pair["key"]): _any_value(pair.get("value"))
        for pair in _list(pairs)
        if isinstance(pair, dict) and "key" in pair
    }


def _any_value(value: Any, levels: int = MOST_LEVELS) -> Any:
    if not isinstance(value, dict) or levels == 0:
        return value
    kind, inner = next(iter(value.items()), ("", None))
    match kind:
        case "intValue" | "int_value":
            return int(str(inner)) if _WHOLE.fullmatch(str(inner)) else inner
        case "arrayValue" | "array_value":
            return [_any_value(item, levels - 1) for item in _list(_either(inner, "values"))]
        case "kvlistValue" | "kvlist_value":
            return _key_values(_either(inner, "values"))
        case _:
            return inner


def is_phoenix(source: Source) -> bool:
    columns = set(source.columns)
    if "context.trace_id" in columns or {"context", "span_kind"} <= columns:
        return True
    return {"trace_id", "attributes"} <= columns or isinstance(_api_spans(source), list)


def _api_spans(source: Source) -> Any:
    data = _either(source.value, "data")
    return data if isinstance(data, list) and data and isinstance(_either(data[0], "context"), dict) else None


def read_phoenix(source: Source) -> list[Span]:
    return [span_of_phoenix(record) for record in phoenix_records(source)]


def phoenix_records(source: Source) -> Sequence[Record]:
    """The spans of a file that was read whole, as they stand there."""
    listed = _api_spans(source)
    if listed is None:
        return source.records
    return [Record(i, s) for i, s in enumerate(listed, start=1) if isinstance(s, dict)]


def span_of_phoenix(record: Record) -> Span:
    """One span, as Phoenix writes it."""
    values = record.values
    context = parse_cell(values.get("context"))

    def of_context(name: str) -> str:
        return str(values.get(f"context.{name}") or _either(context, name) or values.get(name) or "")

    attributes = flatten(parse_cell(values.get("attributes")) or {})
    attributes |= flatten(
        {
            name.removeprefix(_ATTRIBUTES): parse_cell(value)
            for name, value in values.items()
            if name.startswith(_ATTRIBUTES) and value is not None and value == value  # noqa: PLR0124 (no NaN)
        }
    )
    if values.get("span_kind"):
        attributes.setdefault("openinference.span.kind", str(values["span_kind"]))
    failed = str(values.get("status_code", "")).upper() in ("ERROR", "STATUS_CODE_ERROR")
    return Span(
        trace=of_context("trace_id"),
        id=of_context("span_id"),
        parent=str(values.get("parent_id") or ""),
        name=str(values.get("name") or ""),
        start=read_time(values.get("start_time")),
        end=read_time(values.get("end_time")),
        error=str(values.get("status_message") or "It failed.") if failed else "",
        attributes=attributes,
        row=record.row,
    )


def flatten(value: Any, prefix: str = "", levels: int = MOST_LEVELS) -> dict[str, Any]:
    """Nested attributes by dotted names: {"llm": {"model_name": "m"}} is llm.model_name, and the items of a
    list of objects are numbered. Lists of anything else stay as they are."""
    if isinstance(value, Mapping) and levels:
        items: Iterator[tuple[str, Any]] = ((str(key), item) for key, item in value.items())
    elif isinstance(value, list) and levels and value and all(isinstance(item, dict) for item in value):
        items = ((str(position), item) for position, item in enumerate(value))
    else:
        return {prefix: value} if prefix else {}
    found: dict[str, Any] = {}
    for key, item in items:
        found |= flatten(item, f"{prefix}.{key}" if prefix else key, levels - 1)
    return found
