"""Embedding servers' prefixes, dimensions and limits, over real HTTP.
Knows nothing about how batches are spread over workers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import Misbehaviour, ProtocolServer, Refuse
from tests.tiny_experiment import Runner, experiment, local_embedding, runner, tiny  # noqa: F401
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.errors import ModelError, ProviderError
from workbench.pipeline import fingerprints
from workbench.pipeline.batch_sizes import BatchSizes
from workbench.pipeline.embedding import UnembeddedTexts, embed_texts
from workbench.pipeline.vector_cache import VectorCache
from workbench.providers.trust import Trust
from workbench.providers.types import Vectors
from workbench.settings import load_settings
from workbench.space.known_prefixes import find_prefixes
from workbench.space.model import Model

WORDS = "The tank of the heater holds two litres and the label of the parcel costs five euros a month."


def at(server: ProtocolServer, **fields: Any) -> Model:
    limits = {"concurrency": 1}
    return Model.model_validate(
        {"name": "e", "kind": "embedding", "base_url": server.base_url, "model": "test-embed", "limits": limits} | fields
    )  # fmt: skip


def embed(
    tmp_path: Path, model: Model, texts: Sequence[str], kind: Any = "embed", sizes: BatchSizes | None = None
) -> Vectors:
    async def work() -> Vectors:
        cache = VectorCache(tmp_path / "vectors.db")
        async with open_interactive_caller(
            MemoryLedger(), [model], load_settings(), Trust.of([model])
        ) as caller:
            return await embed_texts(caller, model, texts, cache, kind=kind, sizes=sizes or BatchSizes())

    return asyncio.run(work())


def sent(server: ProtocolServer) -> list[str]:
    return [text for body in server.posts for text in body["input"]]


def test_each_kind_of_text_begins_with_its_prefix_and_another_prefix_embeds_no_more_than_it_must(
    tmp_path: Path,
) -> None:
    with ProtocolServer() as server:
        e5 = at(server, query_prefix="query: ", document_prefix="passage: ")
        embed(tmp_path, e5, ["the tank"])
        embed(tmp_path, e5, ["the tank"], "embed_query")
        assert sent(server) == ["passage: the tank", "query: the tank"]
        other = e5.model_copy(update={"query_prefix": "search: "})
        embed(tmp_path, other, ["the tank"])
        embed(tmp_path, other, ["the tank"], "embed_query")
        assert sent(server)[2:] == ["search: the tank"]
    assert fingerprints.model(e5) != fingerprints.model(other)
    assert fingerprints.vectors(e5) == fingerprints.vectors(other)


def test_a_text_that_fails_is_named_without_its_prefix(tmp_path: Path) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return Refuse(422, message="no poison") if any("poison" in t for t in body["input"]) else None

    with ProtocolServer(plan=plan) as server, pytest.raises(UnembeddedTexts) as caught:
        embed(tmp_path, at(server, document_prefix="passage: "), ["poison", "water"])
    assert list(caught.value.errors) == ["poison"]


def test_dimensions_are_asked_for_and_a_server_that_ignores_them_is_noticed(tmp_path: Path) -> None:
    with ProtocolServer() as server:
        assert embed(tmp_path, at(server, dimensions=16), [WORDS]).shape == (1, 16)
        assert server.posts[0]["dimensions"] == 16
    with ProtocolServer(ignores_dimensions=True) as server:
        with pytest.raises(ProviderError, match="ignores the setting `dimensions`") as caught:
            embed(tmp_path / "other", at(server, dimensions=16), ["the tank"])
        assert caught.value.kind == "no_model" and "Leave dimensions out" in str(caught.value.hint)


@pytest.mark.parametrize(
    "refusal",
    [
        Refuse(413, message="Payload Too Large"),
        Refuse(422, message="batch size 64 > maximum allowed batch size 32"),  # TEI
        Refuse(400, message="The max allowed tokens per submitted batch is 120000."),  # Voyage
        Refuse(400, message="Invalid 'input': maximum request size is 300000 tokens per request."),  # OpenAI
        Refuse(500, message="input is too large to process. increase the physical batch size"),  # llama.cpp
        Refuse(400, message="at most 10 texts per call"),
    ],
    ids=lambda refusal: refusal.message[:20],
)
def test_what_a_server_refused_is_remembered_for_the_next_texts(tmp_path: Path, refusal: Refuse) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return refusal if len(body["input"]) > 10 else None

    sizes = BatchSizes()
    with ProtocolServer(plan=plan) as server:
        embed(tmp_path, at(server), [f"text {n}" for n in range(64)], sizes=sizes)
        first = len(server.posts)
        embed(tmp_path, at(server), [f"another {n}" for n in range(64)], sizes=sizes)
        later = [len(body["input"]) for body in server.posts[first:]]
    assert max(later) <= 10 and sum(later) == 64


def test_one_text_that_is_too_long_teaches_nothing_about_numbers(tmp_path: Path) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return Refuse(413, message="too long") if any(len(t) > 50 for t in body["input"]) else None

    sizes = BatchSizes()
    with ProtocolServer(plan=plan) as server, pytest.raises(UnembeddedTexts):
        embed(tmp_path, at(server), ["x" * 60, *(f"text {n}" for n in range(40))], sizes=sizes)
    assert sizes.most(at(server), 64) == 64


def test_an_experiment_searches_with_prefixes_and_reuses_its_vectors(runner: Runner) -> None:  # noqa: F811
    with ProtocolServer() as server:
        given = local_embedding(server, query_prefix="query: ", document_prefix="passage: ")
        written = experiment(retrieval={"retriever": ["dense"], "embedding": given, "top_k": [2]})
        assert runner.run(written).state == "done"
        texts = sent(server)
        assert {text.partition(": ")[0] for text in texts} == {"query", "passage"}
        assert runner.run(written.model_copy(update={"name": "again"})).state == "done"
        assert sent(server) == texts


def test_settings_that_are_not_used_change_no_identity() -> None:
    model = Model(name="e", kind="embedding", base_url="http://h/v1", model="m")
    assert model.content == {"base_url": "http://h/v1", "model": "m", "revision": None}
    assert model.model_copy(update={"dimensions": 8}).content["dimensions"] == 8


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"query_prefix": "query: "}, "query_prefix is a setting of embedding models"),
        ({"dimensions": 8}, "dimensions is a setting of embedding models"),
        ({"path": "/models/x"}, "path is the folder of a reranker"),
        ({"path": "/models/x", "kind": "reranker"}, "without a base_url"),
    ],
)
def test_settings_of_another_kind_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Model.model_validate({"name": "m", "base_url": "http://h/v1", "model": "m"} | fields)


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("nomic-embed-text:v1.5", "search_query: ", "search_document: "),
        ("BAAI/bge-base-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("Alibaba-NLP/gte-Qwen2-7B-instruct", "Instruct: ", ""),
        ("Qwen/Qwen3-Embedding-0.6B", "Instruct: ", ""),
    ],
)
def test_the_prefixes_of_known_families(name: str, query: str, document: str) -> None:
    known = find_prefixes(name)
    assert known is not None and known.query.startswith(query) and known.document == document


@pytest.mark.parametrize("name", ["BAAI/bge-m3", "BAAI/bge-reranker-base", "text-embedding-3-small", None])
def test_other_models_have_none(name: str | None) -> None:
    assert find_prefixes(name) is None
