"""Ranking a batch of questions: what is worked out once, and what keeps off the event loop.
Knows nothing about experiments. Figures over 50,000 chunks: benchmarks/event_loop.py."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.corpus.types import Document
from workbench.errors import CorpusError, ProviderError
from workbench.pipeline.asker import EmbeddedTexts, Reply, TypicalCall
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.searchable import SearchableCorpus
from workbench.pipeline.types import Ranking
from workbench.providers.types import ChatRequest, Usage, Vectors
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

EMBEDDING = Model(name="served", kind="embedding", base_url="http://127.0.0.1:9/v1", model="m")
CHAT = Model(name="helper", base_url="http://127.0.0.1:9/v1", model="m")
WORDS = "valve tank heater label parcel refund ladder meter filter handle engine window".split()
QUESTIONS = [f"Which {word} is it?" for word in WORDS]


def documents() -> list[Document]:
    texts = [" ".join(f"The {word} number {n} {word}s." for word in WORDS) for n in range(20)]
    return [Document(f"{n}.txt", f"Number {n}", text, "text") for n, text in enumerate(texts)]


class FakeAsker:
    """Vectors by counting letters; replies with `reply`, which fails the question on tanks if it is an error."""

    def __init__(self, reply: str | ProviderError = "[1]") -> None:
        self.reply = reply
        self.asked: list[str] = []

    async def ask(self, model: Model, request: ChatRequest, *, kind: Any, **_: Any) -> Reply:
        self.asked.append(request.messages[-1].content)
        if isinstance(self.reply, ProviderError) and "Question: Which tank" in self.asked[-1]:
            raise self.reply
        return Reply(str(self.reply), Usage(), 0.5, 2.0)

    async def embed(self, model: Model, texts: Any, *, kind: Any, kept: Any = None) -> EmbeddedTexts:
        rows = [[text.count(letter) + 0.1 for letter in "abcdefgh"] for text in texts]
        return EmbeddedTexts(np.array(rows, dtype=np.float32), 0.0, 0.0)

    async def context_window(self, model: Model) -> int | None:
        return model.context_window

    async def typical_call(self, model: Model, kind: Any) -> TypicalCall | None:
        return TypicalCall(1.0, 0.25)


def rank(tmp_path: Path, asker: FakeAsker, **setting: Any) -> list[Ranking | ProviderError]:
    retrieval = Retrieval(chunk_tokens=16, chunk_overlap=0, **setting).canonical()
    opener = CorpusOpener(documents(), Caches(tmp_path / "cache", tmp_path / "indexes"))
    return asyncio.run(rank_questions(opener, retrieval, QUESTIONS, asker))


def test_mmr_places_chunks_once_for_a_corpus_and_never_on_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    placed: list[int] = []
    original = SearchableCorpus.positions.func

    def positions(self: SearchableCorpus) -> dict[str, int]:
        placed.append(len(self.chunks))
        return original(self)  # type: ignore[no-any-return]

    def vectors_of(self: SearchableCorpus, hits: Any) -> Vectors:
        threads.append(threading.current_thread())
        assert self.vectors is not None
        rows: Vectors = self.vectors[[self.positions[hit.chunk.id] for hit in hits]]
        return rows

    monkeypatch.setattr(SearchableCorpus.positions, "func", positions)
    monkeypatch.setattr(SearchableCorpus, "vectors_of", vectors_of)
    rankings = rank(tmp_path, FakeAsker(), embedding=EMBEDDING, retriever="keyword", rerank="mmr")
    assert len(rankings) == len(threads) == len(QUESTIONS) and len(placed) == 1
    assert threading.main_thread() not in threads


def test_what_a_ranking_takes_is_the_sum_of_its_calls(tmp_path: Path) -> None:
    models = {"embedding": EMBEDDING, "query_model": CHAT, "rerank_model": CHAT}
    rankings = rank(tmp_path, FakeAsker(), retriever="hybrid", query="hyde", rerank="llm", **models)
    for ranking in rankings:
        assert isinstance(ranking, Ranking)
        assert ranking.cost_usd == pytest.approx(0.5 + 0.25 + 0.5)
        assert 2.0 + 1.0 + 2.0 <= ranking.seconds < 6.0


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"query": "hyde", "query_model": CHAT}, "Query transform: Not this one."),
        ({"rerank": "llm", "rerank_model": CHAT}, "Rerank: Not this one."),
    ],
)
def test_a_question_whose_call_fails_has_a_problem_and_the_others_have_rankings(
    tmp_path: Path, setting: dict[str, Any], words: str
) -> None:
    asker = FakeAsker(ProviderError("Not this one.", kind="server"))
    results = rank(tmp_path, asker, retriever="keyword", **setting)
    failed = [q for q, r in zip(QUESTIONS, results, strict=True) if isinstance(r, ProviderError)]
    assert failed == ["Which tank is it?"]
    assert all(str(r) == words for r in results if isinstance(r, ProviderError))


@pytest.mark.parametrize("kind", ["empty", "context", "rejected", "nonsense"])
@pytest.mark.parametrize(
    ("stage", "setting"),
    [
        ("query", {"query": "hyde", "query_model": CHAT}),
        ("rerank", {"rerank": "llm", "rerank_model": CHAT}),
    ],
)
def test_what_asking_again_would_not_mend_costs_a_question_only_the_help(
    tmp_path: Path, stage: str, setting: dict[str, Any], kind: str
) -> None:
    results = rank(
        tmp_path, FakeAsker(ProviderError("Not this one.", kind=kind)), retriever="keyword", **setting
    )
    plain = rank(tmp_path, FakeAsker(), retriever="keyword")
    number = QUESTIONS.index("Which tank is it?")
    ranking, without = results[number], plain[number]
    assert isinstance(ranking, Ranking) and isinstance(without, Ranking)
    assert ranking.hits == without.hits and ranking.flags == (f"{stage}_failed", f"{stage}_{kind}")
    others = [r for n, r in enumerate(results) if n != number]
    assert all(isinstance(r, Ranking) and f"{stage}_failed" not in r.flags for r in others)


def test_documents_without_text_are_an_error(tmp_path: Path) -> None:
    opener = CorpusOpener([Document("a.txt", "A", "", "text")], Caches(tmp_path, tmp_path / "indexes"))
    with pytest.raises(CorpusError, match="no text"):
        asyncio.run(rank_questions(opener, Retrieval(retriever="keyword"), ["Q?"], FakeAsker()))
