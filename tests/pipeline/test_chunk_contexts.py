"""The contract of every chunk context, and contexts that a model writes, over real HTTP.
Knows nothing about experiments: tests/run/test_written_contexts.py does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.protocol_server import ProtocolServer
from tests.protocol_server.misbehaviour import Misbehaviour, Refuse, Reply, Stall
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.types import Document
from workbench.errors import ExperimentError, ProviderError
from workbench.parts.part import ChunkContext
from workbench.parts.registry import parts_of
from workbench.pipeline import fingerprints
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunk_contexts import BATCH, MOST_FAILURES
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.document_context import find_central_sentence
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.searchable import SearchableCorpus
from workbench.pipeline.stage_counts import StageCounts
from workbench.pipeline.types import Ranking
from workbench.pipeline.written_context import LONGEST_CONTEXT, cut_around, read_context
from workbench.providers.trust import Trust
from workbench.settings import Settings
from workbench.space.model import Limits, Model
from workbench.space.retrieval import Retrieval

NAMES = [name for name in parts_of(ChunkContext) if name != "none"]
ENCODER = Model(name="embedded/minilm", kind="embedding")
GUIDE = Document(
    "guide.md",
    "Pump guide",
    "# Pump guide\n\nThis guide says how the pump of the heater is kept.\n\n## Filter\n\n### Rinsing\n\n"
    + "Rinse the filter of the pump each week with cold water. " * 6
    + "\n\n```\n# not a heading\n```\n\n"
    + "The cover of the filter is held by two screws. " * 6,
    "markdown",
)
PLAIN = Document("plain.txt", "Opening hours", "The shop opens at nine and closes at five each day.", "text")
EMPTY = Document("empty.txt", "Nothing", "", "text")
HUGE = Document("huge.txt", "Log", "One more line of the log of the pump is here. " * 4_000, "text")


class Served:
    """A server that writes contexts, and what a corpus is opened with."""

    def __init__(self, server: ProtocolServer, folder: Path, **limits: Any) -> None:
        self.model = Model(
            name="writer",
            base_url=server.base_url,
            model="test-chat",
            max_tokens=80,
            limits=Limits(
                concurrency=limits.pop("concurrency", 4), timeout_seconds=limits.pop("timeout_seconds", 5)
            ),
            **limits,
        )
        self.server, self.folder, self.ledger = server, folder, MemoryLedger()

    def retrieval(self, context: str = "written", **setting: Any) -> Retrieval:
        return Retrieval(
            context=context,
            context_model=self.model,
            retriever="keyword",
            **({"chunk_tokens": 32, "chunk_overlap": 0} | setting),
        ).canonical()

    def open(self, documents: Sequence[Document], retrieval: Retrieval | None = None) -> SearchableCorpus:
        async def work() -> SearchableCorpus:
            async with open_interactive_caller(
                self.ledger,
                [self.model],
                Settings(self.folder, self.folder, self.folder, 0.1, "t"),
                self.trust,
            ) as asker:
                opener = CorpusOpener(documents, Caches(self.folder, self.folder / "indexes"))
                return await opener.open(retrieval or self.retrieval(), asker)

        return asyncio.run(work())

    def rank(self, documents: Sequence[Document], question: str) -> Ranking:
        async def work() -> Ranking:
            async with open_interactive_caller(
                self.ledger,
                [self.model],
                Settings(self.folder, self.folder, self.folder, 0.1, "t"),
                self.trust,
            ) as asker:
                opener = CorpusOpener(documents, Caches(self.folder, self.folder / "indexes"))
                [ranking] = await rank_questions(opener, self.retrieval(), [question], asker)
                assert isinstance(ranking, Ranking)
                return ranking

        return asyncio.run(work())

    @property
    def trust(self) -> Trust:
        return Trust.of([self.model])

    @property
    def asked(self) -> list[str]:
        """What the model was asked, request by request."""
        return [body["messages"][-1]["content"] for body in self.server.posts if "messages" in body]


def passage_of(request: str) -> str:
    return request.partition("<passage>\n")[2].partition("\n</passage>")[0]


def about(messages: Any) -> str:
    """A context that names the passage's first words."""
    return f"About {' '.join(passage_of(messages[-1]['content']).split()[:4])}."


# -- every context ---------------------------------------------------------------------------------


def open_with(context: str, documents: Sequence[Document], folder: Path) -> SearchableCorpus:
    with ProtocolServer(reply=about) as server:
        served = Served(server, folder)
        return served.open(documents, served.retrieval(context))


@pytest.mark.parametrize("context", NAMES)
def test_every_chunk_has_one_context_and_the_same_each_time(tmp_path: Path, context: str) -> None:
    documents = [GUIDE, PLAIN, EMPTY]
    first = open_with(context, documents, tmp_path / "a")
    again = open_with(context, documents, tmp_path / "b")
    assert len(first.contexts) == len(first.chunks) > 5
    assert all(isinstance(text, str) and text.strip() for text in first.contexts)
    assert first.contexts == again.contexts and not first.lacks_contexts
    alone = chunk_document(GUIDE, "sentence", 32, 0)
    assert [c.text for c in first.chunks[: len(alone)]] == [c.text for c in alone]


@pytest.mark.parametrize("context", NAMES)
def test_a_huge_document_has_contexts(tmp_path: Path, context: str) -> None:
    text = HUGE.text if context != "written" else HUGE.text[:20_000]
    corpus = open_with(context, [replace(HUGE, text=text)], tmp_path)
    assert len(corpus.contexts) == len(corpus.chunks) > 100


@pytest.mark.parametrize("context", NAMES)
def test_contexts_that_are_stored_are_not_made_again(tmp_path: Path, context: str) -> None:
    with ProtocolServer(reply=about) as server:
        served = Served(server, tmp_path)
        first = served.open([GUIDE], served.retrieval(context))
        served.ledger = MemoryLedger()
        asked = len(served.asked)
        assert served.open([GUIDE], served.retrieval(context)).contexts == first.contexts
        assert len(served.asked) == asked


@pytest.mark.parametrize("context", NAMES)
def test_a_context_is_searched_and_never_part_of_the_text(tmp_path: Path, context: str) -> None:
    corpus = open_with(context, [PLAIN], tmp_path)
    assert corpus.chunks[0].text == PLAIN.text
    marked = replace(corpus, contexts=["zebra"], keyword_indexes={})
    assert marked.keyword_index().query("zebra", 5) and not corpus.keyword_index().query("zebra", 5)


@pytest.mark.parametrize("context", NAMES)
def test_the_keys_of_indexes_and_rankings_hold_a_context_and_leave_none_as_it_was(context: str) -> None:
    none = Retrieval(retriever="keyword").canonical()
    model = Model(name="w", base_url="http://127.0.0.1:9/v1", model="m")
    other = Retrieval(retriever="keyword", context=context, context_model=model).canonical()
    assert fingerprints.index("corpus", none, None) == fingerprints.fingerprint("index", 2, "corpus", None)
    assert fingerprints.index("corpus", none, None) != fingerprints.index("corpus", other, None)
    assert fingerprints.group(none) != fingerprints.group(other)


def test_headings_are_the_path_above_the_chunk(tmp_path: Path) -> None:
    corpus = open_with("headings", [GUIDE, PLAIN], tmp_path)
    by_text = {
        c.text.split(".")[0]: context for c, context in zip(corpus.chunks, corpus.contexts, strict=True)
    }
    assert (
        by_text["Rinse the filter of the pump each week with cold water"] == "Pump guide › Filter › Rinsing"
    )
    assert by_text["The cover of the filter is held by two screws"] == "Pump guide › Filter › Rinsing"
    assert by_text["The shop opens at nine and closes at five each day"] == "Opening hours"
    assert not any("not a heading" in context for context in corpus.contexts)


def test_a_documents_context_is_its_title_and_its_most_central_sentence(tmp_path: Path) -> None:
    corpus = open_with("document", [GUIDE], tmp_path)
    assert set(corpus.contexts) == {"Pump guide\nRinse the filter of the pump each week with cold water."}
    assert find_central_sentence(EMPTY) == ""
    assert (
        find_central_sentence(Document("d.md", "D", "# Only\n\n| a | b |\n|---|---|\n| 1 | 2 |", "markdown"))
        == ""
    )


# -- written by a model ----------------------------------------------------------------------------


def test_one_call_for_each_chunk_with_the_document_before_it(tmp_path: Path) -> None:
    with ProtocolServer(reply=about) as server:
        served = Served(server, tmp_path)
        corpus = served.open([GUIDE, PLAIN])
        assert {*map(passage_of, served.asked)} == {c.shown for c in corpus.chunks}
        assert len(served.asked) == len(
            {(c.document, c.shown) for c in corpus.chunks}
        )  # equal ones share one
        of_guide = [request for request in served.asked if "Pump guide" in request]
        assert all(
            request.startswith(f"<document>\nTitle: Pump guide\n\n{GUIDE.text}") for request in of_guide
        )
        expected = [f"About {' '.join(c.text.split()[:4])}." for c in corpus.chunks]
        assert list(corpus.contexts) == expected


def test_a_new_document_asks_only_for_its_own_chunks(tmp_path: Path) -> None:
    with ProtocolServer(reply=about) as server:
        served = Served(server, tmp_path)
        served.open([GUIDE])
        before = len(served.asked)
        served.open([GUIDE, PLAIN])
        assert [passage_of(request) for request in served.asked[before:]] == [PLAIN.text]


def test_a_changed_chunk_of_a_long_document_asks_only_for_the_chunks_around_it(tmp_path: Path) -> None:
    lines = [f"Rule number {n} says that part {n} is kept dry and away from children." for n in range(300)]
    changed = [*lines[:-1], "The last rule says that nothing else is a rule of this house at all."]
    with ProtocolServer(reply=about) as server:
        served = Served(server, tmp_path)
        setting = served.retrieval("written(document_tokens=200)")
        chunks = served.open([Document("r.txt", "Rules", "\n".join(lines), "text")], setting).chunks
        before = len(served.asked)
        served.open([Document("r.txt", "Rules", "\n".join(changed), "text")], setting)
        assert len(chunks) > 100 and 1 <= len(served.asked) - before < 15


def test_a_long_document_is_cut_to_the_models_room_around_the_chunk(tmp_path: Path) -> None:
    text = " ".join(f"Word{n} is here." for n in range(1_000))
    with ProtocolServer(reply=about, context_tokens=1_500) as server:
        served = Served(server, tmp_path, context_window=1_500)
        corpus = served.open([Document("l.txt", "Long", text, "text")], served.retrieval(chunk_tokens=128))
        assert not corpus.lacks_contexts
        for request in served.asked:
            if "<passage>" in request:
                assert passage_of(request) in request.partition("</document>")[0]


def test_a_server_that_says_a_prompt_is_too_long_is_sent_less(tmp_path: Path) -> None:
    text = " ".join(f"Word{n} is here." for n in range(300))
    with ProtocolServer(reply=about, context_tokens=600, token_ratio=2.0) as server:
        served = Served(server, tmp_path, concurrency=1)
        corpus = served.open([Document("l.txt", "Long", text, "text")])
        # Only the first batch finds out how long a prompt may be.
        assert not corpus.lacks_contexts and len(served.asked) <= len(corpus.chunks) + 3 * BATCH


def test_what_is_cut_holds_the_chunk() -> None:
    from workbench.pipeline.token_offsets import TokenOffsets

    tokens = TokenOffsets.of(HUGE.text)
    chunks = chunk_document(HUGE, "sentence", 64, 0)
    for chunk in (chunks[0], chunks[len(chunks) // 2], chunks[-1]):
        text = cut_around(HUGE, chunk, tokens, 500)
        assert chunk.text in text and len(TokenOffsets.of(text).starts) <= 501


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (Reply(""), "empty"),
        (Reply(None, finish_reason="content_filter"), "empty"),
        (Refuse(400, message="This text is not allowed."), "rejected"),
    ],
)
def test_a_chunk_whose_call_fails_has_no_context_and_is_not_asked_again(
    tmp_path: Path, odd: Misbehaviour, why: str
) -> None:
    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        return (
            odd
            if "messages" in body and "two screws" in passage_of(body["messages"][-1]["content"])
            else None
        )

    with ProtocolServer(reply=about, plan=plan) as server:
        served = Served(server, tmp_path)
        corpus = served.open([PLAIN, GUIDE])
        lacking = [c.text for c, context in zip(corpus.chunks, corpus.contexts, strict=True) if not context]
        assert lacking and all("two screws" in text for text in lacking) and corpus.lacks_contexts
        before = len(served.asked)
        ranking = served.rank([PLAIN, GUIDE], "When does the shop open?")
        assert "context_failed" in ranking.flags and len(served.asked) == before


def test_a_call_that_hangs_costs_one_chunk_its_context_until_it_is_asked_again(tmp_path: Path) -> None:
    hangs = True

    def plan(number: int, path: str, body: dict[str, Any]) -> Misbehaviour | None:
        slow = "messages" in body and "shop opens" in passage_of(body["messages"][-1]["content"])
        return Stall(3) if slow and hangs else None

    with ProtocolServer(reply=about, plan=plan) as server:
        served = Served(server, tmp_path, timeout_seconds=0.3)
        corpus = served.open([GUIDE, PLAIN])
        assert corpus.lacks_contexts and corpus.contexts[-1] == "" and all(corpus.contexts[:-1])
        hangs = False
        before = len(served.asked)
        corpus = served.open([GUIDE, PLAIN])
        assert not corpus.lacks_contexts and len(served.asked) == before + 1


@pytest.mark.parametrize(
    "odd", [Reply(""), Refuse(400, message="No."), Refuse(404, message="No such model.")]
)
def test_a_model_that_always_fails_is_an_error_and_is_not_asked_for_every_chunk(
    tmp_path: Path, odd: Misbehaviour
) -> None:
    from workbench.errors import WorkbenchError

    with ProtocolServer(plan=lambda n, path, body: odd if body else None) as server:
        served = Served(server, tmp_path)
        with pytest.raises(WorkbenchError):
            served.open([replace(HUGE, text=HUGE.text[:40_000])])
        assert len(served.asked) <= 4 * MOST_FAILURES
        with pytest.raises(WorkbenchError):  # nothing of it is stored
            served.open([PLAIN])


def test_pages_of_text_are_cut_to_the_first_sentences() -> None:
    reply = "This is about the pump.\n\n" + "And so it goes on and on. " * 400
    kept = read_context(reply)
    assert kept.startswith("This is about the pump. And") and len(kept) <= LONGEST_CONTEXT
    assert kept.endswith(".") and "\n" not in kept
    assert len(read_context("word " * 1_000)) <= LONGEST_CONTEXT
    with pytest.raises(ProviderError):
        read_context(" \n\x00 ")


def test_the_plan_knows_the_calls_before_and_after(tmp_path: Path) -> None:
    with ProtocolServer(reply=about) as server:
        served = Served(server, tmp_path)
        caches = Caches(tmp_path, tmp_path / "indexes")
        [before] = StageCounts([GUIDE, PLAIN], [served.retrieval()], caches).context()
        assert before.count.left == before.count.distinct > 0 and before.count.stored == 0
        corpus = served.open([GUIDE, PLAIN])
        [after] = StageCounts([GUIDE, PLAIN], [served.retrieval()], caches).context()
        assert after.count.distinct == after.count.stored == len(corpus.chunks)
        assert StageCounts([GUIDE], [served.retrieval("headings")], caches).context() == []


def test_a_model_that_cannot_write_is_refused() -> None:
    with pytest.raises(ExperimentError, match="only quotes passages"):
        Retrieval(context="written", context_model=Model(name="embedded/extractive"))
    with pytest.raises(ExperimentError, match="does not write"):
        Retrieval(context="written", context_model=ENCODER)
    with pytest.raises(ExperimentError, match="needs context_model"):
        Retrieval(context="written")


def test_an_approximate_index_of_other_contexts_is_built_again(tmp_path: Path) -> None:
    import numpy as np

    from workbench.pipeline.vector_index import open_vector_index
    from workbench.pipeline.vector_stores.chroma_embedded import ChromaEmbedded
    from workbench.pipeline.vector_stores.types import IndexContent

    store = ChromaEmbedded(tmp_path)
    chunks = chunk_document(GUIDE, "sentence", 32, 0)
    vectors = np.eye(len(chunks), 8, dtype=np.float32) + 0.1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    content = IndexContent("key", chunks, vectors, ["one"] * len(chunks))
    assert not open_vector_index(store, content).reused
    assert store.open(content) is not None
    assert store.open(IndexContent("key", chunks, vectors, ["two"] * len(chunks))) is None
