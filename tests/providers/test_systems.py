"""Replies of systems, good and bad: over real HTTP, from functions, and as chat endpoints cite.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.raw_reply import Raw
from tests.system_server import SystemServer
from workbench.corpus.types import AskedQuestion, Turn
from workbench.errors import ExperimentError, ProviderError
from workbench.input.json_path import JsonPath, NotThere
from workbench.pipeline.system_passages import request_system
from workbench.providers.open_model import open_chat_model
from workbench.providers.types import ChatReply
from workbench.replies.citations import read_citations
from workbench.replies.system_passages import MOST_PASSAGES, SystemPassage
from workbench.space.system import System
from workbench.user_code.permission import Code, allow, look_in

PARAGRAPH = {
    "text": "Goods can be returned within 30 days.",
    "document": "returns.md",
    "start": 3,
    "end": 40,
    "score": 1,
}


@pytest.fixture(scope="module")
def server() -> Iterator[SystemServer]:
    with SystemServer() as running:
        yield running


def ask(system: System, question: str = "How long?", history: tuple[Turn, ...] = ()) -> ChatReply:
    async def ask_once() -> ChatReply:
        client = open_chat_model(system.model)
        try:
            return await client.complete(request_system(system.model, AskedQuestion(question, history)))
        finally:
            await client.close()

    return asyncio.run(ask_once())


def served(server: SystemServer, reply: Any, **fields: Any) -> System:
    server.reply = lambda _: reply
    return System.model_validate({"name": "today", "url": server.url, "timeout": 3, **fields})


def failure(system: System) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(system)
    return caught.value


# -- over HTTP ------------------------------------------------------------------------------------------


def test_answer_passages_tokens_and_cost_are_read(server: SystemServer) -> None:
    reply = ask(
        served(server, {"answer": "30 days.", "passages": [PARAGRAPH], "usage": {"prompt_tokens": 9, "completion_tokens": 3}, "cost_usd": 0.5})
    )  # fmt: skip
    assert reply.text == "30 days." and reply.cost_usd == 0.5 and reply.flags == ()
    assert (reply.usage.input, reply.usage.output, reply.usage.estimated) == (9, 3, False)
    assert reply.passages == (SystemPassage(PARAGRAPH["text"], "returns.md", 3, 40, 1.0),)  # type: ignore[arg-type]


def test_question_and_history_go_where_the_body_says(server: SystemServer) -> None:
    said = (Turn("user", "Hello {question}"), Turn("assistant", "Hi"))
    ask(served(server, {"answer": "x"}), "How long?", said)
    messages = [{"role": "user", "content": "Hello {question}"}, {"role": "assistant", "content": "Hi"}]
    assert server.asked[-1] == {"question": "How long?", "history": messages}
    body = {"input": {"query": "{question}"}, "chat": "{history}", "k": 4, "stream": False}
    ask(served(server, {"answer": "x"}, body=body), "How long?", said)
    assert server.asked[-1] == {"input": {"query": "How long?"}, "chat": messages, "k": 4, "stream": False}
    assert "authorization" not in server.headers[-1]


def test_the_map_says_where_the_reply_has_what(server: SystemServer) -> None:
    reply = {
        "data": {"text": "30 days.", "hits": [{"node": {"body": "Goods", "meta": {"file name": "returns.md"}}}]},
        "bill": {"usd": 1}, "tokens": {"input": 1, "output": 2},
    }  # fmt: skip
    paths = {
        "answer": "$.data.text", "passages": "data.hits[*].node", "text": "body",
        "document": '$.meta["file name"]', "cost_usd": "$.bill.usd", "usage": "$.tokens",
    }  # fmt: skip
    found = ask(served(server, reply, map=paths))
    assert found.text == "30 days." and found.cost_usd == 1.0 and found.usage.output == 2
    assert found.passages == (SystemPassage("Goods", "returns.md"),)


def test_passages_may_be_texts_and_what_they_lack_is_left_out(server: SystemServer) -> None:
    odd = [
        "Goods can be returned.", "Goods can be returned.", {"text": "A heater.", "start": 9, "end": 2, "score": "high"},
        {"text": "The tank.", "start": True, "end": 4.5, "score": float("1e300"), "document": 7}, {"no": "text"}, 5, None,
    ]  # fmt: skip
    reply = ask(served(server, {"answer": "x", "passages": odd}))
    assert reply.passages == (
        SystemPassage("Goods can be returned."), SystemPassage("A heater."), SystemPassage("The tank.", score=1e300),
    )  # fmt: skip
    assert "passages_without_text" in reply.flags


def test_tokens_that_are_not_told_are_counted_with_the_passages(server: SystemServer) -> None:
    plain = ask(served(server, {"answer": "30 days."})).usage
    with_passages = ask(served(server, {"answer": "30 days.", "passages": [PARAGRAPH]})).usage
    assert plain.estimated and with_passages.estimated and with_passages.input > plain.input + 5


@pytest.mark.parametrize("cost", ["1", -1, True, float("inf"), 1e9, None, [1]])
def test_a_cost_that_is_none_is_left_to_the_price(server: SystemServer, cost: Any) -> None:
    raw = json.dumps({"answer": "x", "cost_usd": cost}).encode()
    assert ask(served(server, Raw((raw,)))).cost_usd is None


def test_a_reply_without_passages_is_flagged(server: SystemServer) -> None:
    for passages in ({}, {"passages": []}, {"passages": None}):
        reply = ask(served(server, {"answer": "30 days.", **passages}))
        assert reply.passages == () and "no_passages" in reply.flags


def test_too_many_passages_are_cut(server: SystemServer) -> None:
    many = [f"Passage {n}" for n in range(MOST_PASSAGES + 5)]
    reply = ask(served(server, {"answer": "x", "passages": many}))
    assert len(reply.passages) == MOST_PASSAGES and "passages_cut" in reply.flags


@pytest.mark.parametrize(
    ("reply", "fields", "kind", "words"),
    [
        ("<html><body>Welcome</body></html>", {}, "nonsense", "is not JSON"),
        ({"error": {"message": "index is locked"}}, {}, "nonsense", "index is locked"),
        ({"error": "busy", "code": 503}, {}, "nonsense", "busy"),
        ({"result": "30 days.", "hits": []}, {}, "nonsense", "no answer at $.answer: $ is an object with the keys 'result', 'hits'"),
        ({"data": {"reply": "x"}}, {"map": {"answer": "$.data.text"}}, "nonsense", "$.data is an object with the keys 'reply'"),
        ({"answer": "x"}, {"map": {"passages": "$.sources"}}, "nonsense", "no passages at $.sources"),
        ({"answer": 5}, {}, "nonsense", "is a number, not a text"),
        ({"answer": None}, {}, "nonsense", "is null, not a text"),
        ({"answer": "x", "passages": "Goods"}, {}, "nonsense", "are a text, not a list"),
        ({"answer": "x", "passages": [{"content": "Goods"}]}, {}, "nonsense", "have no text at $.text: the first is an object with the keys 'content'"),
        (["x"], {}, "nonsense", "$ is a list of 1"),
        ({"answer": " \n"}, {}, "empty", "gave an empty answer"),
        ({"answer": "x" * 1_000_001}, {}, "nonsense", "longer than 1,000,000 characters"),
        ((401, {"detail": "who are you"}), {}, "key", "headers_env"),
        ((404, {"detail": "Not Found"}), {}, "no_model", "is not found there (404)"),
        ((429, {"error": "slow down"}), {}, "rate_limit", "slow down"),
        ((500, "boom"), {}, "server", "failed (500): boom"),
        ((422, {"detail": [{"msg": "field required"}]}), {}, "rejected", "field required"),
        ((302, ""), {}, "rejected", "in url"),
        (Raw((b'{"answer": "x', 5.0)), {"timeout": 0.3}, "timeout", "did not answer within 0.3 s"),
        (Raw((b'{"answer": "x',), cut=True), {}, "cut", "closed the connection"),
        (Raw((b'{"answer": "' + b"x" * 1_000_000,) * 40), {}, "nonsense", "larger than 32 MB"),
    ],
)  # fmt: skip
def test_a_bad_reply_is_said_clearly(
    server: SystemServer, reply: Any, fields: dict[str, Any], kind: str, words: str
) -> None:
    error = failure(served(server, reply, **fields))
    assert error.kind == kind and words in str(error)
    assert "OpenAI" not in str(error) and "base_url" not in str(error) and "/v1" not in str(error)


def test_nothing_listens(server: SystemServer) -> None:
    error = failure(System(name="today", url="http://127.0.0.1:9/ask"))
    assert error.kind == "refused" and "Start it, or correct its url." in str(error)


def test_a_key_is_sent_as_it_is_and_never_shown(
    server: SystemServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODAY_KEY@127.0.0.1", "opensesame123")
    system = served(server, (500, "opensesame123 is wrong"), headers_env={"X-Key": "TODAY_KEY"})
    assert "opensesame123" not in str(failure(system))
    assert server.headers[-1]["x-key"] == "opensesame123" and "authorization" not in server.headers[-1]
    monkeypatch.delenv("TODAY_KEY@127.0.0.1")


# -- functions ------------------------------------------------------------------------------------------

CODE = """
import asyncio, time

def good(question, history): return {"answer": question, "passages": ["Goods"], "history": history}
def alone(question): return question.upper()
async def later(question, history): await asyncio.sleep(0.01); return {"answer": "later"}
def promised(question): return later(question, [])
def raises(question): raise KeyError("no such index")
def exits(question): raise SystemExit(3)
def hangs(question): time.sleep(6)
async def hangs_later(question): await asyncio.sleep(30)
def nothing(question): return None
def odd(question): return {"answer": object, "passages": {1: 2}}
def circular(question):
    found = {"answer": "x"}
    found["passages"] = [found]
    return found
number = 5
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    file = tmp_path / f"chain_{abs(hash(tmp_path))}.py"
    file.write_text(CODE)
    look_in(tmp_path)
    allow([Code.of_file(file.resolve())])
    return file.stem


def function(module: str, name: str, **fields: Any) -> System:
    return System.model_validate({"name": "chain", "python": f"{module}:{name}", "timeout": 0.4, **fields})


@pytest.mark.parametrize(
    ("name", "answer"),
    [("good", "How long?"), ("alone", "HOW LONG?"), ("later", "later"), ("promised", "later")],
)
def test_functions_answer(module: str, name: str, answer: str) -> None:
    assert ask(function(module, name)).text == answer


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("raises", "rejected", "KeyError: 'no such index'"),
        ("exits", "rejected", "SystemExit: 3"),
        ("hangs", "timeout", "did not return within 0.4 s"),
        ("hangs_later", "timeout", "did not return within 0.4 s"),
        ("nothing", "nonsense", "returned null, not a dict"),
        ("odd", "nonsense", "are an object"),
        ("circular", "nonsense", "cannot be written as JSON"),
    ],
)
def test_a_function_that_goes_wrong_is_said_clearly(module: str, name: str, kind: str, words: str) -> None:
    started = time.perf_counter()
    error = failure(function(module, name))
    assert error.kind == kind and words in str(error)
    assert time.perf_counter() - started < 5


def test_one_that_hangs_again_and_again_is_not_called_any_more(module: str) -> None:
    async def ask_often() -> list[str]:
        system = function(module, "hangs", timeout=0.05)
        client, said = open_chat_model(system.model), []
        for _ in range(4):
            with pytest.raises(ProviderError) as caught:
                await client.complete(request_system(system.model, AskedQuestion("How long?")))
            said.append(str(caught.value))
        return said

    *first, last = asyncio.run(ask_often())
    assert all("within 0.05 s" in words for words in first) and "not called again" in last


def test_what_is_no_function_cannot_be_opened(module: str) -> None:
    with pytest.raises(ExperimentError, match="is not a function"):
        open_chat_model(function(module, "number").model)


# -- what chat endpoints cite -----------------------------------------------------------------------------


def message(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": "x", **fields}}]}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (message(context={"citations": [{"content": "Goods", "title": "Returns", "filepath": "returns.md", "url": None}]}),
         [SystemPassage("Goods", "returns.md")]),
        (message(context={"messages": [{"role": "tool", "content": '{"citations": [{"content": "Goods", "title": "Returns"}]}'}]}),
         [SystemPassage("Goods", "Returns")]),
        ({**message(), "citations": ["https://example.com/a"], "search_results": [{"title": "A", "url": "https://example.com/a", "snippet": "Goods"}]},
         [None, SystemPassage("Goods", "A")]),
        ({**message(), "sources": [{"source": {"name": "returns.md"}, "document": ["Goods", "Label"], "metadata": [{"source": "r.md"}, {}], "distances": [0.9]}]},
         [SystemPassage("Goods", "r.md", score=0.9), SystemPassage("Label", "returns.md")]),
        (message(annotations=[{"type": "url_citation", "url_citation": {"url": "https://e.com", "title": "T", "content": "Goods"}}]),
         [SystemPassage("Goods", "T")]),
        (message(annotations=[{"type": "file_citation", "filename": "returns.md"}]), [None]),
        (message(citations=["Goods can be returned."]), [SystemPassage("Goods can be returned.")]),
        ({**message(), "documents": [{"text": "Goods", "metadata": {"source": "returns.md"}}]}, [SystemPassage("Goods", "returns.md")]),
        (message(), []), ([], []), (message(context="x", citations="y", annotations={}), []), ({"choices": ["x"]}, []),
        (message(context={"messages": [{"content": "not json"}, "x"]}, annotations=["x", {}]), []),
    ],
)  # fmt: skip
def test_citations_of_each_server_are_read(reply: Any, expected: list[SystemPassage | None]) -> None:
    assert read_citations(reply) == expected


# -- paths ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", {"a": {"b": [1, {"c d": 2}]}}), ("$.a.b[0]", 1), ("a.b[1]['c d']", 2), ('$["a"].b[1]["c d"]', 2),
    ],
)  # fmt: skip
def test_paths_lead_to_values(path: str, value: Any) -> None:
    assert JsonPath.parse(path).read({"a": {"b": [1, {"c d": 2}]}}) == value


def test_a_path_says_where_it_ends() -> None:
    with pytest.raises(NotThere, match=r"\$\.a is a list of 2"):
        JsonPath.parse("$.a[2]").read({"a": [1, 2]})
    with pytest.raises(NotThere, match=r"\$ is an object with the keys '0', .* and 8 more"):
        JsonPath.parse("$.x").read({str(n): n for n in range(20)})


@pytest.mark.parametrize("text", ["$..a", "$.a[", "$.a[b]", "$.a b", "$[-1]", "$.a[?(@.b)]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ExperimentError, match="is not a path"):
        JsonPath.parse(text)
