"""What the worker answers the Playground: pieces as they come, one row a call, nothing bought twice.
Knows nothing about the page."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.protocol_server import Cut, ProtocolServer, Refuse, Reply
from tests.tiny_experiment import Runner, local_embedding, local_model, runner, tiny  # noqa: F401  (fixtures)
from workbench.space.file_writing import to_yaml
from workbench.store.ledger import get_spend, list_calls
from workbench.store.requests import add_request, get_events, take_requests
from workbench.worker.requests import answer_request


def tried(runner: Runner, question: str, **fields: Any) -> list[Any]:  # noqa: F811
    """The events of one request."""
    data = {
        "name": "playground", "corpus": "tiny", "prompts": ["concise"], "models": ["embedded/extractive"],
        "retrieval": {"retriever": ["keyword"], "top_k": [2]},
    }  # fmt: skip
    id_ = add_request(runner.store, "playground", {"yaml": to_yaml(data | fields), "question": question})
    (request,) = take_requests(runner.store)
    asyncio.run(answer_request(runner.store, runner.settings, request))
    return get_events(runner.store, id_)


def test_an_embedded_model_answers_with_passages_and_grounding(runner: Runner) -> None:  # noqa: F811
    events = tried(runner, "How much does the tank hold?")
    assert [e.kind for e in events][-1] == "result" and events[0].payload["what"] == "passages"
    found = events[-1].payload
    assert "two litres" in found["answer"] and found["grounding"] > 0.85
    assert found["passages"][0]["document"] == "water.md" and found["cost_usd"] > 0


def test_a_served_model_streams_and_is_booked_once(runner: Runner) -> None:  # noqa: F811
    with ProtocolServer() as server:
        model = local_model(server)
        first = tried(runner, "How much does the tank hold?", models=[model])[-1].payload
        again = tried(runner, "How much does the tank hold?", models=[model])[-1].payload
        chats = [body for body in server.posts if "messages" in body]
    assert len(chats) == 1 and chats[0]["stream"] is True
    assert not first["stored"] and again["stored"] and again["answer"] == first["answer"]
    assert get_spend(runner.store).calls == 1
    assert get_spend(runner.store).spent_usd == pytest.approx(first["cost_usd"])
    assert first["tokens"]["input"] > 0 and not first["flags"]


def served_retrieval(server: ProtocolServer) -> dict[str, Any]:
    return {"embedding": [local_embedding(server)], "retriever": ["hybrid"], "top_k": [2]}


def test_every_request_that_a_served_embedding_model_gets_is_a_row_of_the_ledger(
    runner: Runner,  # noqa: F811
) -> None:
    with ProtocolServer() as server:
        fields = {"models": [local_model(server)], "retrieval": served_retrieval(server)}
        found = tried(runner, "How much does the tank hold?", **fields)[-1]
        posts = len(server.posts)
        again = tried(runner, "How much does the tank hold?", **fields)[-1].payload
        assert len(server.posts) == posts
    kinds = [call.kind for _, call in list_calls(runner.store)]
    assert found.kind == "result" and sorted(kinds) == ["embed", "embed_query", "generate"]
    assert len(kinds) == posts
    assert again["stored"] and again["cost_usd"] == pytest.approx(found.payload["cost_usd"])


def test_configurations_side_by_side_embed_the_documents_once(runner: Runner) -> None:  # noqa: F811
    with ProtocolServer() as server:
        shared = {"name": "p", "corpus": "tiny", "prompts": ["concise"], "models": [local_model(server)]}
        for top_k in (1, 2, 3):
            retrieval = {**served_retrieval(server), "top_k": [top_k]}
            payload = {"yaml": to_yaml(shared | {"retrieval": retrieval}), "question": "What is covered?"}
            add_request(runner.store, "playground", payload)

        async def answer_all() -> None:
            requests = take_requests(runner.store)
            await asyncio.gather(*(answer_request(runner.store, runner.settings, r) for r in requests))

        asyncio.run(answer_all())
    kinds = [call.kind for _, call in list_calls(runner.store)]
    assert (kinds.count("embed"), kinds.count("generate")) == (1, 3)


def test_a_refusal_of_the_embedding_model_is_tried_again(runner: Runner) -> None:  # noqa: F811
    with ProtocolServer(plan=lambda n, path, body: Refuse(429, "0.1") if n in (1, 3) else None) as server:
        fields = {"models": [local_model(server)], "retrieval": served_retrieval(server)}
        found = tried(runner, "How much does the tank hold?", **fields)[-1]
        assert found.kind == "result" and "two litres" in found.payload["answer"].lower()
        calls = [call for _, call in list_calls(runner.store)]
        assert sum(call.attempts for call in calls) == len(server.posts) == len(calls) + 2


def test_a_server_that_is_not_there_is_given_up_soon_and_said_so(runner: Runner) -> None:  # noqa: F811
    model = {"name": "dead", "base_url": "http://127.0.0.1:9/v1", "model": "x", "price": {"free": True}}
    started = time.monotonic()
    event = tried(runner, "How much does the tank hold?", models=[model])[-1]
    assert event.kind == "error" and "127.0.0.1:9" in event.payload["message"]
    assert time.monotonic() - started < 10


def test_an_answer_that_breaks_off_begins_anew(runner: Runner) -> None:  # noqa: F811
    with ProtocolServer(plan=lambda n, path, body: Cut() if n == 1 else None) as server:
        events = tried(runner, "How much does the tank hold?", models=[local_model(server)])
    answer = events[-1].payload["answer"]
    told = [e.payload["text"] for e in events if e.payload.get("what") == "text"]
    assert len(server.posts) == 2 and all(answer.startswith(text) for text in told)


@pytest.mark.parametrize(
    "odd",
    [
        Reply("<think>\nThe tank, says water.md.\n</think>\n\nIt holds two litres.<|im_end|>"),
        Reply("It holds two litres.<|im_end|>", thinking="The tank, says water.md."),
    ],
    ids=["in the text", "beside it"],
)
def test_thinking_is_told_apart_from_the_answer(runner: Runner, odd: Reply) -> None:  # noqa: F811
    with ProtocolServer(plan=lambda n, path, body: odd) as server:
        events = tried(runner, "How much does the tank hold?", models=[local_model(server)])
    told = [e.payload for e in events if e.payload.get("what") == "text"]
    assert all("It holds two litres.".startswith(t["text"]) and "<" not in t["thinking"] for t in told)
    result = events[-1].payload
    assert (result["answer"], result["thinking"]) == ("It holds two litres.", "The tank, says water.md.")
    assert 0 < result["tokens"]["thinking"] <= result["tokens"]["output"]
    assert result["flags"] == ["template_marks"] and len(result["claims"]) == 1


def test_an_experiment_reuses_what_the_playground_asked(runner: Runner) -> None:  # noqa: F811
    from tests.tiny_experiment import experiment

    with ProtocolServer() as server:
        model = local_model(server)
        axes = {"splitter": ["markdown"], "chunk_tokens": [64], "retriever": ["keyword"], "top_k": [2]}
        tried(runner, "How much does the tank hold?", models=[model], retrieval=axes)
        before = len(server.posts)
        result = runner.run(experiment(models=[model], retrieval=axes, holdout=0.0))
        assert len(server.posts) - before == result.status["answers"] - 1


def test_a_server_that_cannot_stream_answers_in_one_piece(runner: Runner) -> None:  # noqa: F811
    def plan(number: int, path: str, body: dict[str, Any]) -> Any:
        return Refuse(400, message="stream is not supported here") if body.get("stream") else None

    with ProtocolServer(plan=plan) as server:
        found = tried(runner, "How much does the tank hold?", models=[local_model(server)])[-1]
    assert found.kind == "result" and "two litres" in found.payload["answer"].lower()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"models": ["nobody"]}, "not registered"),
        ({"corpus": "nowhere"}, "nowhere"),
        ({"prompts": [{"name": "x", "template": "{question} {nothing}"}]}, "nothing"),
    ],
)
def test_what_is_wrong_is_said_in_words(runner: Runner, fields: Any, words: str) -> None:  # noqa: F811
    event = tried(runner, "Anything?", **fields)[-1]
    assert event.kind == "error" and words in event.payload["message"]


def test_indexing_tells_how_many_chunks_are_embedded_while_it_happens(
    runner: Runner,  # noqa: F811
) -> None:
    documents = runner.settings.corpora / "tiny" / "documents"
    for number in range(80):
        (documents / f"{number}.md").write_text(f"# Part {number}\n\nPart {number} weighs {number} grams.\n")
    with ProtocolServer() as server:
        fields = {"models": [local_model(server)], "retrieval": served_retrieval(server)}
        first = tried(runner, "What does part 7 weigh?", **fields)
        again = tried(runner, "What does part 8 weigh?", **fields)
    told = [e.payload for e in first if e.kind == "piece" and e.payload["what"] == "indexing"]
    assert (told[-1]["done"], told[-1]["total"]) == (83, 83) and told[0]["done"] < 83
    assert [t["done"] for t in told] == sorted(t["done"] for t in told)
    kinds = [e.payload["what"] for e in first if e.kind == "piece"]
    assert kinds.index("indexing") < kinds.index("passages")
    assert "indexing" not in [e.payload.get("what") for e in again]
