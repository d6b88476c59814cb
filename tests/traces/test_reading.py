"""Requests of one's own service are read from what the field's programs write."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.types import Turn
from workbench.errors import InputError
from workbench.traces.reading import read_requests
from workbench.traces.spans import flatten
from workbench.traces.types import ImportedRequest
from workbench.traces.values import answer_of, question_of, read_thumb, read_time

NOON = 1_796_126_400.0  # 2026-12-01T12:00:00Z


def written(folder: Path, name: str, value: Any) -> Path:
    file = folder / name
    lines = [json.dumps(row) for row in value] if name.endswith(".jsonl") else [json.dumps(value)]
    file.write_text("\n".join(lines))
    return file


def one(file: Path) -> ImportedRequest:
    read = read_requests(file)
    assert not read.problems
    [request] = read.requests
    return request


# --- requests as one logs them oneself --------------------------------------------------------------


def test_a_line_of_ones_own_log(tmp_path: Path) -> None:
    row = {
        "id": "r1", "question": "How long?", "answer": "30 days.", "time": "2026-12-01T12:00:00Z", "user": "u7",
        "passages": [{"document": "returns.md", "text": "Within 30 days.", "page": 2}, "Keep the receipt."],
        "history": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
        "model": "local-8b", "seconds": 1.5, "tokens": {"input": 900, "output": 20}, "cost_usd": 0.0004,
        "feedback": -1, "comment": "no", "better_answer": "Thirty days.",
    }  # fmt: skip
    request = one(written(tmp_path, "log.jsonl", [row]))
    assert (request.key, request.question, request.answer, request.asked_at) == (
        "r1",
        "How long?",
        "30 days.",
        NOON,
    )
    assert [(p.document, p.text, p.page) for p in request.passages] == [
        ("returns.md", "Within 30 days.", 2),
        ("", "Keep the receipt.", None),
    ]
    assert request.history == (Turn("user", "Hi"), Turn("assistant", "Hello"))
    assert (request.user, request.model, request.seconds, request.cost_usd) == ("u7", "local-8b", 1.5, 0.0004)
    assert (request.input_tokens, request.output_tokens) == (900, 20)
    assert (request.thumb, request.comment, request.better_answer) == (-1, "no", "Thirty days.")


def test_lines_that_cannot_be_used_are_said_and_the_others_are_read(tmp_path: Path) -> None:
    rows = [{"question": "A?", "time": 1}, {"question": "", "time": 1}, {"question": "B?", "time": "soon"}]
    read = read_requests(written(tmp_path, "log.jsonl", rows))
    assert [request.question for request in read.requests] == ["A?"]
    assert [(p.row, p.what) for p in read.problems] == [
        (2, "it has no question; it is left out"),
        (3, "time is 'soon', which is no time; it is left out"),
    ]


HALF = '{"answer": "bad \\ud83d"}'  # JSON in a text, as many programs log it, cut within a character


@pytest.mark.parametrize(
    "odd",
    [
        {"answer": HALF},
        {"answer": "x", "passages": f"[{HALF}]"},
        {"answer": "x", "history": f'[{{"role": "user", "content": "Hi"}}, {HALF}]'},
        {"answer": "x", "question": HALF.replace("answer", "question")},
        {"answer": "[1e999]"},
    ],
    ids=["answer", "passages", "history", "question", "infinite"],
)
def test_what_no_encoding_can_hold_leaves_the_other_rows_as_they_are(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    row = {"question": "A?", "time": 1}
    rows = [row | odd, row | {"question": "B?", "answer": "y"}]
    for name in ("log.jsonl", "log.json"):
        read = read_requests(written(tmp_path, name, rows))
        requests = {request.question: request for request in read.requests}
        assert requests["B?"].answer == "y" and len(requests) + len(read.problems) == 2


def test_half_a_character_in_a_trace_leaves_the_other_traces_as_they_are(tmp_path: Path) -> None:
    phoenix = [
        {
            "context.trace_id": f"t{n}", "context.span_id": "a", "span_kind": "CHAIN", "name": "ask",
            "start_time": "2026-12-01T12:00:00Z", "attributes.input.value": f"{n}?",
            "attributes.output.value": output, "attributes.metadata": metadata,
        }
        for n, output, metadata in ((1, HALF, "{}"), (2, "x", HALF), (3, "x", "[b'\\xff', {1, 2}]"), (4, "y", "{}"))
    ]  # fmt: skip
    langfuse = [
        {"id": f"t{n}", "timestamp": "2026-12-01T12:00:00Z", "name": "ask", "input": f"{n}?", "output": output,
         "observations": [], "scores": []}
        for n, output in ((1, HALF), (4, "y"))
    ]  # fmt: skip
    for rows in (phoenix, langfuse):
        read = read_requests(written(tmp_path, "traces.jsonl", rows))
        answers = {request.question: request.answer for request in read.requests}
        assert answers["4?"] == "y" and len(answers) + len(read.problems) == len(rows)


def test_a_request_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    rows = [{"question": "A?", "answer": "x", "time": 1}] * 2
    assert one(written(tmp_path, "log.jsonl", rows)).answer == "x"


@pytest.mark.parametrize("content", ["", "{}", '{"a": 1}', "not json", '[{"question": "no time"}]'])
def test_what_holds_no_requests_says_what_could(tmp_path: Path, content: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(content)
    with pytest.raises(InputError) as raised:
        read_requests(file)
    assert "OTLP" in (raised.value.hint or "")


# --- OpenTelemetry ----------------------------------------------------------------------------------


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _pairs(value)}}
    kind = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}[type(value)]
    return {kind: str(value) if kind == "intValue" else value}


def _pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _span(id: str, parent: str, name: str, begin: float, end: float, **attributes: Any) -> dict[str, Any]:
    return {
        "traceId": "ab" * 16, "spanId": id * 16, "parentSpanId": parent * 16, "name": name,
        "startTimeUnixNano": str(int((NOON + begin) * 1e9)), "endTimeUnixNano": str(int((NOON + end) * 1e9)),
        "attributes": _pairs(attributes), "status": {},
    }  # fmt: skip


def _export(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": list(spans)}]}]}


OPENINFERENCE = _export(
    _span("a", "", "query", 0, 2, **{
        "openinference.span.kind": "CHAIN", "input.value": '{"query": "How long?"}', "output.value": "30 days.",
        "user.id": "u7",
    }),
    _span("b", "a", "retrieve", 0.1, 0.6, **{
        "openinference.span.kind": "RETRIEVER", "input.value": "How long?",
        "retrieval.documents.0.document.content": "Within 30 days.",
        "retrieval.documents.0.document.metadata": '{"file_name": "returns.md", "page": 3}',
        "retrieval.documents.1.document.content": "Keep the receipt.",
        "retrieval.documents.1.document.id": "receipts.md",
    }),
    _span("c", "a", "ChatCompletion", 0.6, 2, **{
        "openinference.span.kind": "LLM", "llm.model_name": "local-8b", "llm.token_count.prompt": 900,
        "llm.token_count.completion": 20, "llm.cost.total": 0.001,
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Passages: …",
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "30 days.",
    }),
)  # fmt: skip


@pytest.mark.parametrize("name", ["traces.json", "traces.jsonl"])
def test_openinference_spans_as_otlp(tmp_path: Path, name: str) -> None:
    request = one(written(tmp_path, name, [OPENINFERENCE] if name.endswith("l") else OPENINFERENCE))
    assert (request.question, request.answer, request.asked_at) == ("How long?", "30 days.", NOON)
    assert [(p.document, p.text, p.page) for p in request.passages] == [
        ("returns.md", "Within 30 days.", 3),
        ("receipts.md", "Keep the receipt.", None),
    ]
    assert (request.model, request.user, request.cost_usd) == ("local-8b", "u7", 0.001)
    assert (request.input_tokens, request.output_tokens, request.seconds) == (900, 20, 2.0)
    assert request.stage_seconds == {"retrieve": pytest.approx(0.5), "generate": pytest.approx(1.4)}


def test_gen_ai_spans_as_otlp(tmp_path: Path) -> None:
    chat = _span("a", "", "chat local-8b", 0, 1, **{
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "local-8b", "gen_ai.usage.input_tokens": 50,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.input.messages": json.dumps([
            {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
            {"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "Hello."}]},
            {"role": "user", "parts": [{"type": "text", "content": "How long?"}]},
        ]),
        "gen_ai.output.messages": json.dumps(
            [{"role": "assistant", "parts": [{"type": "text", "content": "30 days."}], "finish_reason": "stop"}]
        ),
    })  # fmt: skip
    request = one(written(tmp_path, "traces.json", _export(chat)))
    assert (request.question, request.answer, request.model) == ("How long?", "30 days.", "local-8b")
    assert request.history == (Turn("user", "Hi"), Turn("assistant", "Hello."))
    assert (request.input_tokens, request.output_tokens) == (50, 5)


def test_a_failed_trace_is_a_failed_request_and_one_without_a_question_is_left_out(tmp_path: Path) -> None:
    failed = _span("a", "", "query", 0, 1, **{"input.value": "How long?"})
    failed["status"] = {"code": 2, "message": "timed out"}
    other = _span("d", "", "embed", 0, 1) | {"traceId": "cd" * 16}
    read = read_requests(written(tmp_path, "traces.json", _export(failed, other)))
    assert [(r.question, r.error) for r in read.requests] == [("How long?", "timed out")]
    assert [p.what for p in read.problems] == [f"the trace {'cd' * 16} has no question; it is left out"]


# --- Phoenix ----------------------------------------------------------------------------------------

PHOENIX_API = {
    "data": [
        {
            "id": "1", "name": "query", "context": {"trace_id": "t1", "span_id": "s1"}, "span_kind": "CHAIN",
            "parent_id": None, "start_time": "2026-12-01T12:00:00+00:00", "end_time": "2026-12-01T12:00:02+00:00",
            "status_code": "OK", "status_message": "",
            "attributes": {"input": {"value": "How long?"}, "output": {"value": "30 days."}},
        },
        {
            "id": "2", "name": "retrieve", "context": {"trace_id": "t1", "span_id": "s2"}, "span_kind": "RETRIEVER",
            "parent_id": "s1", "start_time": "2026-12-01T12:00:00+00:00", "end_time": "2026-12-01T12:00:01+00:00",
            "status_code": "OK", "status_message": "",
            "attributes": {"retrieval": {"documents": [
                {"document": {"content": "Within 30 days.", "metadata": {"source": "returns.md"}}}
            ]}},
        },
    ],
    "next_cursor": None,
}  # fmt: skip


def _phoenix_rows() -> list[dict[str, Any]]:
    """The columns of get_spans_dataframe()."""
    return [
        {
            "context.span_id": "s1", "context.trace_id": "t1", "name": "query", "span_kind": "CHAIN", "parent_id": None,
            "start_time": "2026-12-01T12:00:00+00:00", "end_time": "2026-12-01T12:00:02+00:00", "status_code": "OK",
            "attributes.input.value": "How long?", "attributes.output.value": "30 days.",
            "attributes.retrieval.documents": None,
        },
        {
            "context.span_id": "s2", "context.trace_id": "t1", "name": "retrieve", "span_kind": "RETRIEVER",
            "parent_id": "s1", "start_time": "2026-12-01T12:00:00+00:00", "end_time": "2026-12-01T12:00:01+00:00",
            "status_code": "OK", "attributes.input.value": "How long?", "attributes.output.value": None,
            "attributes.retrieval.documents": [
                {"document.content": "Within 30 days.", "document.metadata": '{"source": "returns.md"}'}
            ],
        },
    ]  # fmt: skip


def _phoenix_csv(file: Path) -> None:
    rows = _phoenix_rows()
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        for row in rows:
            documents = row["attributes.retrieval.documents"]
            writer.writerow(
                row | {"attributes.retrieval.documents": "" if documents is None else str(documents)}
            )


@pytest.mark.parametrize("name", ["api.json", "frame.jsonl", "frame.csv", "frame.parquet"])
def test_phoenix_spans(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name == "api.json":
        file.write_text(json.dumps(PHOENIX_API))
    elif name == "frame.csv":
        _phoenix_csv(file)
    elif name == "frame.parquet":
        pq.write_table(pa.Table.from_pylist(_phoenix_rows()), file)
    else:
        written(tmp_path, name, _phoenix_rows())
    request = one(file)
    assert (request.question, request.answer, request.asked_at) == ("How long?", "30 days.", NOON)
    assert [(p.document, p.text) for p in request.passages] == [("returns.md", "Within 30 days.")]
    assert (request.seconds, dict(request.stage_seconds)) == (2.0, {"retrieve": 1.0})


# --- Langfuse ---------------------------------------------------------------------------------------

OBSERVATIONS: list[dict[str, Any]] = [
    {
        "id": "o1", "traceId": "t1", "type": "RETRIEVER", "startTime": "2026-12-01T12:00:00.000Z",
        "endTime": "2026-12-01T12:00:01.000Z", "input": "How long?", "parentObservationId": "o0",
        "output": [{"page_content": "Within 30 days.", "metadata": {"source": "returns.md"}}],
    },
    {
        "id": "o2", "traceId": "t1", "type": "GENERATION", "startTime": "2026-12-01T12:00:01.000Z",
        "endTime": "2026-12-01T12:00:02.000Z", "model": "local-8b", "parentObservationId": "o0",
        "usageDetails": {"input": 900, "output": 20, "total": 920}, "totalCost": 0.001,
        "input": [{"role": "user", "content": "Passages …"}],
        "output": {"role": "assistant", "content": "30 days."},
    },
]  # fmt: skip
TRACE: dict[str, Any] = {
    "id": "t1", "timestamp": "2026-12-01T12:00:00.000Z", "name": "rag", "input": {"question": "How long?"},
    "output": {"answer": "30 days."}, "userId": "u7", "latency": 2.0, "totalCost": 0.001,
    "observations": OBSERVATIONS,
    "scores": [{"name": "user-feedback", "value": 1, "comment": "thanks"}, {"name": "faithfulness", "value": 0}],
}  # fmt: skip


def check_langfuse(request: ImportedRequest) -> None:
    assert (request.key, request.question, request.answer, request.asked_at) == (
        "t1",
        "How long?",
        "30 days.",
        NOON,
    )
    assert [(p.document, p.text) for p in request.passages] == [("returns.md", "Within 30 days.")]
    assert (request.model, request.cost_usd) == ("local-8b", 0.001)
    assert (request.input_tokens, request.output_tokens, request.seconds) == (900, 20, 2.0)


@pytest.mark.parametrize("name", ["one.json", "page.json", "many.jsonl"])
def test_langfuse_traces(tmp_path: Path, name: str) -> None:
    value = {"one.json": TRACE, "page.json": {"data": [TRACE], "meta": {}}, "many.jsonl": [TRACE]}[name]
    request = one(written(tmp_path, name, value))
    check_langfuse(request)
    assert (request.user, request.thumb, request.comment) == ("u7", 1, "thanks")


def test_langfuse_observations(tmp_path: Path) -> None:
    check_langfuse(one(written(tmp_path, "observations.jsonl", OBSERVATIONS)))


# --- values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-12-01T12:00:00Z", NOON), ("2026-12-01 12:00:00", NOON), ("2026-12-01T13:00:00+01:00", NOON),
        (NOON, NOON), (NOON * 1e3, NOON), (str(int(NOON * 1e9)), NOON), ("soon", None), (None, None), (True, None),
    ],
)  # fmt: skip
def test_times(value: Any, seconds: float | None) -> None:
    assert read_time(value) == seconds


@pytest.mark.parametrize(
    ("value", "thumb"),
    [
        (1, 1),
        (-1, -1),
        (0, -1),
        (1.0, 1),
        ("up", 1),
        ("thumbs_down", -1),
        (True, 1),
        (False, -1),
        (0.7, 0),
        (None, 0),
    ],
)
def test_thumbs(value: Any, thumb: int) -> None:
    assert read_thumb(value) == thumb


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("How?", "How?"), ({"question": "How?"}, "How?"), ('{"query": "How?"}', "How?"), ({"args": {"query": "How?"}}, "How?"),
        ([{"role": "user", "content": "A"}, {"role": "user", "content": "How?"}], "How?"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "How?"}]}]}, "How?"),
        ([{"type": "human", "content": "How?"}], "How?"), ([{"role": "system", "content": "Be brief."}], ""),
        ({}, ""), ([], ""), (None, ""),
    ],
)  # fmt: skip
def test_questions_in_what_programs_log(value: Any, text: str) -> None:
    assert question_of(value) == text


def test_answers_in_what_programs_log() -> None:
    choices = {"choices": [{"message": {"role": "assistant", "content": "30 days."}}]}
    assert answer_of(choices) == answer_of([{"role": "assistant", "content": "30 days."}]) == "30 days."


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_nothing_that_is_json_is_too_odd(value: Any) -> None:
    assert isinstance(question_of(value), str)
    assert isinstance(answer_of(value), str)
    assert isinstance(flatten(value), dict)


@pytest.mark.parametrize(
    "attributes",
    [
        {"a": {"intValue": "--5"}},
        {"a": {"intValue": "9" * 5_000}},
        {"llm.token_count.prompt": {"intValue": "9" * 4_000}, "llm.cost.total": {"doubleValue": -1}},
        {"llm.token_count.prompt": {"doubleValue": 1e300}, "llm.cost.total": {"stringValue": "1e400"}},
        {f"retrieval.documents.{'9' * 5_000}.document.content": {"stringValue": "x"}},
    ],
)
def test_numbers_that_cannot_be_are_not_known(tmp_path: Path, attributes: dict[str, Any]) -> None:
    texts = {"input.value": {"stringValue": "Q?"}, "output.value": {"stringValue": "A."}}
    pairs = [{"key": key, "value": value} for key, value in (texts | attributes).items()]
    span = {"traceId": "a" * 32, "spanId": "b" * 16, "parentSpanId": "b" * 16, "attributes": pairs}
    spans = [span | {"startTimeUnixNano": str(int(NOON * 1e9))}]
    request = one(written(tmp_path, "odd.json", {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
    assert (request.input_tokens, request.cost_usd, request.passages) == (0, None, ())


@pytest.mark.parametrize("value", [-1.0, 9e10, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_request_was_asked_at_is_none(value: Any) -> None:
    assert read_time(value) is None


def test_a_page_and_an_amount_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    passages = [{"text": "x", "page": 1e300}, {"text": "y", "page": -3}, {"text": "z", "page": 2}]
    row = {
        "question": "A?",
        "time": 1,
        "passages": passages,
        "seconds": -2,
        "cost_usd": -1,
        "input_tokens": 1e300,
    }
    request = one(written(tmp_path, "log.jsonl", [row]))
    assert [passage.page for passage in request.passages] == [None, None, 2]
    assert (request.seconds, request.cost_usd, request.input_tokens) == (0.0, None, 0)
