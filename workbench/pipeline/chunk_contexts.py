"""Gives each chunk of a corpus the context that it is embedded and searched with.
Knows nothing about what a context says: the setting's part makes it. What is stored is not made again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.corpus.types import Document
from workbench.errors import ProviderError
from workbench.formatting import counted
from workbench.pipeline.asker import Asker
from workbench.pipeline.caches import Caches
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.chunk_table import spans_by_document
from workbench.pipeline.concurrency import gather_all
from workbench.pipeline.context_cache import ContextRow, Rows, find_stored_contexts, keep_contexts
from workbench.pipeline.observer import Observer
from workbench.pipeline.prompt_room import PromptRooms
from workbench.pipeline.stage_context import ContextWriting
from workbench.pipeline.types import FAILURES_OF_MODELS, Chunk
from workbench.providers.types import Message
from workbench.space.retrieval import Retrieval

BATCH = 16
"""Chunks of one document whose contexts a model writes together: progress is told after each batch."""

MOST_FAILURES = 20
"""When so many calls fail before one succeeds, or in a row because of the server, the others would, too."""


@dataclass(frozen=True)
class ChunkContexts:
    """The contexts of a corpus's chunks."""

    texts: tuple[str, ...] = ()
    """One per chunk, "" for none; empty where the setting gives no contexts."""
    failed: int = 0
    """How many of them are empty because the model wrote none."""
    late: tuple[int, ...] = ()
    """The places of those among them that are asked for again when the corpus is next opened."""


@dataclass
class _OneDocument:
    """A document with its chunks and what is known of their contexts."""

    document: Document
    chunks: Sequence[Chunk]
    rows: Rows

    @property
    def missing(self) -> list[int]:
        return [place for place, row in enumerate(self.rows) if row is None]


class ContextMaker:
    """Makes the contexts of the chunks of one set of documents under one setting."""

    def __init__(
        self, retrieval: Retrieval, caches: Caches, rooms: PromptRooms, asker: Asker, observer: Observer
    ) -> None:
        self._retrieval = retrieval
        self._chosen = retrieval.situating
        self._caches = caches
        self._rooms = rooms
        self._asker = asker
        self._observer = observer
        self._successes = 0
        self._failures: list[ProviderError] = []
        self._in_a_row = 0

    async def make(self, documents: Sequence[Document], chunks: Sequence[Chunk]) -> ChunkContexts:
        """The contexts of all chunks, in their order.

        A chunk for which the call fails has none. Raises ProviderError when no call succeeds, and what stops
        the work.
        """
        if self._chosen.part.function is None:
            return ChunkContexts()
        found = await asyncio.to_thread(self._look_up, documents, chunks)
        rows = [row for one in found for row in one.rows]
        stored = [row for row in rows if row is not None]
        self._observer.expect("context", len(rows))
        failed = sum(bool(row.failed) for row in stored)
        self._observer.note("context", len(stored), reused=len(stored), failed=failed)
        self._successes = len(stored) - failed
        await self._make_missing(found)
        rows = [row for one in found for row in one.rows]
        return ChunkContexts(
            tuple(row.text if row else "" for row in rows),
            sum(row is None or bool(row.failed) for row in rows),
            tuple(place for place, row in enumerate(rows) if row is None),
        )

    def _look_up(self, documents: Sequence[Document], chunks: Sequence[Chunk]) -> list[_OneDocument]:
        by_name = {document.name: document for document in documents}
        found = []
        for name, places, _, _ in spans_by_document(chunks):
            own = chunks[places]
            rows = find_stored_contexts(by_name[name], self._retrieval, len(own), self._caches.contexts)
            found.append(_OneDocument(by_name[name], own, rows))
        return found

    async def _make_missing(self, found: Sequence[_OneDocument]) -> None:
        work = deque(self._batches(found))
        if not work:
            return
        writing = await self._writing()
        unwritten: dict[str, _OneDocument] = {}

        async def make_batches() -> None:
            try:
                while work:
                    one, places = work.popleft()
                    await self._make_batch(one, places, writing)
                    unwritten[one.document.name] = one
                    if self._successes:
                        await self._keep(unwritten)
            except BaseException:
                work.clear()  # after a failure no further batch is started
                raise

        model = self._retrieval.context_model
        workers = 1 if model is None else model.limits.concurrency
        await gather_all([make_batches() for _ in range(min(workers, len(work)))])
        if self._failures and not self._successes:
            self._give_up()

    def _batches(self, found: Sequence[_OneDocument]) -> Iterator[tuple[_OneDocument, list[int]]]:
        """Chunks of one document; all of them where no model is asked."""
        for one in found:
            missing = one.missing
            size = BATCH if self._chosen.part.calls else max(1, len(missing))
            for first in range(0, len(missing), size):
                yield one, missing[first : first + size]

    async def _make_batch(self, one: _OneDocument, places: Sequence[int], writing: ContextWriting) -> None:
        chunks = [one.chunks[place] for place in places]
        results = await self._chosen.part.load()(one.document, chunks, writing, **self._chosen.arguments)
        failed = 0
        for place, result in zip(places, results, strict=True):
            if not isinstance(result, ProviderError):
                one.rows[place] = ContextRow(result)
                self._successes += 1
                self._in_a_row = 0
                continue
            failed += 1
            self._failures.append(result)
            if result.kind in FAILURES_OF_MODELS:
                one.rows[place] = ContextRow("", result.kind)
            else:
                self._in_a_row += 1
        self._observer.note("context", len(places), failed=failed)
        first_failures = 0 if self._successes else len(self._failures)
        if max(first_failures, self._in_a_row) >= MOST_FAILURES:
            self._give_up()

    def _give_up(self) -> None:
        last = self._failures[-1]
        what = f"The contexts of {counted(len(self._failures), 'chunk')} could not be written"
        raise ProviderError(f"{what}: {last.message}", kind=last.kind, hint=last.hint)

    async def _keep(self, unwritten: dict[str, _OneDocument]) -> None:
        """Store what is new; only once something succeeded, since a model that always fails may be mended."""
        while unwritten:
            _, one = unwritten.popitem()
            await asyncio.to_thread(
                keep_contexts, one.document, self._retrieval, list(one.rows), self._caches.contexts
            )

    async def _writing(self) -> ContextWriting:
        """What the part gets beside the documents."""
        model = self._retrieval.context_model
        room = await self._rooms.for_contexts(self._retrieval, self._asker)

        async def ask(messages: tuple[Message, ...]) -> str:
            assert model is not None  # Retrieval checks that the setting names one
            return (await self._asker.ask(model, build_request(model, messages), kind="context")).text

        return ContextWriting(ask, room)
