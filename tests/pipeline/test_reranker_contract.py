"""What holds for every reranker: it loses no passage, it is deterministic, and it ranks the first candidates.
Knows nothing about what makes a reranker good."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.onnx_cross_encoder import write_cross_encoder
from tests.protocol_server import ProtocolServer
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.types import Document
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.types import Hit, Ranking
from workbench.providers.trust import Trust
from workbench.settings import load_settings
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

QUESTIONS = ["How much does the tank hold?", "Who collects heaters?"]
SENTENCES = [
    "The tank holds two litres.", "Heaters are collected for free by two people.", "Never cover a heater.",
    "Salt softeners confuse the probe of the tank.", "Goods can be returned within 30 days.", "The label costs 5 euros.",
    "Parcels are sent on Mondays.", "A heater weighs four kilos.",
]  # fmt: skip
EMBEDDING = Model(name="embedded/minilm", kind="embedding")
MODELS = {"cross_encoder by HTTP": "reranker", "llm": "chat", "cross_encoder by ONNX": "folder"}
RERANKERS = ("none", "mmr", *MODELS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cross_encoder(tmp_path_factory.mktemp("reranker"))


@pytest.fixture(scope="module")
def servers() -> Iterator[ProtocolServer]:
    with ExitStack() as stack:
        reply = "[2] > [1] > [3]"
        yield stack.enter_context(ProtocolServer(reranks="llama.cpp", reply=lambda messages: reply))


@pytest.fixture(params=RERANKERS)
def setting(request: pytest.FixtureRequest, servers: ProtocolServer, folder: Path) -> dict[str, Any]:
    """The settings of a reranker, with its model."""
    name, kind = request.param.partition(" ")[0], MODELS.get(request.param)
    model = None
    if kind == "chat":
        model = Model(name="ranker", base_url=servers.base_url, model="test-chat")
    elif kind == "reranker":
        model = Model(name="ranker", kind="reranker", base_url=servers.base_url, model="test-rerank")
    elif kind == "folder":
        model = Model(name="ranker", kind="reranker", path=str(folder))
    return {"rerank": name, "rerank_model": model}


def rank(tmp_path: Path, sentences: Sequence[str], **settings: Any) -> list[Ranking]:
    """The rankings of the questions; every sentence is a document, and so one passage."""
    retrieval = Retrieval(retriever="dense", embedding=EMBEDDING, **settings).canonical()
    documents = [Document(f"{n}.txt", f"Number {n}", text, "text") for n, text in enumerate(sentences)]
    models = [model for model in (retrieval.rerank_model, EMBEDDING) if model is not None]

    async def work() -> list[Any]:
        opener = CorpusOpener(documents, Caches(tmp_path / "cache", tmp_path / "indexes"))
        async with open_interactive_caller(
            MemoryLedger(), models, load_settings(), Trust.of(models)
        ) as caller:
            return await rank_questions(opener, retrieval, QUESTIONS, caller)

    rankings = asyncio.run(work())
    assert all(isinstance(ranking, Ranking) for ranking in rankings)
    return rankings


def names(hits: Sequence[Hit]) -> list[str]:
    return [hit.chunk.document for hit in hits]


def test_every_passage_is_returned_once_by_falling_scores_and_the_same_again(
    tmp_path: Path, setting: dict[str, Any]
) -> None:
    before = rank(tmp_path, SENTENCES)
    found = rank(tmp_path, SENTENCES, **setting)
    for old, new in zip(before, found, strict=True):
        assert sorted(names(new.hits)) == sorted(names(old.hits)) and len(new.hits) == len(SENTENCES)
        if setting["rerank"] != "mmr":  # marginal relevance may rise again
            scores = [hit.score for hit in new.hits]
            assert scores == sorted(scores, reverse=True)
        assert set(new.flags) <= {"rerank_partial"}  # the chat model names three of the passages
    again = rank(tmp_path / "again", SENTENCES, **setting)
    assert [[(h.chunk, h.score) for h in r.hits] for r in again] == [
        [(h.chunk, h.score) for h in r.hits] for r in found
    ]


def test_what_lies_behind_the_candidates_keeps_its_order(tmp_path: Path, setting: dict[str, Any]) -> None:
    before = rank(tmp_path, SENTENCES)
    found = rank(tmp_path, SENTENCES, **setting, candidates=3)
    for old, new in zip(before, found, strict=True):
        assert sorted(names(new.hits)[:3]) == sorted(names(old.hits)[:3])
        assert names(new.hits)[3:] == names(old.hits)[3:]


def test_one_passage_stays(tmp_path: Path, setting: dict[str, Any]) -> None:
    for ranking in rank(tmp_path, SENTENCES[:1], **setting):
        assert names(ranking.hits) == ["0.txt"] and ranking.flags == ()


def test_no_passage_is_no_error(tmp_path: Path, setting: dict[str, Any]) -> None:
    sentences = ["Nothing of it.", "Not a word."]
    before = (
        {"retriever": "keyword", "embedding": None}
        if setting["rerank"] != "mmr"
        else {"retriever": "keyword"}
    )
    retrieval = Retrieval(**{"embedding": EMBEDDING, **setting, **before}).canonical()
    documents = [Document(f"{n}.txt", "", text, "text") for n, text in enumerate(sentences)]
    models = [model for model in (retrieval.rerank_model, EMBEDDING) if model is not None]

    async def work() -> list[Any]:
        opener = CorpusOpener(documents, Caches(tmp_path / "cache", tmp_path / "indexes"))
        async with open_interactive_caller(
            MemoryLedger(), models, load_settings(), Trust.of(models)
        ) as caller:
            return await rank_questions(opener, retrieval, ["Zebras?"], caller)

    [ranking] = asyncio.run(work())
    assert isinstance(ranking, Ranking) and ranking.hits == () and ranking.flags == ()


def test_a_cross_encoder_finds_the_answer(tmp_path: Path, setting: dict[str, Any]) -> None:
    if setting["rerank"] != "cross_encoder":
        pytest.skip("this is about cross-encoders")
    first = [ranking.hits[0].chunk.text for ranking in rank(tmp_path, SENTENCES, **setting)]
    assert first == SENTENCES[:2]
