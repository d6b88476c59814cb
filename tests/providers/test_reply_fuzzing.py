"""Replies, streams and vectors of any shape: an answer or a ProviderError, and never another error.
Knows nothing about HTTP: what a server sent goes in."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.oddities import ANSWER, USAGE, events
from tests.providers.test_openai_compatible import ASKED, model_at
from tests.replies.test_untrusted import ANY_JSON, ANY_TEXT
from workbench.errors import ProviderError
from workbench.providers.chat_completion import Completion
from workbench.providers.chat_reply import judge_completion, read_billed
from workbench.providers.chat_stream import ChatStream
from workbench.providers.embedding_vectors import WrongVectors, read_vectors
from workbench.providers.failures import explain_error_body
from workbench.replies.untrusted import NotJson, parse_json, read_json

MODEL = model_at("http://127.0.0.1:9/v1")
NAMES = st.sampled_from(
    ["choices", "message", "delta", "content", "text", "type", "index", "finish_reason", "usage", "error", "model",
     "tool_calls", "function", "name", "refusal", "reasoning", "thinking", "prompt_tokens", "completion_tokens",
     "prompt_tokens_details", "cached_tokens", "code", "object", "data", "embedding", "embeddings", "float", "0"]
)  # fmt: skip
WORDS = st.sampled_from(["text", "refusal", "error", "stop", "length", "tool_calls", ANSWER, "thinking", ""])
SHAPES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)
ROWS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("message", "delta", "text", "index", "finish_reason", "error"), SHAPES)
)
CHOICES: Any = st.builds(
    lambda choices, usage, more: {**more, "choices": choices, "usage": usage},
    st.lists(ROWS, max_size=3) | SHAPES,
    st.just(USAGE) | SHAPES,
    st.dictionaries(NAMES, SHAPES, max_size=2),
)


def outcome(completion: Completion) -> None:
    try:
        reply = judge_completion(completion, ASKED, MODEL, None, 1.0)
    except ProviderError as error:
        f"{error}".encode()
    else:
        assert reply.text.strip() and 0 <= reply.usage.reasoning <= reply.usage.output
        json.dumps([reply.text, reply.thinking, reply.served_model], ensure_ascii=False).encode()
    billed = read_billed(completion, ASKED)
    assert billed is None or 0 <= billed.cached <= billed.input < 10**9
    if completion.error is not None:
        f"{explain_error_body(completion.error, MODEL, None)}".encode()


@settings(deadline=None)  # the first one loads a tokenizer
@given(CHOICES | SHAPES)
def test_any_reply_is_an_answer_or_a_failure(raw: Any) -> None:
    completion = Completion()
    completion.add(read_json(json.dumps(raw)))
    outcome(completion)


@given(st.lists(CHOICES | SHAPES | st.just("[DONE]"), max_size=6), st.integers(1, 50), st.binary(max_size=9))
def test_any_stream_cut_anywhere_is_an_answer_or_a_failure(data: list[Any], size: int, junk: bytes) -> None:
    stream = ChatStream(lambda text: f"{text.answer}{text.thinking}".encode())
    sent = b"".join(f"data: {json.dumps(piece)}\n\n".encode() for piece in data) + junk
    try:
        for start in range(0, len(sent), size):
            if stream.feed(sent[start : start + size]):
                break
        stream.close()
    except NotJson:
        pass
    outcome(stream.completion)


@given(st.integers(1, 40), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_stream_reads_the_same_however_its_bytes_are_cut(size: int, line_end: str) -> None:
    pieces = [{"choices": [{"delta": {"content": word}}]} for word in ("Dé", "lai : ", "30 jours 🙂")]
    sent = events(*pieces, "[DONE]").replace(b"\n", line_end.encode())
    stream = ChatStream(lambda text: None)
    for start in range(0, len(sent), size):
        stream.feed(sent[start : start + size])
    stream.close()
    assert stream.is_complete and stream.completion.message.raw_text == "Délai : 30 jours 🙂"


@given(
    SHAPES | ANY_JSON | st.builds(lambda rows: {"data": rows}, st.lists(SHAPES, max_size=3)),
    st.integers(1, 3),
)
def test_any_reply_with_vectors_has_unit_rows_or_says_why_not(raw: Any, texts: int) -> None:
    try:
        vectors = read_vectors(parse_json(json.dumps(raw)), texts)
    except WrongVectors:
        return
    assert vectors.shape[0] == texts and vectors.dtype == np.float32
    usable = ~np.isnan(vectors).all(axis=1)
    assert usable.any() and np.allclose(np.linalg.norm(vectors[usable], axis=1), 1, atol=1e-4)
