"""What each stage makes of one small document, to the letter: who changes a stage's output must raise its
version in workbench/pipeline/fingerprints.py, or stored results of the old code are taken for the new.
Knows nothing about whether the output is good."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.pipeline.sparse_vectors import SPLADE, packed
from tests.protocol_server.sparse import weights
from workbench.corpus.types import Document
from workbench.parts.part import Retriever
from workbench.parts.registry import parts_of
from workbench.pipeline import fingerprints
from workbench.pipeline.bm25 import terms_of
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.llm_rerank import rerank_messages
from workbench.pipeline.mmr import order_by_mmr
from workbench.pipeline.postings import build_postings
from workbench.pipeline.prompt_rendering import render_prompt
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.searching import search
from workbench.pipeline.selection import select
from workbench.pipeline.sparse import SparseIndex, postings_of
from workbench.pipeline.types import Chunk, Hit
from workbench.pipeline.vector_forms import SPARSE
from workbench.pipeline.vector_index import open_vector_index
from workbench.pipeline.vector_stores.registry import VectorIndexKind, open_vector_store
from workbench.pipeline.vector_stores.types import IndexContent
from workbench.providers.embedded.embeddings import EmbeddedEmbeddings
from workbench.space.prompt import Prompt
from workbench.space.retrieval import Retrieval

TEXT = (
    "# Guide\n\n## Water\n\nThe tank holds two litres. Rinse it.\n\n## Power\n\n"
    "| Model | Watts |\n|---|---|\n| A | 900 |\n| B | 1200 |\n\nNever cover it.\n"
)
GUIDE = Document("guide.md", "Guide", TEXT, "markdown")
QUESTION = "How much water does the tank hold?"


@pytest.mark.parametrize(
    ("splitter", "overlap", "spans"),
    [
        ("markdown", 0, [(0, 55), (57, 65), (67, 119), (121, 136)]),
        ("sentence", 4, [(0, 84), (85, 136)]),
        ("token", 4, [(0, 86), (75, 132), (113, 136)]),
    ],
)
def test_chunks(splitter: str, overlap: int, spans: list[tuple[int, int]]) -> None:
    assert fingerprints.CHUNK_VERSION == 3
    assert [(c.start, c.end) for c in chunk_document(GUIDE, splitter, 24, overlap)] == spans


@pytest.mark.parametrize(
    ("splitter", "headers"),
    [
        ("markdown", ["", "", "", ""]),
        ("sentence", ["", "| Model | Watts |"]),
        ("token", ["", "| Model", "| Model | Watts |\n|---|---|"]),
    ],
)
def test_table_headers(splitter: str, headers: list[str]) -> None:
    assert fingerprints.TABLE_VERSION == 1
    assert [c.header for c in chunk_document(GUIDE, splitter, 24, 4 * (splitter != "markdown"))] == headers


def chunks() -> list[Chunk]:
    texts = [
        "The tank holds two litres of water.",
        "The heater warms a room of twenty square metres.",
        "Coffee needs a grinder and clean water.",
        "Order the water filter cartridge for the tank.",
    ]
    return [
        Chunk("d.md", "Machine", n * 100, n * 100 + len(t), t, len(t.split())) for n, t in enumerate(texts)
    ]


def rank(folder: Path, retriever: str, kind: VectorIndexKind = "exact") -> list[Hit]:
    model, found = EmbeddedEmbeddings(), chunks()
    vectors = asyncio.run(model.embed([c.text for c in found])).vectors
    [query] = asyncio.run(model.embed([QUESTION])).vectors
    store = open_vector_store(kind, Caches(folder, folder))
    index = open_vector_index(store, IndexContent("golden", found, vectors)).index
    sparse = SparseIndex(postings_of(SPARSE.stack([packed(weights(c.text)) for c in found])), len(found))
    corpus = SearchableCorpus(found, vectors, index, sparse_index=sparse)
    setting = Retrieval(retriever=retriever, sparse_embedding=SPLADE)
    [hits] = search(corpus, setting, [[Query(QUESTION, query, sparse_vector=packed(weights(QUESTION)))]])
    return hits


@pytest.mark.parametrize(
    ("retriever", "kind", "order"),
    [
        ("dense", "exact", [(0, 0.7367), (3, 0.3838), (1, 0.1521), (2, 0.1436)]),
        ("dense", "chroma", [(0, 0.7367), (3, 0.3838), (1, 0.1521), (2, 0.1436)]),
        ("keyword", "exact", [(0, 0.918), (3, 0.4276), (2, 0.1453)]),
        ("hybrid", "exact", [(0, 0.0328), (3, 0.0323), (2, 0.0315), (1, 0.0159)]),
        ("sparse", "exact", [(3, 1.7224), (0, 1.4414), (1, 0.4805), (2, 0.4805)]),
        ('hybrid(lexical="sparse")', "exact", [(0, 0.0325), (3, 0.0325), (1, 0.0317), (2, 0.0312)]),
    ],
)
def test_rankings(
    tmp_path: Path, retriever: str, kind: VectorIndexKind, order: list[tuple[int, float]]
) -> None:
    assert (fingerprints.INDEX_VERSION, fingerprints.RETRIEVE_VERSION) == (2, 1)
    versions = {name: part.version for name, part in parts_of(Retriever).items()}
    assert versions == {"dense": 2, "keyword": 4, "sparse": 2, "hybrid": 5}
    hits = rank(tmp_path, retriever, kind)
    assert [(h.chunk.start // 100, pytest.approx(h.score, abs=1e-3)) for h in hits] == order


def test_terms_of_stored_keyword_indexes() -> None:
    assert fingerprints.KEYWORD_VERSION == 2
    [terms] = terms_of(chunks()[3:], "bigrams", ["Type A heaters of v2."])
    assert terms == "machin type heater v2 order water filter cartridg tank a 2".split()
    vocabulary, postings = build_postings([terms, ["tank"]])
    assert list(vocabulary) == sorted(set(terms))
    assert postings["indices"].tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert postings["data"][7:9].tolist() == pytest.approx([0.0530, 0.1167], abs=1e-4)


def test_rerankers(tmp_path: Path) -> None:
    assert fingerprints.RERANK_VERSION == 1
    hits = rank(tmp_path, "dense")
    model = EmbeddedEmbeddings()
    vectors = asyncio.run(model.embed([h.chunk.text for h in hits])).vectors
    [query] = asyncio.run(model.embed([QUESTION])).vectors
    assert [h.chunk.start // 100 for h in order_by_mmr([query], hits, vectors)] == [0, 3, 1, 2]
    asked = rerank_messages(QUESTION, hits[:2])
    assert [m.role for m in asked] == ["system", "user"]
    assert asked[1].content == (
        "[1] Machine\nThe tank holds two litres of water.\n\n"
        "[2] Machine\nOrder the water filter cartridge for the tank.\n\n"
        f"Question: {QUESTION}\n\nRank the passages above from most to least helpful for answering the "
        "question. Reply with their numbers only: all of them, each in square brackets, the most helpful first, "
        "separated by ' > '."
    )


def test_prompts() -> None:
    prompt = Prompt(name="p", version=1, system="Today is {today}.", template="{passages}\n\nQ: {question}")
    hits = [Hit(c, 1.0) for c in chunks()[:2]]
    rendered = render_prompt(prompt, QUESTION, hits, "2026-01-01")
    assert [(m.role, m.content) for m in rendered.messages] == [
        ("system", "Today is 2026-01-01."),
        (
            "user",
            "[1] Machine\nThe tank holds two litres of water.\n\n"
            f"[2] Machine\nThe heater warms a room of twenty square metres.\n\nQ: {QUESTION}",
        ),
    ]


@pytest.mark.parametrize(
    ("returns", "spans"),
    [
        ("window:1", [(0, 65)]),
        ("parent:48", [(0, 55)]),
        ("section:1024", [(0, 55)]),
        ("merged(tokens=48, share=0.8)", [(0, 55)]),
    ],
)
def test_selections(returns: str, spans: list[tuple[int, int]], tmp_path: Path) -> None:
    assert fingerprints.SELECT_VERSION == 1
    retrieval = Retrieval(
        splitter="markdown", chunk_tokens=24, chunk_overlap=0, retriever="keyword", returns=returns, top_k=1
    )
    hits = [Hit(chunk, 1.0) for chunk in chunk_document(GUIDE, "markdown", 24, 0)]
    selection = select(hits, retrieval, CorpusTexts([GUIDE], tmp_path))
    assert [(p.chunk.start, p.chunk.end) for p in selection.passages] == spans


def test_every_version_is_watched_here() -> None:
    declared = set(re.findall(r"^([A-Z]+_VERSION) = ", Path(fingerprints.__file__).read_text(), re.M))
    assert declared and all(name in Path(__file__).read_text() for name in declared)
