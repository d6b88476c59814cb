"""Sparse search: the ranking is that of the brute-force dot product, in memory, in files and over a part.
Knows nothing about servers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.event_loop import EMBEDDING
from tests.pipeline.small_corpus import DOCUMENTS, VectorsByText
from tests.pipeline.sparse_vectors import SPLADE, packed
from tests.protocol_server.sparse import weights
from workbench.errors import IndexBuildError
from workbench.pipeline import corpus_opener
from workbench.pipeline.asker import EmbeddedTexts, Kind
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.embedding_parts import Part
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.searching import search
from workbench.pipeline.sparse import SparseIndex, postings_of, retrieve_sparse
from workbench.pipeline.stage_counts import StageCounts
from workbench.pipeline.types import Chunk, Ranking
from workbench.pipeline.vector_forms import SPARSE
from workbench.run.progress import Progress
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval
from workbench.store.database import Store
from workbench.store.sharing.shared_vectors import SharedVectors

SETTING = Retrieval(
    splitter="sentence", chunk_tokens=16, chunk_overlap=0, retriever="sparse", sparse_embedding=SPLADE
).canonical()

# Whole numbers, so that equal sums are equal whatever the order of adding.
VECTORS = st.dictionaries(st.integers(0, 9), st.integers(-3, 3).filter(bool), max_size=6)


def index_of(vectors: Sequence[dict[int, float]]) -> SparseIndex:
    return SparseIndex(postings_of(SPARSE.stack([packed(v) for v in vectors])), len(vectors))


def brute_force(
    query: dict[int, float], vectors: Sequence[dict[int, float]], n: int
) -> list[tuple[int, float]]:
    scores = [sum(w * vector.get(index, 0) for index, w in query.items()) for vector in vectors]
    return sorted(enumerate(map(float, scores)), key=lambda hit: (-hit[1], hit[0]))[:n]


@given(vectors=st.lists(VECTORS, max_size=12), query=VECTORS, n=st.integers(1, 15))
def test_a_ranking_is_that_of_the_brute_force_dot_product(
    vectors: list[dict[int, float]], query: dict[int, float], n: int
) -> None:
    assert index_of(vectors).query(packed(query), n) == brute_force(query, vectors, n)


@given(
    vectors=st.lists(VECTORS, min_size=1, max_size=12), query=VECTORS, n=st.integers(1, 15), data=st.data()
)
def test_a_part_of_the_chunks_is_ranked_as_if_there_were_no_others(
    vectors: list[dict[int, float]], query: dict[int, float], n: int, data: Any
) -> None:
    chosen = sorted(data.draw(st.sets(st.integers(0, len(vectors) - 1))))
    part = index_of(vectors).within(np.array(chosen, dtype=np.int64))
    assert part.query(packed(query), n) == brute_force(query, [vectors[place] for place in chosen], n)


def test_in_an_index_what_shares_nothing_with_the_question_has_zero_and_comes_last() -> None:
    index = index_of([{}, {3: 0.5}, {}])
    assert index.query(packed({3: 2}), 9) == [(1, 1.0), (0, 0.0), (2, 0.0)]
    assert index.query(packed({}), 9) == [(0, 0.0), (1, 0.0), (2, 0.0)]
    assert index.query(packed({(1 << 24) - 1: 1}), 1) == [(0, 0.0)]  # an index that no chunk has
    assert index_of([{}, {}]).query(packed({3: 2}), 9) == [(0, 0.0), (1, 0.0)]


def test_a_corpus_without_an_index_is_an_error() -> None:
    with pytest.raises(IndexBuildError):
        retrieve_sparse(SearchableCorpus([]), [Query("q", sparse_vector=packed({}))], 3)


def test_only_chunks_that_share_something_are_found_for_one_text_or_several() -> None:
    # Chunks 7, 8 and 9 each match one text; the others have indexes that no text has.
    vectors = [{100 + place: 1.0} for place in range(7)] + [{1: 1.0}, {2: 2.0}, {3: 3.0, 4: -1.0}]
    chunks = [Chunk("d.md", "D", n * 100, n * 100 + 5, f"text {n}", 2) for n in range(10)]
    corpus = SearchableCorpus(chunks, sparse_index=index_of(vectors))
    chat = Model(name="chat", base_url="http://127.0.0.1:9/v1", model="chat")

    def found(query: str, *texts: dict[int, float]) -> list[tuple[int, float]]:
        setting = Retrieval(retriever="sparse", sparse_embedding=SPLADE, query=query, query_model=chat)
        [hits] = search(corpus, setting, [[Query("q", sparse_vector=packed(text)) for text in texts]])
        return [(chunks.index(hit.chunk), hit.score) for hit in hits]

    one = {1: 1.0}
    assert found("plain", one) == [(7, 1.0)] and not found("plain", {}) and not found("plain", {4: 1.0})
    for several in ("several", "decompose", "step_back"):
        assert found(several, one, {2: 1.0}, {3: 1.0}) == [(7, 1.0), (8, 2.0), (9, 3.0)]
        assert found(several, {9_999: 1.0}, one, {9_999: 1.0}) == [(7, 1.0)]


class SparseByText(VectorsByText):
    """Gives texts the weights of their words."""

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: object = None
    ) -> EmbeddedTexts:
        made = await super().embed(model, texts, kind=kind)
        sparse = model.kind == "sparse_embedding"
        vectors = SPARSE.stack([packed(weights(text)) for text in texts]) if sparse else made.vectors
        return EmbeddedTexts(vectors, 0.0, 0.0)


def ranked(
    opener: CorpusOpener,
    asker: SparseByText,
    retrieval: Retrieval = SETTING,
    question: str = "Text 4 of part 2?",
) -> list[tuple[str, float]]:
    [ranking] = asyncio.run(rank_questions(opener, retrieval, [question], asker))
    assert isinstance(ranking, Ranking)
    return [(hit.chunk.id, hit.score) for hit in ranking.hits]


def opener_at(folder: Path, progress: Progress | None = None) -> CorpusOpener:
    return CorpusOpener(DOCUMENTS, Caches(folder / "cache", folder / "indexes"), progress or Progress())


def test_an_opened_corpus_is_ranked_as_by_brute_force(tmp_path: Path) -> None:
    opener, asker = opener_at(tmp_path), SparseByText()
    found = ranked(opener, asker)
    chunks = asyncio.run(opener.open(SETTING, asker)).chunks
    query, *vectors = [packed(weights(text)) for text in ("Text 4 of part 2?", *(c.text for c in chunks))]
    asked = dict(zip(*np.split(query.astype(float), 2), strict=True))
    scores = [
        sum(
            asked.get(index, 0.0) * weight
            for index, weight in zip(*np.split(v.astype(float), 2), strict=True)
        )
        for v in vectors
    ]
    best = sorted(range(len(chunks)), key=lambda place: (-scores[place], place))[:50]
    assert found == [(chunks[place].id, pytest.approx(scores[place])) for place in best]


def test_a_large_corpus_in_files_ranks_as_one_in_memory_and_embeds_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = SparseByText()
    in_memory = ranked(opener_at(tmp_path / "memory"), asker)
    monkeypatch.setattr(corpus_opener, "LEAST_MAPPED", 1)
    texts = asker.texts
    assert ranked(opener_at(tmp_path / "files"), asker) == in_memory and asker.texts == 2 * texts
    [folder] = (tmp_path / "files" / "cache" / "vectors").iterdir()
    assert {path.stem for path in folder.glob("*.npy")} == {"data", "indices", "indptr"}
    (tmp_path / "files" / "cache" / "vectors.db").unlink()  # opening reads the files alone
    progress = Progress()
    assert ranked(opener_at(tmp_path / "files", progress), asker) == in_memory
    assert asker.texts == 2 * texts + 1  # the question
    changed = bytearray((folder / "data.npy").read_bytes())
    changed[-1] ^= 255
    (folder / "data.npy").write_bytes(changed)
    assert ranked(opener_at(tmp_path / "files"), asker) == in_memory


def test_the_plan_counts_texts_to_embed_and_then_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches = Caches(tmp_path / "cache", tmp_path / "indexes", "chroma")
    for least in (10_000, 1):
        monkeypatch.setattr(corpus_opener, "LEAST_MAPPED", least)
        ranked(CorpusOpener(DOCUMENTS, caches), SparseByText())
        counts = StageCounts(DOCUMENTS, [SETTING], caches)
        [(model, count)] = counts.embed(["Text 4 of part 2?", "new?"])
        assert model == SPLADE and count.left == 1 and count.distinct > 10
        assert counts.index().left == 0 and counts.index_kinds == ("exact",)  # whatever is set for dense ones


def test_sparse_and_dense_rankings_are_combined(tmp_path: Path) -> None:
    def found(**fields: Any) -> list[str]:
        setting = Retrieval.model_validate(dict(SETTING) | {"embedding": EMBEDDING} | fields).canonical()
        return [chunk for chunk, _ in ranked(opener, asker, setting)]

    opener, asker = opener_at(tmp_path), SparseByText()
    hybrid = {"retriever": {"hybrid": {"lexical": "sparse"}}}
    sparse, dense = found(), found(retriever="dense")
    both = found(**hybrid)
    assert (
        set(both) <= {*sparse, *dense} and both not in (sparse, dense) and both != found(retriever="hybrid")
    )
    assert found(**hybrid, fusion="weighted:1") == dense
    assert found(**hybrid, fusion="weighted:0") == sparse


def test_a_model_is_kept_only_where_its_vectors_are_compared() -> None:
    setting = {"sparse_embedding": SPLADE, "embedding": EMBEDDING}
    for retriever, models in (
        ("sparse", (SPLADE,)),
        ("dense", (EMBEDDING,)),
        ("keyword", ()),
        ("hybrid", (EMBEDDING,)),
        ({"hybrid": {"lexical": "sparse"}}, (EMBEDDING, SPLADE)),
    ):
        canonical = Retrieval.model_validate({"retriever": retriever} | setting).canonical()
        assert canonical.embeddings == models
    without = Retrieval(retriever="dense", embedding=EMBEDDING).canonical()
    assert "sparse_embedding" not in without.content  # what was stored before has the same identity


def test_texts_are_embedded_in_parts_and_then_nobody_pays_again(tmp_path: Path) -> None:
    opener, asker = opener_at(tmp_path), SparseByText()

    async def in_parts() -> None:
        [unembedded] = await opener.find_unembedded(SETTING, asker)
        assert len(unembedded.missing) == unembedded.distinct > 10
        for number in range(3):
            await opener.embed_part(SETTING, unembedded.key, Part(number, 3), asker)
        assert asker.texts == unembedded.distinct
        [left] = await opener.find_unembedded(SETTING, asker)
        assert not left.missing

    asyncio.run(in_parts())
    texts = asker.texts
    ranked(opener, asker)
    assert asker.texts == texts + 1  # the question


def test_what_one_home_has_embedded_others_find_in_their_shared_store(store: Store, tmp_path: Path) -> None:
    asker = SparseByText()

    def found(name: str) -> list[tuple[str, float]]:
        caches = Caches(tmp_path / name / "cache", tmp_path / name, shared_vectors=SharedVectors(store))
        return ranked(CorpusOpener(DOCUMENTS, caches), asker)

    first, texts = found("first"), asker.texts
    assert found("second") == first and asker.texts == texts > 10


def test_a_question_that_is_asked_again_is_not_embedded_again(tmp_path: Path) -> None:
    opener, asker = opener_at(tmp_path), SparseByText()
    first = ranked(opener, asker)
    texts = asker.texts
    assert ranked(opener, asker) == first and asker.texts == texts
