"""Sends what was served as traces by OpenTelemetry (OTLP over HTTP), where an endpoint is set.
Knows nothing about how requests are answered: it makes their spans from what is written down of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.store.serving.records import ServedRequest
from workbench.traces.attributes import (
    ANSWER,
    COST,
    DOCUMENT_CONTENT,
    DOCUMENT_ID,
    DOCUMENT_METADATA,
    DOCUMENTS,
    FIRST_TOKEN_SECONDS,
    GENERATE,
    INPUT,
    INPUT_TOKENS,
    KIND,
    METADATA,
    MODEL,
    OUTPUT,
    OUTPUT_TOKENS,
    REQUESTED_MODEL,
    RETRIEVE,
    USER,
    Kind,
    Names,
    spread,
)
from workbench.version import VERSION

Attributes = dict[str, str | float | int | bool]
NANOSECONDS = 1_000_000_000
MOST_ATTRIBUTES = 2_000
"""OpenTelemetry's 128 would cut the passages off after the fortieth."""


@dataclass(frozen=True)
class ServedBy:
    """What traces say of a service."""

    name: str
    """The service's name."""
    model: str
    """The model that it asks, by its registered name."""


class TraceSender:
    """`send` makes the spans of a request and returns at once; they are sent in groups by a thread.

    endpoint: where traces are received, such as http://127.0.0.1:6006/v1/traces; headers and other settings
        are OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_HEADERS, …).
    find: what is said of a service, by its id; None for one that is not known.
    timeout_seconds: after which a tracing server that does not answer is given up, with the group of traces.
    """

    def __init__(
        self, endpoint: str, find: Callable[[str], ServedBy | None], *, timeout_seconds: float = 10.0
    ) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanLimits, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._find = find
        resource = Resource.create({"service.name": "rag-workbench", "service.version": VERSION})
        self._provider = TracerProvider(
            resource=resource,
            shutdown_on_exit=False,
            span_limits=SpanLimits(max_span_attributes=MOST_ATTRIBUTES),
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=timeout_seconds))
        )
        self._tracer = self._provider.get_tracer("workbench.service", VERSION)

    def send(self, request: ServedRequest) -> None:
        """Send a request, with as much of its texts as it holds."""
        from opentelemetry.context import Context
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        begin = _nanoseconds(request.asked_at)
        served_by = self._find(request.service_id)
        root = self._tracer.start_span(
            "answer", start_time=begin, attributes=_of_answer(request, served_by), context=Context()
        )
        inside = set_span_in_context(root, Context())
        stages = request.stage_seconds
        found = begin + _nanoseconds(stages.get("retrieve", 0.0))
        if "retrieve" in stages:
            span = self._tracer.start_span(
                "retrieve", start_time=begin, attributes=_of_retrieval(request), context=inside
            )
            span.end(found)
        if "generate" in stages:
            span = self._tracer.start_span(
                "generate", start_time=found, attributes=_of_generation(request, served_by), context=inside
            )
            span.end(found + _nanoseconds(stages["generate"]))
        if request.state == "failed":
            root.set_status(Status(StatusCode.ERROR, request.error))
        root.end(begin + _nanoseconds(request.seconds))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * NANOSECONDS)


def _kind(kind: Kind) -> Attributes:
    return {KIND.openinference: kind.openinference, KIND.gen_ai[0]: kind.gen_ai}


def _put(attributes: Attributes, names: Names, value: Any) -> None:
    """Under each of its names; nothing for what is not known."""
    if value is not None and value != "":
        attributes.update(dict.fromkeys(names.sent, value))


def _of_answer(request: ServedRequest, served_by: ServedBy | None) -> Attributes:
    attributes = _kind(ANSWER)
    _put(attributes, INPUT, request.question)
    _put(attributes, OUTPUT, request.answer)
    _put(attributes, USER, request.user)
    facts = {
        "request": request.id,
        "service": request.service_id,
        "winner": None if served_by is None else served_by.name,
        "role": request.role,
        "state": request.state,
        "corpus_version": request.corpus_version,
        "cached": request.cached,
        "flags": list(request.flags),
    }
    _put(attributes, METADATA, json.dumps(facts, ensure_ascii=False))
    return attributes


def _of_retrieval(request: ServedRequest) -> Attributes:
    attributes = _kind(RETRIEVE)
    _put(attributes, INPUT, request.question)
    for position, passage in enumerate(request.passages):
        where = {
            "document": passage.document, "title": passage.title, "page": passage.page,
            "start": passage.start, "end": passage.end,
        }  # fmt: skip
        values = {
            DOCUMENT_ID: passage.key,
            DOCUMENT_CONTENT: passage.text,
            DOCUMENT_METADATA: json.dumps(where, ensure_ascii=False),
        }
        for name, value in values.items():
            attributes[spread(DOCUMENTS.openinference, position, name)] = value
    return attributes


def _of_generation(request: ServedRequest, served_by: ServedBy | None) -> Attributes:
    attributes = _kind(GENERATE)
    _put(attributes, INPUT, request.question)
    _put(attributes, OUTPUT, request.answer)
    if served_by is not None:
        _put(attributes, MODEL, served_by.model)
        _put(attributes, REQUESTED_MODEL, served_by.model)
    _put(attributes, MODEL, request.served_model)
    _put(attributes, INPUT_TOKENS, request.input_tokens)
    _put(attributes, OUTPUT_TOKENS, request.output_tokens)
    _put(attributes, COST, request.cost_usd)
    _put(attributes, FIRST_TOKEN_SECONDS, request.stage_seconds.get("first_token"))
    return attributes
