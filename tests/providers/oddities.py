"""What chat servers send that the protocol does not foresee, as a table: a name, the bytes, and what is right.
Knows nothing about the workbench. Most rows stand for a public report about a server."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

from tests.raw_reply import Raw

ANSWER = "Within 30 days of délivery. 🙂"
USAGE = {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29}
HALF = "\ud83d"


@dataclass(frozen=True)
class Oddity:
    """One odd reply to a request for an answer, and what is right for it."""

    name: str
    reply: Raw
    text: str | None = ANSWER
    """The answer; None when there is none."""
    kind: str = ""
    """Of a failure: its kind,"""
    says: str = ""
    """words of its message,"""
    again: bool = False
    """and whether another request may help."""
    flags: frozenset[str] = frozenset()
    billed: int | None = None
    """Of a failure: the output tokens that were paid for; None when nobody says."""
    thinking: str = ""


def failed(name: str, reply: Raw, kind: str, says: str, **fields: Any) -> Oddity:
    return Oddity(name, reply, None, kind, says, **fields)


def completion(
    message: Any = None, finish: Any = "stop", usage: Any = USAGE, **fields: Any
) -> dict[str, Any]:
    """A reply in one piece."""
    message = {"role": "assistant", "content": ANSWER} if message is None else message
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"object": "chat.completion", "model": "m", "choices": [choice], "usage": usage} | fields


def whole(reply: Any, **fields: Any) -> Raw:
    """A reply in one piece; text is sent as it is."""
    return Raw(((reply if isinstance(reply, str) else json.dumps(reply)).encode(),), **fields)


def chunk(delta: Any = None, finish: Any = None, **fields: Any) -> dict[str, Any]:
    """A piece of a stream."""
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "model": "m", "choices": [choice]} | fields


def pieces(text: str = ANSWER) -> list[dict[str, Any]]:
    """The text, a few characters a piece."""
    return [chunk({"content": text[i : i + 7]}) for i in range(0, len(text), 7)]


END = chunk({}, "stop")
LAST = {"object": "chat.completion.chunk", "model": "m", "choices": [], "usage": USAGE}
DONE = "[DONE]"


def events(*data: Any, begin: str = "data: ", end: str = "\n\n") -> bytes:
    """Server-sent events; text is sent as it is."""
    texts = [d if isinstance(d, str) else json.dumps(d, ensure_ascii=False) for d in data]
    return "".join(f"{begin}{text}{end}" for text in texts).encode()


def streamed(*data: Any, **fields: Any) -> Raw:
    return Raw((events(*data),), **({"content_type": "text/event-stream"} | fields))


def answered(*before: Any, after: tuple[Any, ...] = (END, LAST, DONE), **fields: Any) -> Raw:
    """A stream of the answer with something odd before, or at, its end."""
    return streamed(*before, *pieces(), *after, **fields)


PLAIN = events(*pieces(), END, LAST, DONE)
MIDWAY = {"error": {"message": "CUDA out of memory", "code": 500}}
SPLIT_EMOJI = (chunk({"content": ANSWER[:-1] + HALF}), chunk({"content": "\ude42"}))


def escaped(*data: Any) -> Raw:
    """A stream whose JSON is ASCII: halves of a character are escapes."""
    return Raw((b"".join(f"data: {d if isinstance(d, str) else json.dumps(d)}\n\n".encode() for d in data),))


STREAMS = [
    Oddity("as the protocol has it", answered()),
    Oddity("a first chunk without choices", answered({"model": "m", "prompt_filter_results": []})),
    Oddity("choices: []", answered(chunk() | {"choices": []})),
    Oddity("choices: null", answered(chunk() | {"choices": None})),
    Oddity("delta: null", answered(chunk() | {"choices": [{"index": 0, "delta": None}]})),
    Oddity("a choice without a delta", answered(chunk() | {"choices": [{"index": 0}]})),
    Oddity("a choice that is null", answered(chunk() | {"choices": [None]})),
    Oddity("content: null with the role", answered(chunk({"role": "assistant", "content": None}))),
    Oddity("content as parts", streamed(chunk({"content": [{"type": "text", "text": ANSWER}]}), END, DONE)),
    Oddity("content as one part", streamed(chunk({"content": {"type": "text", "text": ANSWER}}), END, DONE)),
    Oddity("content as a list of texts", streamed(chunk({"content": [ANSWER]}), END, DONE)),
    Oddity("the whole message once more", answered(after=(completion(), DONE))),
    Oddity("messages instead of deltas", streamed(completion(), DONE)),
    Oddity("legacy text", streamed({"choices": [{"text": ANSWER, "index": 0, "finish_reason": "stop"}]}, DONE)),
    Oddity("usage in each chunk", streamed(*[p | {"usage": USAGE} for p in pieces()], END, LAST, DONE)),
    Oddity("usage within the choice", streamed(*pieces(), chunk() | {"choices": [
        {"index": 0, "delta": {}, "finish_reason": "stop", "usage": USAGE}]}, DONE)),
    Oddity("usage: null in each chunk", streamed(*[p | {"usage": None} for p in pieces()], END, LAST, DONE)),
    Oddity("unknown fields", answered(chunk({"content": "", "audio": {"id": 1}}, obfuscation="xyz", nonce=7))),
    Oddity("finish_reason as an empty text", streamed(*[chunk({"content": ANSWER}, "")], END, DONE)),
    Oddity("no model and no object", streamed({"choices": [{"delta": {"content": ANSWER}}]}, END, DONE)),
    Oddity("several choices in turn", streamed(
        *[c for p in pieces() for c in (p, {"choices": [{"index": 1, "delta": {"content": "No. "}}]})], END, DONE)),
    Oddity("the second choice first", streamed(
        {"choices": [{"index": 1, "delta": {"content": "No. "}}]}, *pieces(), END, DONE)),
    Oddity("choices counted from 1", streamed(
        {"choices": [{"index": 1, "delta": {"content": ANSWER}, "finish_reason": "stop"}]}, DONE)),
    Oddity("comments", Raw((b": OPENROUTER PROCESSING\n\n", PLAIN), "text/event-stream")),
    Oddity("pings by name", Raw((b'event: ping\ndata: {"type": "ping"}\n\n', PLAIN), "text/event-stream")),
    Oddity("pings without JSON", Raw((b"event: ping\ndata: 2026-11-29\n\n", PLAIN), "text/event-stream")),
    Oddity("pings as data", Raw((b"data: ping\n\n", PLAIN), "text/event-stream")),
    Oddity("pings of JSON", Raw((b'data: {"type": "ping"}\n\n', PLAIN), "text/event-stream")),
    Oddity("empty data lines", Raw((b"data:\n\ndata: \n\n", PLAIN, b"data: \n\n"), "text/event-stream")),
    Oddity("ids and retries", Raw((b"id: 1\nretry: 3000\n", PLAIN), "text/event-stream")),
    Oddity("named events", Raw((PLAIN.replace(b"data:", b"event: message\ndata:"),), "text/event-stream")),
    Oddity("data: without a space", Raw((PLAIN.replace(b"data: ", b"data:"),), "text/event-stream")),
    Oddity("CRLF", Raw((PLAIN.replace(b"\n", b"\r\n"),), "text/event-stream")),
    Oddity("CR alone", Raw((PLAIN.replace(b"\n", b"\r"),), "text/event-stream")),
    Oddity("a mark of the byte order", Raw((b"\xef\xbb\xbf" + PLAIN,), "text/event-stream")),
    Oddity("no blank lines", Raw((events(*pieces(), END, DONE, end="\n"),), "text/event-stream")),
    Oddity("JSON over several data lines", Raw((
        b'data: {"choices": [\ndata: {"delta": {"content": "%b"}}]}\n\n' % ANSWER.encode(), events(END, DONE)),
        "text/event-stream")),
    Oddity("no blank line at the end", Raw((events(*pieces()), events(END, end="")), "text/event-stream")),
    Oddity("no [DONE]", answered(after=(END, LAST))),
    Oddity("[DONE] in quotes", answered(after=(END, '"[DONE]"'))),
    Oddity("[DONE] without a finish_reason", answered(after=(DONE,))),
    Oddity("nothing ends after [DONE]", Raw((PLAIN, 1.5), "text/event-stream")),
    Oddity("nothing ends after the finish_reason", Raw((events(*pieces(), END), 1.5), "text/event-stream")),
    Oddity("cut after the finish_reason", answered(after=(END,), cut=True)),
    Oddity("characters cut between packets", Raw(tuple(PLAIN[i : i + 1] for i in range(len(PLAIN))),
        "text/event-stream")),
    Oddity("a character's halves in two chunks", escaped(*SPLIT_EMOJI, END, DONE)),
    Oddity("a half of a character alone", escaped(chunk({"content": f"Yes. {HALF}"}), END, DONE), "Yes. \ufffd"),
    Oddity("the content type in capitals", answered(content_type="Text/Event-Stream; Charset=UTF-8")),
    Oddity("no content type", answered(content_type=None)),
    Oddity("a wrong content type", answered(content_type="application/octet-stream")),
    Oddity("compressed", Raw((gzip.compress(PLAIN),), "text/event-stream", headers=(("Content-Encoding", "gzip"),))),
    Oddity("JSON instead of a stream", whole(completion())),
    Oddity("JSON instead of a stream, said to be one", whole(completion(), content_type="text/event-stream")),
    Oddity("JSON instead of a stream, in lines", Raw((b"\n  " + json.dumps(completion(), indent=1).encode(),))),
    Oddity("a refusal in pieces", streamed(chunk({"refusal": "I can"}), chunk({"refusal": "not."}), END, LAST, DONE),
        None, "empty", "refused to answer: I cannot.", flags=frozenset({"model_refused", "empty"}), billed=9),
    Oddity("a tool call in pieces", streamed(
        chunk({"tool_calls": [{"index": 0, "function": {"name": "search", "arguments": ""}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}), chunk({}, "tool_calls"), LAST, DONE),
        None, "empty", "called a tool (search)", flags=frozenset({"tool_calls", "empty"}), billed=9),
    failed("an error event", streamed(*pieces(), cut=True) and Raw((
        events(*pieces()), b'event: error\ndata: {"message": "CUDA out of memory"}\n\n'), "text/event-stream"),
        "nonsense", "CUDA out of memory", again=True, billed=10),
    failed("an error event in words", Raw((b"event: error\ndata: CUDA out of memory\n\n",), "text/event-stream"),
        "nonsense", "CUDA out of memory", again=True),
    failed("an error midway", streamed(*pieces()[:2], MIDWAY, DONE), "server", "CUDA out of memory", again=True,
        billed=4),
    failed("an error midway, with usage", streamed(*pieces()[:2], MIDWAY | {"usage": USAGE}), "server",
        "CUDA out of memory", again=True, billed=9),
    failed("an error within the choice", streamed(*pieces()[:2], {"choices": [
        {"index": 0, "delta": {"content": ""}, "finish_reason": "error", "error": {"code": 502, "message": "gone"}}]}),
        "server", "gone", again=True, billed=4),
    failed("an error after the finish_reason", streamed(*pieces(), END, MIDWAY), "server", "CUDA", again=True, billed=10),
    failed("an error as an object of its own", streamed({"object": "error", "message": "too busy", "code": 503}),
        "server", "too busy", again=True),
    failed("an error instead of a stream", whole({"error": {"message": "no slots left", "code": 503}}), "server",
        "no slots left", again=True),
    failed("cut without a finish_reason", streamed(*pieces(), cut=True), "cut", "closed the connection", again=True,
        billed=10),
    failed("ended without a finish_reason", streamed(*pieces()), "cut", "closed the connection", again=True, billed=10),
    failed("cut within an event", Raw((events(*pieces()), b'data: {"choi'), "text/event-stream"), "cut",
        "closed the connection", again=True, billed=10),
    failed("broken JSON midway", streamed(*pieces()[:2], '{"choices": [', *pieces()[2:], END, DONE), "nonsense",
        "not JSON", again=True, billed=4),
    failed("HTML instead of a stream", whole("<html>nginx</html>", content_type="text/html"), "nonsense", "not JSON",
        again=True),
    failed("nothing at all", Raw((), "text/event-stream"), "nonsense", "not JSON", again=True),
    failed("[DONE] alone", streamed(DONE), "nonsense", "not as a chat model does"),
    failed("nested deeply", streamed("[" * 100_000), "nonsense", "nested too deeply", again=True),
]  # fmt: skip

DEEP = "[" * 100_000 + "]" * 100_000
NO_CONTENT: dict[str, Any] = {"role": "assistant", "content": None}

REPLIES = [
    Oddity("as the protocol has it", whole(completion())),
    Oddity("content as parts", whole(completion({"content": [
        {"type": "text", "text": ANSWER[:9]}, {"type": "image"}, {"type": "text", "text": ANSWER[9:]}]}))),
    Oddity("content as parts without types", whole(completion({"content": [{"text": ANSWER}]}))),
    Oddity("legacy text", whole({"choices": [{"text": ANSWER, "finish_reason": "stop"}], "usage": USAGE})),
    Oddity("the message as a text", whole(completion(ANSWER))),
    Oddity("several choices", whole({"choices": [{"index": 1, "message": {"content": "No."}},
        *completion()["choices"]]})),
    Oddity("a delta instead of a message", whole(chunk({"content": ANSWER}, "stop"))),
    Oddity("no finish_reason", whole(completion(finish=None))),
    Oddity("a finish_reason that is a number", whole(completion(finish=3))),
    Oddity("refusal beside an answer", whole(completion({"content": ANSWER, "refusal": None}))),
    Oddity("no content type", whole(completion(), content_type=None)),
    Oddity("a mark of the byte order", Raw((b"\xef\xbb\xbf" + json.dumps(completion()).encode(),))),
    Oddity("a line break within a text", whole(json.dumps(completion({"content": "one@two"})).replace("@", "\n")),
        "one\ntwo"),
    Oddity("bytes that are no text", Raw((json.dumps(completion({"content": "naïve"}), ensure_ascii=False)
        .encode("latin-1"),)), "na\ufffdve"),
    Oddity("a lone half of a character", whole(completion({"content": f"Yes {HALF}."})), "Yes \ufffd."),
    Oddity("the halves the wrong way round", whole(completion({"content": "Yes \ude42\ud83d."})),
        "Yes \ufffd\ufffd."),
    Oddity("a lone half in the thinking", whole(completion({"content": ANSWER, "reasoning_content": f"Hm{HALF}"})),
        thinking="Hm\ufffd"),
    Oddity("a lone half in the model's name", whole(completion(model=f"m{HALF}"))),
    Oddity("a lone half in a name of a field", whole(completion(**{f"x{HALF}": 1}))),
    Oddity("NUL in the answer", whole(completion({"content": "Yes\0."})), "Yes\ufffd."),
    Oddity("a number of 5,000 digits", whole(json.dumps(completion(extra=1)).replace("1}", "9" * 5_000 + "}"))),
    Oddity("1e400 and NaN", whole(json.dumps(completion(extra=1)).replace("1}", "[1e400, NaN, -Infinity]}"))),
    *(Oddity(f"tokens: {n!r:.20}", whole(completion(usage={"prompt_tokens": n, "completion_tokens": n})),
        flags=frozenset({"usage_estimated"}))
        for n in (10**30, -5, 2.5, "12", None, True, float("nan"), float("inf"), [1], {"n": 1}, 10**12)),
    *(Oddity(f"output tokens: {n!r:.20}", whole(completion(usage={"prompt_tokens": 20, "completion_tokens": n})),
        flags=frozenset({"usage_estimated"}))
        for n in (10**30, -5, "12", float("nan"))),
    *(Oddity(f"usage: {usage!r:.20}", whole(completion(usage=usage)), flags=frozenset({"usage_estimated"}))
        for usage in (None, [], "20", 20, {"prompt_tokens_details": 7})),
    Oddity("tokens of 5,000 digits", whole(json.dumps(completion()).replace("20,", "9" * 5_000 + ",")),
        flags=frozenset({"usage_estimated"})),
    Oddity("whole tokens as 20.0", whole(completion(usage={"prompt_tokens": 20.0, "completion_tokens": 9.0}))),
    Oddity("odd details of tokens", whole(completion(usage=USAGE | {"prompt_tokens_details": [1],
        "completion_tokens_details": {"reasoning_tokens": 10**40}}))),
    Oddity("cut by the filter", whole(completion(finish="content_filter")), flags=frozenset({"content_filter"})),
    failed("a refusal", whole(completion(NO_CONTENT | {"refusal": f"I cannot {HALF}."})), "empty",
        "refused to answer: I cannot \ufffd.", flags=frozenset({"model_refused", "empty"}), billed=9),
    failed("a refusal as a part", whole(completion({"content": [{"type": "refusal", "refusal": "No, I cannot."}]})),
        "empty", "refused to answer: No, I cannot.", flags=frozenset({"model_refused", "empty"}), billed=9),
    failed("content_filter", whole(completion(NO_CONTENT, "content_filter")), "empty", "content filter",
        flags=frozenset({"content_filter", "empty"}), billed=9),
    failed("SAFETY", whole(completion(NO_CONTENT, "SAFETY")), "empty", "content filter",
        flags=frozenset({"content_filter", "empty"}), billed=9),
    failed("a message that is null", whole({"choices": [{"message": None, "finish_reason": "content_filter"}]}),
        "empty", "content filter", flags=frozenset({"content_filter", "usage_estimated", "empty"})),
    failed("tool calls", whole(completion(NO_CONTENT | {"tool_calls": [
        {"type": "function", "function": {"name": "search", "arguments": "{}"}}]}, "tool_calls")), "empty",
        "called a tool (search) instead of answering", flags=frozenset({"tool_calls", "empty"}), billed=9),
    failed("a function call", whole(completion(NO_CONTENT | {"function_call": {"name": "search"}}, "function_call")),
        "empty", "called a tool (search)", flags=frozenset({"tool_calls", "empty"}), billed=9),
    failed("reasoning only", whole(completion({"content": "", "reasoning_content": "Hm, 30 days."})), "empty",
        "all of its reply was thinking", flags=frozenset({"only_thinking", "empty"}), billed=9),
    failed("cut while it thinks", whole(completion({"content": "", "reasoning": "Hm."}, "length")), "empty",
        "cut at max_tokens", flags=frozenset({"only_thinking", "cut_at_max_tokens", "empty"}), billed=9),
    failed("an empty answer", whole(completion({"content": ""})), "empty", "empty answer", again=True,
        flags=frozenset({"empty"}), billed=9),
    failed("empty choices", whole(completion(choices=[])), "nonsense", "not as a chat model does", billed=9),
    failed("choices: null", whole(completion(choices=None)), "nonsense", "not as a chat model does", billed=9),
    failed("choices as a text", whole(completion(choices="Yes.")), "nonsense", "not as a chat model does", billed=9),
    failed("a list", whole([1, 2]), "nonsense", "not as a chat model does"),
    failed("a number", whole("9" * 5_000), "nonsense", "not as a chat model does"),
    failed("null", whole("null"), "nonsense", "not as a chat model does"),
    failed("a half of a character as a reply", whole(json.dumps([HALF])), "nonsense", "not as a chat model does"),
    failed("JSON nested 100,000 deep", whole(DEEP), "nonsense", "nested too deeply", again=True),
    failed("a reply nested 100,000 deep", whole(json.dumps(completion(extra=1)).replace("1}", DEEP + "}")),
        "nonsense", "nested too deeply", again=True),
    failed("a reply nested 500 deep", whole(json.dumps(completion(extra=1)).replace("1}", "[" * 500 + "]" * 500 + "}")),
        "nonsense", "nested too deeply", again=True),
    failed("an error with a lone half", whole({"error": {"message": f"no {HALF}"}}, status=500), "server",
        "no \ufffd", again=True),
    failed("an error nested deeply", whole('{"error": ' + DEEP + "}", status=400), "rejected", "[[["),
    failed("an error whose code has 5,000 digits", whole('{"error": {"message": "no", "code": ' + "4" * 5_000 + "}}"),
        "nonsense", "no", again=True),
    failed("an error that is a list", whole({"detail": [{"loc": ["body"], "msg": "field required"}]}, status=422),
        "rejected", "field required"),
    failed("an error of 5 MB", whole({"error": {"message": "x" * 5_000_000}}, status=400), "rejected", "xxx"),
    failed("an encoding that was not asked for", Raw((b"abc",), headers=(("Content-Encoding", "br"),)), "nonsense",
        "'br', which was not asked for"),
    failed("compressed data that is damaged", Raw((b"abcdef",), headers=(("Content-Encoding", "gzip"),)), "nonsense",
        "damaged", again=True),
    failed("compressed data that is cut", Raw((gzip.compress(json.dumps(completion()).encode())[:-12],),
        headers=(("Content-Encoding", "gzip"),)), "cut", "closed the connection", again=True),
    failed("40 KB that are 40 MB", Raw((gzip.compress(b" " * 40_000_000),), headers=(("Content-Encoding", "gzip"),)),
        "nonsense", "larger than 32 MB"),
    failed("1,000,001 characters", whole(completion({"content": "x" * 1_000_001})), "nonsense",
        "more than the 1,000,000 characters", billed=9),
]  # fmt: skip
