"""What is served arrives at a tracing server as spans, under the names that such servers read."""

from __future__ import annotations

import json

import pytest
from openinference.semconv.trace import (
    DocumentAttributes,
    MessageAttributes,
    OpenInferenceSpanKindValues,
    SpanAttributes,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

from tests.traces.collector import attributes_of, collecting
from workbench.store.records import PassageRecord
from workbench.store.serving.records import ServedRequest
from workbench.traces import attributes
from workbench.traces.attributes import Kind, Names
from workbench.traces.sending import ServedBy, TraceSender

PASSAGES = tuple(
    PassageRecord(f"p{i}", "returns.md", "Returns", 0, 15, None, 3, f"Within {i} days.") for i in range(60)
)
REQUEST = ServedRequest(
    "chatcmpl-1", "s1", 1_000.0, "How long?", "30 days [1].", passages=PASSAGES, user="u", cost_usd=0.002,
    input_tokens=100, output_tokens=7, seconds=1.5, served_model="m-2026",
    stage_seconds={"retrieve": 0.25, "first_token": 0.5, "generate": 1.25}, corpus_version="v1",
)  # fmt: skip
SERVED_BY = ServedBy("support: concise", "local-8b")


def test_the_names_are_those_of_openinference_and_opentelemetry() -> None:
    known = {
        value
        for names in (SpanAttributes, DocumentAttributes, MessageAttributes)
        for value in vars(names).values()
        if isinstance(value, str)
    }
    gen_ai = {v for k, v in vars(gen_ai_attributes).items() if k.startswith("GEN_AI") and isinstance(v, str)}
    table = [names for names in vars(attributes).values() if isinstance(names, Names)]
    assert len(table) > 15
    for names in table:
        assert names.openinference in known | {""}, names
        assert set(names.gen_ai) <= gen_ai, names
    assert {attributes.MESSAGE_ROLE, attributes.MESSAGE_CONTENT, attributes.DOCUMENT_CONTENT} <= known
    assert {attributes.DOCUMENT_ID, attributes.DOCUMENT_METADATA, attributes.DOCUMENT_SCORE} <= known
    kinds = [kind for kind in vars(attributes).values() if isinstance(kind, Kind)]
    assert {kind.openinference for kind in kinds} <= {kind.value for kind in OpenInferenceSpanKindValues}
    operations = {o.value for o in gen_ai_attributes.GenAiOperationNameValues}
    assert {kind.gen_ai for kind in kinds} <= operations


def test_a_request_is_three_spans_with_its_texts_tokens_and_times() -> None:
    with collecting() as collector:
        sender = TraceSender(collector.endpoint, {"s1": SERVED_BY}.get)
        sender.send(REQUEST)
        sender.close()
    assert {span.name for span in collector.spans} == {"answer", "retrieve", "generate"}
    root, found, made = (collector.named(name) for name in ("answer", "retrieve", "generate"))
    assert found.parent_span_id == made.parent_span_id == root.span_id
    assert {root.trace_id, found.trace_id, made.trace_id} == {root.trace_id}
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (1_000 * 10**9, int(1_001.5 * 10**9))
    assert found.end_time_unix_nano == made.start_time_unix_nano == int(1_000.25 * 10**9)
    assert made.end_time_unix_nano == root.end_time_unix_nano
    answer = attributes_of(root)
    assert (answer["input.value"], answer["output.value"]) == ("How long?", "30 days [1].")
    assert json.loads(answer["metadata"])["request"] == "chatcmpl-1"
    assert json.loads(answer["metadata"])["corpus_version"] == "v1"
    retrieved = attributes_of(found)
    assert retrieved["retrieval.documents.59.document.content"] == "Within 59 days."
    generated = attributes_of(made)
    assert generated["llm.model_name"] == generated["gen_ai.response.model"] == "m-2026"
    assert generated["gen_ai.request.model"] == "local-8b"
    assert generated["llm.token_count.prompt"] == generated["gen_ai.usage.input_tokens"] == 100
    assert generated["llm.token_count.completion"] == generated["gen_ai.usage.output_tokens"] == 7
    assert generated["llm.cost.total"] == pytest.approx(0.002)
    assert collector.resources[0]["service.name"] == "rag-workbench"


def test_a_failed_request_is_an_error_and_one_without_texts_sends_none() -> None:
    failed = ServedRequest("r", "s1", 1.0, "", state="failed", error="The server is down.", texts="none")
    with collecting() as collector:
        sender = TraceSender(collector.endpoint, {"s1": SERVED_BY}.get)
        sender.send(failed)
        sender.close()
    [span] = collector.spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert span.status.message == "The server is down."
    assert not {"input.value", "output.value"} & set(attributes_of(span))


def test_each_request_is_a_trace_of_its_own() -> None:
    with collecting() as collector:
        sender = TraceSender(collector.endpoint, {}.get)
        sender.send(REQUEST)
        sender.send(REQUEST)
        sender.close()
    assert len({span.trace_id for span in collector.spans}) == 2


def test_a_tracing_server_that_is_down_costs_nothing_but_its_traces() -> None:
    sender = TraceSender("http://127.0.0.1:9/v1/traces", {}.get, timeout_seconds=0.2)
    sender.send(REQUEST)
    sender.close()
