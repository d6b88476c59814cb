"""Chunks, vectors, indexes, retrievers, rerankers and prompts.
Knows nothing about experiments."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.sparse_vectors import SPLADE, packed
from tests.protocol_server.sparse import weights
from workbench.corpus.types import Document
from workbench.errors import ProviderError, StoreError
from workbench.fingerprint import fingerprint, fingerprint_each
from workbench.parts.part import Retriever
from workbench.parts.registry import parts_of
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import EmbeddedTexts
from workbench.pipeline.bm25 import KeywordIndex
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.embedding import embed_texts
from workbench.pipeline.fusion import reciprocal_rank_fusion
from workbench.pipeline.hyde import hyde_messages, hyde_query
from workbench.pipeline.llm_rerank import rerank_llm
from workbench.pipeline.mmr import order_by_mmr
from workbench.pipeline.prompt_rendering import format_passages, render_prompt
from workbench.pipeline.rank_order import parse_order
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.searching import search
from workbench.pipeline.sparse import SparseIndex, postings_of
from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Chunk, Hit
from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_forms import SPARSE
from workbench.pipeline.vector_stores.exact import ExactIndex
from workbench.pipeline.vector_stores.registry import VectorIndexKind
from workbench.providers.embedded.embeddings import EmbeddedEmbeddings
from workbench.providers.types import Message
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval

TEXT = "# Guide\n\n## Water\n\nThe tank holds two litres. Rinse it.\n\n## Power\n\n| Model | Watts |\n|---|---|\n| A | 900 |\n| B | 1200 |\n\nNever cover it.\n"
GUIDE = Document("guide.md", "Guide", TEXT, "markdown")
SPLITTERS = ("sentence", "token", "markdown")


def chunk(text: str, number: int = 0) -> Chunk:
    return Chunk("d.md", "D", number * 1000, number * 1000 + len(text), text, len(text.split()))


@pytest.mark.parametrize("splitter", SPLITTERS)
@settings(max_examples=40, deadline=None)
@given(
    paragraphs=st.lists(
        st.lists(st.sampled_from(["Alpha beta.", "The same line again.", "Numbers 1,200 count!", "# Head", "- item", "| a | b |"]), min_size=1, max_size=12),
        min_size=1, max_size=6,
    ),
    size=st.integers(16, 60), overlap=st.integers(0, 12),
)  # fmt: skip
def test_chunks_are_exact_spans_that_lose_no_word(
    splitter: str, paragraphs: list[list[str]], size: int, overlap: int
) -> None:
    text = "\n\n".join("\n".join(lines) for lines in paragraphs)
    document = Document("d.md", "D", text, "markdown")
    chunks = chunk_document(document, splitter, size, overlap)
    covered = set()
    for c in chunks:
        assert text[c.start : c.end] == c.text and c.text.strip()
        covered.update(range(c.start, c.end))
    assert all(i in covered for i, character in enumerate(text) if character.isalnum())


@pytest.mark.parametrize("splitter", SPLITTERS)
def test_chunks_keep_to_their_size(splitter: str) -> None:
    text = " ".join(f"Sentence number {i} says something of middling length." for i in range(200))
    chunks = chunk_document(Document("d.md", "D", text, "text"), splitter, 64, 8)
    assert len(chunks) > 20 and max(c.tokens for c in chunks) <= 64


def test_a_markdown_chunk_says_under_which_headings_it_stands() -> None:
    titles = {c.text.split("\n")[0]: c.title for c in chunk_document(GUIDE, "markdown", 16, 0)}
    assert any("Guide" in title and "Power" in title for title in titles.values())


def test_stored_chunks_come_back_and_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    first, counts = chunk_documents([GUIDE], "token", 16, 0, tmp_path)
    again, stored = chunk_documents([GUIDE], "token", 16, 0, tmp_path)
    for file in tmp_path.rglob("*.json"):
        file.write_text('[{"document"')
    third, remade = chunk_documents([GUIDE], "token", 16, 0, tmp_path)
    assert first == again == third
    assert (counts.made, stored.stored, remade.made) == (1, 1, 1)


class CountingAsker:
    """Embeds words as one of three axes and counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, model: Model, texts: list[str], *, kind: str, kept: Any = None) -> EmbeddedTexts:
        self.asked += texts
        rows = [[t.count("a") + 0.1, t.count("b") + 0.1, 0.1] for t in texts]
        return EmbeddedTexts(np.array(rows, dtype=np.float32), None, 0.0)


def served_embedding(name: str, **fields: Any) -> Model:
    return Model(name=name, kind="embedding", base_url="http://127.0.0.1:9/v1", model=name, **fields)


def test_a_text_is_embedded_once_for_each_model(tmp_path: Path) -> None:
    asker, cache = CountingAsker(), VectorCache(tmp_path / "v.db")
    for name in ("one", "one", "two"):
        texts = ["a", "b", "a"]
        vectors = asyncio.run(embed_texts(asker, served_embedding(name), texts, cache, kind="embed"))
        assert vectors.shape == (3, 3) and np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert asker.asked == ["a", "b", "a", "b"]


def kept(path: Path) -> VectorCache:
    """A cache that holds unit vectors of 400 texts."""
    cache = VectorCache(path)
    vectors = np.random.default_rng(1).normal(size=(400, 64)).astype(np.float32)
    cache.keep(
        "m", [f"text {i}" for i in range(400)], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    )
    return cache


def test_a_locked_vector_cache_is_an_error_and_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path / "v.db").close()
    before = (tmp_path / "v.db").read_bytes()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **(k | {"timeout": 0.1})))
    holder = connect(tmp_path / "v.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        VectorCache(tmp_path / "v.db").keep("m", ["new"], np.ones((1, 64), dtype=np.float32))
    holder.close()
    assert (tmp_path / "v.db").read_bytes() == before


def test_a_vector_cache_damaged_in_the_middle_is_put_aside_while_in_use(tmp_path: Path) -> None:
    kept(tmp_path / "v.db").close()
    data = bytearray((tmp_path / "v.db").read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    (tmp_path / "v.db").write_bytes(data)
    cache = VectorCache(tmp_path / "v.db")
    found = cache.find("m", [f"text {i}" for i in range(400)])
    assert cache.was_damaged and (tmp_path / "v.db.damaged").exists() and len(found) < 400
    cache.keep("m", ["text 1"], np.ones((1, 64), dtype=np.float32))
    assert set(cache.find("m", ["text 1"])) == {"text 1"}


def test_a_vector_whose_bytes_changed_counts_as_missing(tmp_path: Path) -> None:
    cache = kept(tmp_path / "v.db")
    cache.close()
    with sqlite3.connect(tmp_path / "v.db") as database:
        key, blob = database.execute("select key, vector from vector limit 1").fetchone()
        database.execute("update vector set vector = ? where key = ?", (b"\x00" + blob[1:], key))
    cache = VectorCache(tmp_path / "v.db")
    assert len(cache.find("m", [f"text {i}" for i in range(400)])) == 399


@given(st.lists(st.one_of(st.text(), st.integers(), st.none()), min_size=1), st.lists(st.text(), max_size=4))
def test_fingerprints_with_a_shared_beginning_are_the_same_as_one_by_one(
    shared: list[Any], last: list[str]
) -> None:
    assert fingerprint_each(*shared, last=last) == [fingerprint(*shared, one) for one in last]


def searchable() -> SearchableCorpus:
    texts = [
        "the tank holds water",
        "the heater warms a room",
        "coffee needs a grinder",
        "water filter cartridge",
    ]
    chunks = [chunk(t, i) for i, t in enumerate(texts)]
    vectors = asyncio.run(EmbeddedEmbeddings().embed(texts)).vectors
    sparse = SparseIndex(postings_of(SPARSE.stack([packed(weights(text)) for text in texts])), len(texts))
    return SearchableCorpus(chunks, vectors, ExactIndex(vectors), sparse_index=sparse)


@pytest.mark.parametrize("name", [*parts_of(Retriever), 'hybrid(lexical="sparse")'])
def test_every_retriever_ranks_what_fits_first_and_in_order(name: str) -> None:
    found = searchable()
    questions = ["Which heater warms a room?", "water"]
    vectors = asyncio.run(EmbeddedEmbeddings().embed(questions)).vectors
    queries = [
        [Query(q, v, sparse_vector=packed(weights(q)))] for q, v in zip(questions, vectors, strict=True)
    ]
    rankings = search(found, Retrieval(retriever=name, sparse_embedding=SPLADE), queries)
    assert rankings[0][0].chunk.text == "the heater warms a room"
    for ranking in rankings:
        scores = [hit.score for hit in ranking]
        assert scores == sorted(scores, reverse=True) and len({h.chunk.id for h in ranking}) == len(ranking)


def test_keyword_search_finds_nothing_for_unknown_words(tmp_path: Path) -> None:
    assert KeywordIndex([chunk("water tank")]).query("zebra", 5) == []
    assert KeywordIndex([]).query("water", 5) == []


def test_fusion_prefers_what_both_rankings_hold() -> None:
    assert reciprocal_rank_fusion([[(1, 9.0), (2, 8.0)], [(2, 1.0), (3, 0.5)]], 50)[0][0] == 2


def test_mmr_puts_something_different_second() -> None:
    hits = [Hit(chunk("a", 0), 3.0), Hit(chunk("a again", 1), 2.0), Hit(chunk("b", 2), 1.0)]
    vectors = np.array([[1, 0], [0.999, 0.045], [0.6, 0.8]], dtype=np.float32)
    ordered = order_by_mmr([np.array([0.95, 0.31], dtype=np.float32)], hits, vectors)
    assert [h.chunk.text for h in ordered][:2] in (["a again", "b"], ["a", "b"])
    assert len(ordered) == 3


@given(st.text())
def test_any_reply_of_a_reranking_model_gives_valid_positions_or_none(reply: str) -> None:
    order = parse_order(reply, 4)
    assert order is None or (set(order) <= {0, 1, 2, 3} and len(set(order)) == len(order))


def rerank(reply: str) -> tuple[list[str], tuple[str, ...]]:
    async def ask(messages: tuple[Message, ...]) -> str:
        return reply

    given = [Hit(chunk(t, i), 1.0) for i, t in enumerate("abc")]
    context = RerankContext(Query("Q?"), lambda hits: np.zeros((len(hits), 0), dtype=np.float32), ask)
    hits, flags = asyncio.run(rerank_llm("Q?", given, context))
    return [h.chunk.text for h in hits], flags


def test_a_model_reorders_and_what_it_leaves_out_comes_last() -> None:
    assert rerank("[3] > [1]") == (["c", "a", "b"], ("rerank_partial",))
    assert rerank("[3] > [1] > [2]") == (["c", "a", "b"], ())


def test_a_reply_without_numbers_keeps_the_order_and_is_flagged() -> None:
    assert rerank("I cannot rank these.") == (["a", "b", "c"], ("rerank_unparsed",))


def test_hyde_searches_for_the_question_and_the_draft() -> None:
    assert "Why?" in hyde_messages("Why?")[0].content
    assert hyde_query("Why?", "Because.") == "Why?\nBecause."


PROMPT = Prompt(name="p", system="Today {today}.", template="{passages}\n\nQuestion: {question}")


def test_a_prompt_numbers_its_passages_with_their_titles() -> None:
    made = render_prompt(
        PROMPT, "Why?", [Hit(chunk("First."), 1.0), Hit(chunk("Second.", 1), 0.5)], "2026-01-02"
    )
    assert made.messages[0].content == "Today 2026-01-02."
    assert made.messages[1].content == "[1] D\nFirst.\n\n[2] D\nSecond.\n\nQuestion: Why?"


def test_a_prompt_longer_than_the_context_drops_its_last_passages_and_says_so() -> None:
    hits = [Hit(chunk("word " * 60, i), 1.0) for i in range(5)]
    made = render_prompt(PROMPT, "Why?", hits, "today", context_window=300, max_tokens=50)
    assert 0 < len(made.hits) < 5 and made.flags == ("passages_dropped",)


def test_a_context_too_small_for_the_question_is_an_error() -> None:
    with pytest.raises(ProviderError) as caught:
        render_prompt(PROMPT, "Why? " * 100, [], "today", context_window=64, max_tokens=32)
    assert caught.value.kind == "context"


def test_only_what_decides_a_ranking_is_in_its_fingerprint() -> None:
    embedding = Model(name="embedded/minilm", kind="embedding")
    base = Retrieval(embedding=embedding, top_k=2)
    assert fingerprints.group(base) == fingerprints.group(base.model_copy(update={"top_k": 9}))
    assert fingerprints.group(base) != fingerprints.group(base.model_copy(update={"retriever": "dense"}))
    assert fingerprints.corpus_chunks([GUIDE], base) != fingerprints.corpus_chunks(
        [Document("guide.md", "Guide", TEXT + "More.", "markdown")], base
    )


def test_an_approximate_index_names_the_rankings_that_it_decides_and_no_others() -> None:
    embedding = Model(name="embedded/minilm", kind="embedding")
    dense = Retrieval(retriever="dense", embedding=embedding)
    exact, approximate = (
        fingerprints.rankings("c", dense, kind, ["Q?"]) for kind in get_args(VectorIndexKind)
    )
    assert exact != approximate
    keyword = Retrieval(retriever="keyword")
    before = fingerprint("ranking", 1, None, "c", None, fingerprints.group(keyword), "Q?")
    for kind in get_args(VectorIndexKind):
        assert fingerprints.rankings("c", keyword, kind, ["Q?"]) == [before]


def test_a_response_format_is_part_of_a_calls_key_and_none_changes_no_key() -> None:
    from workbench.pipeline.chat_request import _request_json, call_key
    from workbench.providers.types import ChatRequest, Message
    from workbench.space.model import Model

    model = Model(name="m", base_url="http://127.0.0.1:1/v1", model="m")
    plain = ChatRequest(messages=(Message("user", "hello"),))
    shaped = ChatRequest(messages=plain.messages, response_format='{"type":"json_object"}')
    assert set(_request_json(plain)) == {
        "messages", "temperature", "max_tokens", "top_p", "seed", "stop", "extra_body",
    }  # fmt: skip
    assert call_key(model, plain, 0, "judge") != call_key(model, shaped, 0, "judge")


@pytest.mark.parametrize(
    "text, written",
    [
        ("[2] Prices\nIt is free.", "(2) Prices\nIt is free."),
        ("Costs:\n  [3] It is free.", "Costs:\n  (3) It is free."),
        ("> 【1】 quoted", "> (1) quoted"),
        ("As said in [2], it is free.", "As said in [2], it is free."),
        ("[a] and [20255] stay", "[a] and [20255] stay"),
    ],
)
def test_a_passage_cannot_look_like_the_next_one(text: str, written: str) -> None:
    hit = Hit(Chunk("a.md", "A", 0, len(text), text, 5), 1.0)
    assert format_passages([hit]) == f"[1] A\n{written}"
