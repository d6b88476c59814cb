"""Real parts of LlamaIndex as splitters, retrievers and rerankers: the same contract as for built-in parts.
Knows nothing about pages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.outside.conftest import WriteModule, find_hits
from tests.tiny_experiment import Runner, experiment
from workbench.corpus.corpus import load_documents_of
from workbench.corpus.types import Document
from workbench.errors import CorpusError, ExperimentError, ProviderError
from workbench.parts.choice import choose, write
from workbench.parts.part import Reranker, Retriever, Splitter
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.fingerprints import group
from workbench.pipeline.outside_rerankers import CHANGED_TEXT
from workbench.pipeline.reranking import rerank_first
from workbench.pipeline.searchable import Query, SearchableCorpus
from workbench.pipeline.stage_context import RerankContext
from workbench.pipeline.types import Chunk, Hit, Placed
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.types import Message
from workbench.space.retrieval import Retrieval
from workbench.store.answer_filters import AnswerFilter
from workbench.store.answers import find_answers

PARSERS = "llama_index.core.node_parser"
POSTPROCESSORS = "llama_index.core.postprocessor"
RETRIEVERS = "llama_index.core.retrievers"
TEXT = "# Care\n\n" + "".join(
    f"Fact {i} is here. It says that {word} is good.\n\n" + ("## More\n\n" if i % 3 == 0 else "")
    for i, word in enumerate(["tea", "milk", "tea", "water", "juice", "tea", "soup", "beer", "wine"] * 3)
)


def document(text: str = TEXT) -> Document:
    return Document(name="care.md", title="Care", text=text, kind="markdown")


def parser(name: str, **arguments: Any) -> str:
    return write(Splitter, {"llamaindex": f"{PARSERS}:{name}", "with": arguments})


def cut(splitter: str, text: str = TEXT) -> Placed[Chunk]:
    return chunk_document(document(text), splitter, 48, 8)


@pytest.mark.parametrize(
    "splitter",
    [
        parser("SentenceSplitter"),
        parser("SentenceSplitter", chunk_size=32, chunk_overlap=0),
        parser("TokenTextSplitter"),
        parser("SemanticSplitterNodeParser", breakpoint_percentile_threshold=80),
        parser("SentenceWindowNodeParser", window_size=1),
        parser("MarkdownNodeParser"),
        parser("HierarchicalNodeParser", chunk_sizes=[128, 32], chunk_overlap=0),
    ],
)
def test_chunks_are_exact_spans_in_order_and_the_same_each_time(splitter: str) -> None:
    chunks = cut(splitter)
    assert len(chunks) > 3 and chunks.unplaced == 0
    spans = [(chunk.start, chunk.end) for chunk in chunks]
    assert spans == sorted(set(spans))
    assert all(TEXT[chunk.start : chunk.end] == chunk.text == chunk.text.strip() for chunk in chunks)
    assert [(c.start, c.end) for c in cut(splitter)] == spans
    covered = {i for start, end in spans for i in range(start, end)}
    assert all(i in covered for i, character in enumerate(TEXT) if character.isalnum())
    assert list(cut(splitter, "")) == [] and len(cut(splitter, "A few words.")) == 1


def test_the_size_of_chunks_is_the_setting_s() -> None:
    assert max(chunk.tokens for chunk in cut(parser("SentenceSplitter"))) <= 48
    small = cut(parser("SentenceSplitter", chunk_size=20, chunk_overlap=0))
    assert max(chunk.tokens for chunk in small) <= 20


def test_a_parser_that_changes_the_text_says_how_much_is_in_no_chunk() -> None:
    table = "<p>Water &amp; milk</p><p>Tea</p>"
    chunks = cut(parser("HTMLNodeParser"), table)
    assert chunks.unplaced + len(chunks) >= 1
    assert all(table[c.start : c.end] == c.text for c in chunks)


@pytest.mark.parametrize(
    ("splitter", "said"),
    [
        (parser("CodeSplitter", language="python"), "needs a package that is not installed"),
        (parser("NoSuchParser"), "has no attribute 'NoSuchParser'"),
        (parser("SentenceSplitter", chunk_size=-1), "cannot be made with these arguments"),
        (parser("SentenceSplitter", no_such=1), "cannot be made with these arguments"),
        (write(Splitter, {"llamaindex": f"{POSTPROCESSORS}:LongContextReorder"}), "is not a NodeParser"),
    ],
)
def test_a_parser_that_cannot_be_used_is_a_clear_error(splitter: str, said: str) -> None:
    with pytest.raises((CorpusError, ExperimentError), match=said):
        cut(splitter)


def test_a_parser_that_asks_a_model_asks_none_that_nobody_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """LlamaIndex's default would be OpenAI, with the key that happens to be there."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key")
    with pytest.raises(ExperimentError, match="asks a language model, and none is named"):
        cut(parser("MarkdownElementNodeParser"), "# T\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nText.")
    from llama_index.core import Settings

    assert Settings._llm is None  # what a program around has is left as it was


def chunks_of(*texts: str) -> list[Chunk]:
    return [Chunk(f"{i}.md", f"T{i}", 0, len(text), text, len(text.split())) for i, text in enumerate(texts)]


def searchable(*texts: str, vectors: bool = True) -> SearchableCorpus:
    chunks = chunks_of(*texts)
    return SearchableCorpus(chunks, shared_encoder().encode(texts) if vectors else None)


ANIMALS = ("A cat purrs on the sofa.", "Ships carry goods over the sea.", "The dog barks at the door.")


def query(text: str, *, vector: bool = True) -> Query:
    return Query(text, shared_encoder().encode([text])[0] if vector else None)


def test_a_vector_retriever_finds_by_our_vectors() -> None:
    retriever = write(Retriever, {"llamaindex": f"{RETRIEVERS}:VectorIndexRetriever", "vectors": True})
    assert choose(Retriever, retriever).part.needs_vectors
    corpus = searchable(*ANIMALS)
    [first, second] = find_hits(corpus, retriever, [query("Which vessel sails?"), query("a purring cat")])
    assert [hits[0].chunk.document for hits in (first, second)] == ["1.md", "0.md"]
    expected = corpus.vectors @ query("Which vessel sails?").vector  # type: ignore[operator]
    assert first[0].score == pytest.approx(float(expected[1]), abs=1e-4)
    assert len(first) == 3 and [h.score for h in first] == sorted((h.score for h in first), reverse=True)
    few = write(
        Retriever,
        {
            "llamaindex": f"{RETRIEVERS}:VectorIndexRetriever",
            "with": {"similarity_top_k": 1},
            "vectors": True,
        },
    )
    assert len(find_hits(corpus, few, [query("cat")])[0]) == 1


def test_retrievers_may_be_nested() -> None:
    inner = {"llamaindex": f"{RETRIEVERS}:VectorIndexRetriever"}
    arguments = {
        "retrievers": [inner, inner],
        "num_queries": 1,
        "mode": "reciprocal_rerank",
        "use_async": False,
    }
    fused = write(
        Retriever,
        {"llamaindex": f"{RETRIEVERS}:QueryFusionRetriever", "with": arguments, "vectors": True},
    )
    [hits] = find_hits(searchable(*ANIMALS), fused, [query("a purring cat")])
    assert hits[0].chunk.document == "0.md"
    asking = write(
        Retriever,
        {
            "llamaindex": f"{RETRIEVERS}:QueryFusionRetriever",
            "with": {**arguments, "num_queries": 3},
            "vectors": True,
        },
    )
    with pytest.raises(ExperimentError, match="asks a language model"):
        find_hits(searchable(*ANIMALS), asking, [query("cat")])


def test_an_index_without_vectors_says_what_to_write() -> None:
    retriever = write(Retriever, {"llamaindex": f"{RETRIEVERS}:VectorIndexRetriever"})
    with pytest.raises(ExperimentError, match="vectors: true"):
        find_hits(searchable(*ANIMALS, vectors=False), retriever, [query("cat", vector=False)])


OWN_RETRIEVER = '''
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode

class Words(BaseRetriever):
    """As BM25Retriever: made by from_defaults, of nodes."""
    def __init__(self, nodes, similarity_top_k=2, gone_wrong=""):
        self.nodes, self.n, self.wrong = nodes, similarity_top_k, gone_wrong
        super().__init__()

    @classmethod
    def from_defaults(cls, nodes=None, similarity_top_k=2, gone_wrong=""):
        print("made")
        return cls(nodes, similarity_top_k, gone_wrong)

    def _retrieve(self, bundle):
        print("asked")
        if self.wrong == "raises" and "dog" in bundle.query_str:
            raise RuntimeError("no dogs")
        if self.wrong == "nan":
            return [NodeWithScore(node=self.nodes[0], score=float("nan"))]
        if self.wrong == "other":
            return [NodeWithScore(node=TextNode(text="of somebody else"), score=1.0)]
        words = set(bundle.query_str.lower().split())
        scored = [(len(words & set(n.text.lower().strip(".").split())), n) for n in self.nodes]
        scored.sort(key=lambda pair: -pair[0])
        return [NodeWithScore(node=n, score=float(s)) for s, n in scored[: self.n]]
'''


def own(**arguments: Any) -> str:
    return write(Retriever, {"llamaindex": "mine:Words", "with": arguments})


def test_a_retriever_over_nodes(write_module: WriteModule) -> None:
    write_module(OWN_RETRIEVER)
    corpus = searchable(*ANIMALS, vectors=False)
    [hits, others] = find_hits(
        corpus, own(), [query("the cat", vector=False), query("the sea", vector=False)]
    )
    assert [hit.chunk.document for hit in hits] == ["0.md", "1.md", "2.md"] or len(hits) == 3
    assert others[0].chunk.document == "1.md" and hits[0].chunk is corpus.chunks[0]


@pytest.mark.parametrize(("wrong", "said"), [("nan", "no finite number"), ("other", "none of the chunks")])
def test_a_retriever_that_returns_nonsense(write_module: WriteModule, wrong: str, said: str) -> None:
    write_module(OWN_RETRIEVER)
    with pytest.raises(ProviderError, match=said):
        find_hits(searchable(*ANIMALS, vectors=False), own(gone_wrong=wrong), [query("cat", vector=False)])


def rerank(part: str, hits: Sequence[Hit], question: str = "dogs", replies: Sequence[str] = ()) -> Any:
    asked: list[tuple[Message, ...]] = []
    left = list(replies)

    async def ask(messages: tuple[Message, ...]) -> str:
        asked.append(messages)
        return left.pop(0)

    context = RerankContext(Query(question), lambda hits: shared_encoder().encode([]), ask)
    chosen = choose(Reranker, part)
    found, flags = asyncio.run(chosen.part.load()(question, hits, context, **chosen.arguments))
    return [hit.chunk.document for hit in found], [hit.score for hit in found], flags, asked


def hits_of(*texts: str) -> list[Hit]:
    return [Hit(chunk, 1.0 - i / 10) for i, chunk in enumerate(chunks_of(*texts))]


def post(name: str, **more: Any) -> str:
    beside = {key: more.pop(key) for key in ("calls", "cut") if key in more}
    return write(Reranker, {"llamaindex": f"{POSTPROCESSORS}:{name}", "with": more, **beside})


def test_postprocessors_keep_reorder_and_drop() -> None:
    hits = hits_of(*ANIMALS)
    assert rerank(post("SimilarityPostprocessor", similarity_cutoff=0.85), hits)[:2] == (
        ["0.md", "1.md"],
        [1.0, 0.9],
    )
    documents, scores, flags, _ = rerank(post("LongContextReorder"), hits)
    assert sorted(documents) == ["0.md", "1.md", "2.md"] and documents != ["0.md", "1.md", "2.md"]
    assert flags == () and len(scores) == 3
    assert rerank(post("SimilarityPostprocessor", similarity_cutoff=5.0), hits)[0] == []
    assert rerank(post("LongContextReorder"), [])[0] == []


def test_what_arranges_gets_the_passages_of_the_prompt_and_no_others(runner: Runner) -> None:
    path = f"{POSTPROCESSORS}:LongContextReorder"
    axes = {"splitter": ["sentence"], "chunk_tokens": [16], "chunk_overlap": [0], "retriever": ["dense"],
            "top_k": [2, 3], "rerank": ["none", {"llamaindex": path}, {"llamaindex": path, "cut": "after"}]}  # fmt: skip
    ran = runner.run(experiment(retrieval=axes))
    given: dict[tuple[int, str, str], list[str]] = {}
    for row in ran.leaderboard["trials"]:
        setting = row["config"]["retrieval"]
        for answer in find_answers(
            runner.store, ran.id, AnswerFilter(trial_id=row["trial"], part="search"), limit=None
        ):
            key = (setting["top_k"], setting["rerank"], answer.question.id)
            given[key] = [passage.key for passage in answer.passages]
    arranged, others = (
        write(Reranker, {"llamaindex": path}),
        write(Reranker, {"llamaindex": path, "cut": "after"}),
    )
    asked = [(k, question) for k, rerank, question in given if rerank == "none"]
    assert len(asked) == 10
    pairs = [(given[k, "none", q], given[k, arranged, q], given[k, others, q]) for k, q in asked]
    assert all(sorted(found) == sorted(kept) for found, kept, _ in pairs)
    assert any(found != kept for found, kept, _ in pairs)
    assert any(sorted(found) != sorted(chosen) for found, _, chosen in pairs)


def test_a_ranking_that_was_arranged_belongs_to_its_top_k_and_candidates_say_nothing() -> None:
    def setting(**fields: Any) -> Retrieval:
        return Retrieval(retriever="keyword", **fields).canonical()

    cut_first = post("SimilarityPostprocessor", cut="before")
    of_two = setting(rerank=cut_first, top_k=2, candidates=30)
    assert of_two == setting(rerank=cut_first, top_k=2) and of_two.candidates_read == 2
    assert group(of_two) != group(setting(rerank=cut_first, top_k=3))
    usual = post("SimilarityPostprocessor")
    assert group(setting(rerank=usual, top_k=2)) == group(setting(rerank=usual, top_k=3))
    hits = hits_of(*ANIMALS)
    context = RerankContext(Query("dogs", None), lambda _: None, None)  # type: ignore[arg-type]
    found, _ = asyncio.run(rerank_first(of_two, "dogs", hits, context))
    assert [hit.chunk.document for hit in found] == ["0.md", "1.md"]


def test_a_postprocessor_may_read_metadata_but_not_change_texts() -> None:
    hits = hits_of(*ANIMALS)
    documents, _, flags, _ = rerank(
        post("MetadataReplacementPostProcessor", target_metadata_key="title"), hits
    )
    assert documents == ["0.md", "1.md", "2.md"] and flags == (CHANGED_TEXT,)


def test_an_embedding_postprocessor_gets_the_embedded_encoder() -> None:
    documents, _, flags, _ = rerank(
        post("SentenceEmbeddingOptimizer", percentile_cutoff=0.5, context_before=0, context_after=0),
        hits_of("A cat purrs. A dog barks.", "Ships sail. A dog eats."),
        "dog",
    )
    assert documents == ["0.md", "1.md"] and flags == (CHANGED_TEXT,)


def test_an_llm_reranker_asks_the_rerank_model_through_our_client() -> None:
    part = post("LLMRerank", top_n=2, calls=1)
    assert choose(Reranker, part).part.calls == 1
    documents, scores, _, asked = rerank(
        part, hits_of(*ANIMALS), replies=["Doc: 3, Relevance: 9\nDoc: 1, Relevance: 4"]
    )
    assert documents == ["2.md", "0.md"] and scores == [9.0, 4.0]
    assert len(asked) == 1 and "dogs" in asked[0][-1].content
    with pytest.raises(ExperimentError, match="asks a language model"):
        rerank(post("LLMRerank"), hits_of(*ANIMALS))


def test_documents_of_a_real_corpus_keep_all_their_words(runner: Runner) -> None:
    for doc in load_documents_of(Path(runner.settings.corpora) / "tiny", None):
        chunks = chunk_document(doc, parser("SentenceSplitter"), 32, 0)
        assert chunks.unplaced == 0
