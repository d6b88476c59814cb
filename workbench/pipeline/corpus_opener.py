"""Makes documents searchable for a retrieval setting: chunk, add contexts, embed, index. Each stage reuses
its cache. Knows nothing about questions, experiments or who calls the embedding model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.corpus.types import Document
from workbench.errors import CorpusError
from workbench.parts.choice import in_few_words
from workbench.parts.outside import unplaced_in_words
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import Asker, Kind
from workbench.pipeline.caches import Caches
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.chunk_contexts import ChunkContexts, ContextMaker
from workbench.pipeline.chunk_table import ChunkTable
from workbench.pipeline.concurrency import one_at_a_time
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.embedding import embed_rows, embed_texts
from workbench.pipeline.embedding_parts import NoRows, Part, TextsOfPart, Unembedded, keys_of, numbers_of
from workbench.pipeline.keyword_files import KeywordFiles
from workbench.pipeline.metadata_index import Allowed
from workbench.pipeline.observer import UNOBSERVED, Observer
from workbench.pipeline.prompt_room import PromptRooms
from workbench.pipeline.searchable import SearchableCorpus
from workbench.pipeline.searched_texts import SearchedTexts
from workbench.pipeline.selection import parent_chunking, prepare
from workbench.pipeline.sparse import SparseIndex, postings_of
from workbench.pipeline.stage_keys import StageKeys
from workbench.pipeline.sub_corpora import SubCorpora
from workbench.pipeline.types import Chunk, Chunking
from workbench.pipeline.vector_cache import VectorCache
from workbench.pipeline.vector_files import LEAST_MAPPED, OpenFile, open_postings_file, open_vector_file
from workbench.pipeline.vector_index import open_vector_index
from workbench.pipeline.vector_rows import NewRows
from workbench.pipeline.vector_stores.registry import VectorIndexKind, open_vector_store
from workbench.pipeline.vector_stores.types import IndexContent, VectorIndex
from workbench.providers.types import Vectors
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

AnyForm = TypeVar("AnyForm")


def _as_they_are(vectors: NDArray[Any]) -> Vectors:
    return vectors


class CorpusOpener:
    """Makes one set of documents searchable, for one retrieval setting after another.

    The last corpus stays in memory: settings that share chunks and vectors should come one after another.
    Not bound to an event loop.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        caches: Caches,
        observer: Observer = UNOBSERVED,
        of_work: Callable[..., Observer] | None = None,
    ) -> None:
        """observer: is told what is done.
        of_work: makes the observer of one piece of work, given its stage and what it is; None for `observer`.
        """
        self.keys = StageKeys(documents, caches.vector_index)
        self.rooms = PromptRooms(documents)
        self.texts = CorpusTexts(documents, caches.chunks)
        self._caches = caches
        self._parts: SubCorpora | None = None
        self._observer = observer
        self._of_work = of_work
        self._vector_cache: VectorCache | None = None
        self._last: tuple[tuple[str, ...], SearchableCorpus] | None = None
        self._last_for: tuple[Retrieval, SearchableCorpus] | None = None
        self._cut: tuple[tuple[str, ...], ChunkTable, ChunkContexts] | None = None
        self._numbers: tuple[str, NDArray[np.uint64]] | None = None
        self._noted: set[object] = set()

    def end_observation(self) -> None:
        """Tell the observer nothing more, and forget what it was told: a service is asked for ever."""
        self._observer = UNOBSERVED
        self._noted.clear()

    def keep_to_this_home(self) -> None:
        """Keep new vectors in this home alone from now on: what a service is asked is nobody else's, and
        there is no end of it."""
        self._caches = replace(self._caches, shared_vectors=None)
        self._vector_cache = None

    def _observe(self, *work: object) -> Observer:
        """The observer, the first time that this work is done: a corpus that is opened again is the same
        work. It begins with the name of its stage."""
        if self._observer is UNOBSERVED:
            return UNOBSERVED
        if work in self._noted:
            return UNOBSERVED
        self._noted.add(work)
        return self._observer if self._of_work is None else self._of_work(*work)

    async def open(self, retrieval: Retrieval, asker: Asker) -> SearchableCorpus:
        """The corpus, searchable under this setting.

        Raises CorpusError when the documents contain no text, ProviderError when a call of the embedding
        model fails or the context model writes nothing at all, StoreError and IndexBuildError when a cache
        cannot be written.
        """
        if self._last_for is not None and self._last_for[0] is retrieval:
            return self._last_for[1]  # as for all questions of a service but the first
        keys = await asyncio.to_thread(self.keys.indexes, retrieval)
        # One at a time: a second task that opens the same corpus finds its vectors stored and pays for none.
        async with one_at_a_time((self._caches.folder, keys)):
            self._last_for = None
            last = self._last  # a worker of a cluster opens corpora of other settings at the same time
            if last is None or last[0] != keys:
                # Frees its memory before the next corpus is built.
                self._last = self._parts = last = None
                last = self._last = keys, await self._make(keys, retrieval, asker)
                self.forget_texts()
            parents = parent_chunking(retrieval)
            observer = self._observe("chunk", parents) if parents else UNOBSERVED
            await asyncio.to_thread(prepare, retrieval, self.texts, observer)
            self._last_for = retrieval, last[1]
            return last[1]

    async def _make(self, keys: tuple[str, ...], retrieval: Retrieval, asker: Asker) -> SearchableCorpus:
        chunks, contexts = await self._cut_texts(keys, retrieval, asker)
        corpus = SearchableCorpus(
            chunks,
            contexts=contexts.texts,
            lacks_contexts=contexts.failed > 0,
            late_contexts=contexts.late,
            keyword_files=self._keyword_files(retrieval),
        )
        if not retrieval.embeddings:
            return corpus
        texts = SearchedTexts(chunks, contexts.texts)
        kind = await asyncio.to_thread(self.keys.index_kind, retrieval)
        for model, key in zip(retrieval.embeddings, keys, strict=True):
            async with one_at_a_time((self._caches.folder, key)):  # other settings may share these vectors
                if model.kind == "sparse_embedding":
                    postings = await self._embed_chunks(
                        model, key, texts, asker, postings_of, open_postings_file
                    )
                    self._observe("index", key).note("index", 1, reused=1)  # as an exact one
                    corpus = replace(corpus, sparse_index=SparseIndex(postings, len(texts)))
                    continue
                vectors = await self._embed_chunks(model, key, texts, asker, _as_they_are, open_vector_file)
                index = await self._open_index(kind, key, chunks, vectors, contexts.texts)
            if corpus.vectors is None:
                corpus = replace(corpus, vectors=vectors, vector_index=index)
            else:
                corpus = replace(corpus, second_index=index, second_vectors=vectors)
        return corpus

    async def find_unembedded(self, retrieval: Retrieval, asker: Asker) -> list[Unembedded]:
        """For each embedding of this setting, the texts that have no vector yet. What only this home has
        vectors of is given to the homes that share the store.

        Raises as `open`.
        """
        cache, found = await self._open_vector_cache(), []
        async for model, key, texts in self._texts_to_embed(retrieval, asker):

            def look(model: Model = model, texts: Sequence[str] = texts) -> tuple[int, set[bytes]]:
                distinct = set(keys_of(texts, fingerprints.vectors(model), model))
                cache.share(distinct)
                return len(distinct), cache.find_missing(distinct)

            distinct, missing = await asyncio.to_thread(look)
            found.append(Unembedded(key, distinct, frozenset(missing)))
        return found

    def observe_embedding(self, unembedded: Unembedded) -> Observer:
        """The observer of texts that others embed; call it once they are known to do so."""
        return self._observe("embed", unembedded.key)

    async def embed_part(self, retrieval: Retrieval, key: str, part: Part, asker: Asker) -> None:
        """Embed a part of the texts of one embedding of this setting, and store their vectors by text.

        key: that of the index, as in Unembedded.

        Raises as `open`.
        """
        cache = await self._open_vector_cache()
        async for model, of_index, texts in self._texts_to_embed(retrieval, asker):
            if of_index == key:
                identity = await asyncio.to_thread(fingerprints.vectors, model)
                numbers = await asyncio.to_thread(self._part_numbers, key, texts, identity, model)
                chosen = TextsOfPart(texts, numbers, part)
                # Embedded models take all cores: another part at the same time would only take memory.
                async with one_at_a_time(("part", identity) if model.embedded else ("part", key, part)):
                    await embed_rows(asker, model, chosen, cache, NoRows, kind="embed")

    def _part_numbers(
        self, key: str, texts: Sequence[str], identity: str, model: Model
    ) -> NDArray[np.uint64]:
        """As `numbers_of`, once for all parts that this process embeds of an index's texts."""
        if self._numbers is None or self._numbers[0] != key:
            self._numbers = key, numbers_of(keys_of(texts, identity, model))
        return self._numbers[1]

    async def _texts_to_embed(
        self, retrieval: Retrieval, asker: Asker
    ) -> AsyncIterator[tuple[Model, str, SearchedTexts]]:
        """Each embedding of a setting, the key of its index, and its texts."""
        keys = await asyncio.to_thread(self.keys.indexes, retrieval)
        async with one_at_a_time((self._caches.folder, keys)):
            chunks, contexts = await self._cut_texts(keys, retrieval, asker)
        texts = SearchedTexts(chunks, contexts.texts)
        for model, key in zip(retrieval.embeddings, keys, strict=True):
            yield model, key, texts

    async def _cut_texts(
        self, keys: tuple[str, ...], retrieval: Retrieval, asker: Asker
    ) -> tuple[ChunkTable, ChunkContexts]:
        """The chunks of a setting, with their contexts. One part of them is embedded after another, and then
        all are opened: they are kept until `forget_texts`, or until others are asked for."""
        kept = self._cut
        if kept is None or kept[0] != keys:
            kept = self._cut = None
            chunks = await self._chunk(Chunking.of(retrieval))
            kept = self._cut = keys, chunks, await self._contexts(retrieval, chunks, asker)
        return kept[1], kept[2]

    def forget_texts(self) -> None:
        """Free the memory of chunks that were only cut to be embedded."""
        self._cut = self._numbers = None

    def within(self, corpus: SearchableCorpus, allowed: Allowed) -> SearchableCorpus:
        """The part of an opened corpus that lies in these pieces of its documents."""
        parts = self._parts = self._parts or SubCorpora(self.keys.metadata)
        return parts.within(corpus, allowed)

    async def reopen(self, retrieval: Retrieval, asker: Asker) -> SearchableCorpus:
        """Open the corpus anew, after its index was damaged while it was open."""
        self._last = self._last_for = None
        return await self.open(retrieval, asker)

    async def embed_queries(self, model: Model, texts: Sequence[str], asker: Asker) -> NDArray[Any]:
        """Vectors [n, d] of the search texts, or SparseVectors [n] of a sparse embedding model. They are
        cached as those of chunks are.

        A stored vector does not tell what its call took, and a ranking states its time and cost. So as long
        as no such call is on record, the queries are embedded again.
        """
        reuse = await asker.typical_call(model, "embed_query") is not None
        return await self._embed(model, texts, asker, "embed_query", reuse=reuse)

    async def _embed(
        self, model: Model, texts: Sequence[str], asker: Asker, kind: Kind, *, reuse: bool = True
    ) -> NDArray[Any]:
        cache = await self._open_vector_cache()
        observer = self._observe("embed", model.name, tuple(texts))
        return await embed_texts(asker, model, texts, cache, kind=kind, reuse=reuse, observer=observer)

    async def _embed_chunks(
        self,
        model: Model,
        key: str,
        texts: Sequence[str],
        asker: Asker,
        in_memory: Callable[[NDArray[Any]], AnyForm],
        open_file: OpenFile[AnyForm],
    ) -> AnyForm:
        """The vectors of all chunks in the form in which they are searched. Those of a large corpus are in
        files that are mapped.

        in_memory: makes that form of vectors in memory.  open_file: makes or opens the files.
        """
        cache, observer = await self._open_vector_cache(), self._observe("embed", key)
        if len(texts) < LEAST_MAPPED:
            vectors = await embed_texts(asker, model, texts, cache, kind="embed", observer=observer)
            return await asyncio.to_thread(in_memory, vectors)

        async def embed(new_rows: NewRows) -> int:
            return await embed_rows(asker, model, texts, cache, new_rows, kind="embed", observer=observer)

        folder = self._caches.vector_files
        identity = await asyncio.to_thread(fingerprints.model, model)
        return await open_file(folder, key, identity, texts, embed, observer)

    async def _open_vector_cache(self) -> VectorCache:
        if self._vector_cache is None:
            self._vector_cache = await asyncio.to_thread(self._caches.open_vectors)
        return self._vector_cache

    async def _chunk(self, chunking: Chunking) -> ChunkTable:
        observer = self._observe("chunk", chunking)
        chunks, counts = await asyncio.to_thread(
            chunk_documents, self.keys.documents, *chunking, self._caches.chunks, observer
        )
        if counts.unplaced:
            self._observer.problem(f"{in_few_words(chunking.splitter)}: {unplaced_in_words(counts.unplaced)}")
        if not chunks and counts.unplaced:
            raise CorpusError(f"{in_few_words(chunking.splitter)}: {unplaced_in_words(counts.unplaced)}")
        if not chunks:
            raise CorpusError("The documents contain no text to search.")
        await asyncio.to_thread(self.texts.remember, chunking, chunks)
        return chunks

    def _keyword_files(self, retrieval: Retrieval) -> KeywordFiles:
        key = fingerprints.keywords(self.keys.chunks(retrieval), retrieval)
        return KeywordFiles(self._caches.keywords, key)

    async def _contexts(self, retrieval: Retrieval, chunks: Sequence[Chunk], asker: Asker) -> ChunkContexts:
        observer = self._observe("context", Chunking.of(retrieval), *fingerprints.context(retrieval))
        maker = ContextMaker(retrieval, self._caches, self.rooms, asker, observer)
        return await maker.make(self.keys.documents, chunks)

    async def _open_index(
        self,
        kind: VectorIndexKind,
        key: str,
        chunks: Sequence[Chunk],
        vectors: Vectors,
        contexts: Sequence[str],
    ) -> VectorIndex:
        content = IndexContent(key, chunks, vectors, contexts)
        opened = await asyncio.to_thread(open_vector_index, open_vector_store(kind, self._caches), content)
        self._observe("index", key).note("index", 1, reused=int(opened.reused))
        return opened.index
