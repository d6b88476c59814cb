"""Rerankers behind a server, over real HTTP, in every dialect and with every fault.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol_server import DIALECTS, Body, ProtocolServer, Refuse, Stall
from workbench.errors import ProviderError
from workbench.providers.connection_test import test_connection as check_connection
from workbench.providers.page_addresses import addresses_of
from workbench.providers.rerank_scores import WrongScores, read_rerank_usage, read_scores
from workbench.providers.rerank_server import RerankServer
from workbench.providers.trust import Trust
from workbench.providers.types import RerankReply, RerankRequest
from workbench.space.model import Model

QUESTION = "How much does the tank hold?"
TEXTS = ("Never cover a heater.", "The tank holds two litres, that much does it hold.", "The tank.", "")


def reranker_at(base_url: str, **fields: Any) -> Model:
    return Model(
        name="ranker", kind="reranker", base_url=base_url, model=fields.pop("model", "test-rerank"), **fields
    )


def rerank(model: Model, texts: tuple[str, ...] = TEXTS, times: int = 1) -> RerankReply:
    async def work() -> RerankReply:
        reranker = RerankServer(model, Trust.of([model]))
        try:
            for _ in range(times):
                reply = await reranker.rerank(RerankRequest(QUESTION, texts))
            return reply
        finally:
            await reranker.close()

    return asyncio.run(work())


def failure(server: ProtocolServer, **fields: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        rerank(reranker_at(server.base_url, **fields))
    return caught.value


@pytest.mark.parametrize("ending", ["/v1", "/v2", "", "/rerank", "/v1/rerank"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_found_from_every_address_that_people_write(dialect: str, ending: str) -> None:
    with ProtocolServer(reranks=dialect) as server:
        if ending == "/v2" and not {"/v2/rerank", "/rerank"} & set(DIALECTS[dialect].paths):
            pytest.skip("it has no second version")
        if ending.startswith("/v1") and dialect == "cohere v2":
            pytest.skip("it has no first version")
        reply = rerank(reranker_at(server.root_url + ending), times=3)
        paths = [path for path, _, body in server.requests if body]
    best = max(range(len(TEXTS)), key=lambda n: reply.scores[n] or -99)
    assert best == 1 and None not in reply.scores and len(reply.scores) == len(TEXTS)
    assert paths[-2:] == [paths[-1]] * 2 and len(paths) <= 2 + 4  # what answered is remembered
    assert reply.usage.searches == 1 and reply.usage.input > 0
    assert reply.usage.estimated == (dialect in ("cohere v1", "cohere v2", "tei"))


def test_addresses_are_tried_below_the_address_and_beside_it() -> None:
    assert addresses_of("http://h/v1", "rerank") == ["http://h/v1/rerank", "http://h/rerank"]
    assert addresses_of("http://h/x", "rerank") == [
        "http://h/x/rerank",
        "http://h/x/v1/rerank",
        "http://h/x/v2/rerank",
    ]


def test_further_fields_and_the_key_are_sent() -> None:
    with ProtocolServer(reranks="jina", api_key="sk-a-very-secret-key-123") as server:
        assert failure(server).kind == "key"
        rerank_body = reranker_at(server.base_url, extra_body={"return_documents": False})
        assert failure(server, extra_body={"return_documents": False}).kind == "key"
        assert server.posts[-1]["return_documents"] is False and rerank_body.extra_body
        assert "top_n" not in server.posts[-1]


def test_a_server_without_a_page_that_reranks_says_what_was_tried() -> None:
    with ProtocolServer() as server:
        error = failure(server)
    assert error.kind == "no_model" and not error.retryable
    assert "no page that reranks" in error.message and "/v1/rerank" in error.message and error.hint


def test_a_server_that_runs_without_a_reranking_model_is_named_so() -> None:
    words = "This server does not support reranking. Start it with `--reranking`"
    with ProtocolServer(reranks="llama.cpp", plan=lambda n, path, body: Refuse(501, message=words)) as server:
        error = failure(server)
    assert error.kind == "no_model" and "does not rerank" in error.message and not error.retryable


def test_an_unknown_model_is_no_missing_page() -> None:
    with ProtocolServer(reranks="vllm") as server:
        error = failure(server, model="another")
        assert len(server.posts) == 1
    assert error.kind == "no_model" and "another" in error.message


def rows(*pairs: tuple[Any, Any]) -> str:
    return json.dumps({"results": [{"index": index, "relevance_score": score} for index, score in pairs]})


GOOD = ((0, 0.1), (1, 0.9), (2, 0.3), (3, 0.0))
FAULTS = {
    "more": rows(*GOOD, (4, 0.5)),
    "unknown index": rows((0, 0.1), (1, 0.9), (2, 0.3), (7, 0.0)),
    "negative index": rows((0, 0.1), (1, 0.9), (2, 0.3), (-1, 0.0)),
    "duplicate": rows((0, 0.1), (1, 0.9), (1, 0.3), (3, 0.0)),
    "NaN": rows((0, float("nan")), (1, 0.9), (2, 0.3), (3, 0.0)),
    "infinite": rows((0, float("inf")), (1, 0.9), (2, 0.3), (3, 0.0)),
    "string": rows((0, "0.1"), (1, 0.9), (2, 0.3), (3, 0.0)),
    "string index": rows(("0", 0.1), (1, 0.9), (2, 0.3), (3, 0.0)),
    "null": rows((0, None), (1, 0.9), (2, 0.3), (3, 0.0)),
    "true": rows((True, 0.1), (1, 0.9), (2, 0.3), (3, 0.0)),
    "no index": json.dumps({"results": [{"relevance_score": 0.1}] * 4}),
    "no score": json.dumps({"results": [{"index": 0}]}),
    "empty list": json.dumps({"results": []}),
    "more bare numbers": "[0.1, 0.9, 0.3, 0.0, 0.5]",
    "a number": "12",
    "a list of lists": "[[0.1], [0.9], [0.3], [0.0]]",
    "HTML": "<html><body>Welcome</body></html>",
    "an error": json.dumps({"error": {"message": "worker died", "type": "internal"}}),
    "an error in words": json.dumps({"error": "worker died"}),
    "nothing": "",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reply_that_scores_no_passages_is_nonsense_and_never_a_guess(fault: str) -> None:
    with ProtocolServer(reranks="jina", plan=lambda n, path, body: Body(FAULTS[fault])) as server:
        error = failure(server)
    assert error.kind == "nonsense" and server.base_url in error.message


@pytest.mark.parametrize("order", [GOOD, GOOD[::-1], (GOOD[2], GOOD[0], GOOD[3], GOOD[1])])
def test_the_order_of_a_reply_does_not_matter(order: Any) -> None:
    with ProtocolServer(reranks="jina", plan=lambda n, path, body: Body(rows(*order))) as server:
        assert rerank(reranker_at(server.base_url)).scores == (0.1, 0.9, 0.3, 0.0)


def test_a_passage_that_is_left_out_has_no_score() -> None:
    with ProtocolServer(reranks="jina", plan=lambda n, path, body: Body(rows((2, 0.4), (0, 0.1)))) as server:
        assert rerank(reranker_at(server.base_url)).scores == (0.1, None, 0.4, None)


def test_too_many_passages_and_one_that_is_too_long_are_told_apart() -> None:
    with ProtocolServer(reranks="tei", most_texts=2) as server:
        assert failure(server).kind == "batch"
    with ProtocolServer(reranks="vllm", context_tokens=2) as server:
        assert failure(server).kind == "batch"
        with pytest.raises(ProviderError) as caught:
            rerank(reranker_at(server.base_url), TEXTS[:1])
    assert caught.value.kind == "context"


def test_a_server_that_hangs_ends_with_the_time_limit() -> None:
    with ProtocolServer(reranks="jina", plan=lambda n, path, body: Stall(1.0)) as server:
        error = failure(server, limits={"timeout_seconds": 0.2})
    assert error.kind == "timeout" and error.retryable


def test_searches_are_counted_as_the_server_bills_them() -> None:
    meta = {"billed_units": {"search_units": 3}, "tokens": {"input_tokens": 512}}
    usage = read_rerank_usage({"meta": meta}, "q", ["t"])
    assert (usage.searches, usage.input, usage.estimated) == (3, 512, False)
    assert read_rerank_usage([], "q", ["t"] * 3).searches == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["results", "data", "index", "score", "x"]), inner, max_size=4)
        ),
    )
)
def test_any_reply_ends_in_scores_or_in_words(raw: Any) -> None:
    try:
        scores = read_scores(raw, 3)
    except WrongScores as error:
        assert str(error)
    else:
        assert len(scores) == 3 and any(score is not None for score in scores)


def report(model: Model) -> Any:
    return asyncio.run(check_connection(model, Trust.of([model])))


def test_the_connection_test_reranks_two_passages() -> None:
    with ProtocolServer(reranks="tei") as server:
        found = report(reranker_at(server.root_url))
    assert found.ok and "reranks" in found.messages[0] and not found.warnings
    with ProtocolServer(reranks="jina", relevance=lambda query, text: 0.5) as server:
        found = report(reranker_at(server.base_url))
    assert found.ok and "Is it a reranking model?" in found.warnings[0]
    with ProtocolServer() as server:
        found = report(reranker_at(server.base_url))
    assert not found.ok and "no page that reranks" in " ".join(found.messages)
