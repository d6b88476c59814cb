"""Whether ranking a large corpus holds up the event loop, which renews the lease and hears of a stop.
Knows nothing about how well anything is found: documents, questions and vectors are made up.

    python -m benchmarks.event_loop [--quick]

One retrieval setting over 50,000 chunks and 800 questions, from empty caches to stored rankings: chunk, embed
on a server (here a function that hands out vectors), index, search, maximal marginal relevance, store. A task
that sleeps for 10 ms again and again notes by how much it was late: the longest standstill is to stay under
0.5 s, since a lease lasts 15 s and is renewed each second. Then the same from full caches.

Where other programs keep the processors busy, the task is late without our doing: a standstill counts for no
longer than the processor time that this process used meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, run_alone, say
from benchmarks.large_texts import WORDS
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.stop_signal import StopSignal
from workbench.corpus.types import Document, Question
from workbench.pipeline.asker import EmbeddedTexts, KeptVectors, Kind, Reply, TypicalCall
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.providers.types import ChatRequest, OnText
from workbench.run.progress import Progress
from workbench.run.retrieval_work import RetrievalWork
from workbench.space.model import Limits, Model
from workbench.space.retrieval import Retrieval
from workbench.store.database import Store, open_store

CHUNKS, QUESTIONS, DOCUMENTS, DIMENSIONS = 50_000, 800, 1_000, 384
QUICK_CHUNKS, QUICK_QUESTIONS = 5_000, 80
TICK_SECONDS = 0.01
MOST_SECONDS = 0.5
WORDS_A_CHUNK = 24
EMBEDDING = Model(
    name="served", kind="embedding", base_url="http://127.0.0.1:9/v1", model="m", limits=Limits(concurrency=8)
)


class MadeUpVectors:
    """An Asker whose embedding model answers in a moment; it has no chat model."""

    async def ask(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        raise NotImplementedError

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: KeptVectors | None = None
    ) -> EmbeddedTexts:
        seed = int.from_bytes(hashlib.sha256(texts[0].encode()).digest()[:4], "big")
        vectors = np.random.default_rng(seed).normal(size=(len(texts), DIMENSIONS)).astype(np.float32)
        return EmbeddedTexts(vectors, 0.0, 0.0)

    async def context_window(self, model: Model) -> int | None:
        return model.context_window

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        return TypicalCall(0.0, 0.0)


class Ticker:
    """Sleeps again and again, and notes the longest time that this process made it late by."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        while True:
            started, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(TICK_SECONDS)
            late = time.perf_counter() - started - TICK_SECONDS
            self.longest = max(self.longest, min(late, time.process_time() - used))


@dataclass(frozen=True)
class Load:
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    retrieval: Retrieval


def make_load(chunks: int, questions: int) -> Load:
    """Documents of sentences, each of which becomes a chunk."""
    draw = random.Random(7)

    def sentence() -> str:
        return " ".join(draw.choices(WORDS, k=WORDS_A_CHUNK)).capitalize() + "."

    each = max(1, chunks // DOCUMENTS)
    documents = [
        Document(f"{n:05}.txt", f"Number {n}", " ".join(f"{n}-{m} {sentence()}" for m in range(each)), "text")
        for n in range(chunks // each)
    ]
    asked = [Question(f"q{n}", f"Which {' '.join(draw.choices(WORDS, k=6))} {n}?") for n in range(questions)]
    retrieval = Retrieval(
        chunk_tokens=40, chunk_overlap=0, embedding=EMBEDDING, retriever="hybrid", rerank="mmr"
    )
    return Load(tuple(documents), tuple(asked), retrieval)


async def rank(load: Load, store: Store, folder: Path) -> tuple[Ticker, Progress, float]:
    """(the ticker, what was done, seconds)"""
    writer, ticker, progress = GroupCommitWriter(store, None), Ticker(), Progress()
    background = [asyncio.create_task(writer.run()), asyncio.create_task(ticker.run())]
    started = time.perf_counter()
    opener = CorpusOpener(load.documents, Caches(folder / "cache", folder / "indexes"), progress)
    work = RetrievalWork(store, opener, MadeUpVectors(), writer, progress, StopSignal())
    work.expect([(load.retrieval, load.questions)], load.questions)
    await work.run()
    group = await work.ready(load.retrieval)
    assert not group.problems and len(group.ranked) == len(load.questions)
    seconds = time.perf_counter() - started
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    return ticker, progress, seconds


def measure(options: argparse.Namespace) -> list[Figure]:
    sizes = (QUICK_CHUNKS, QUICK_QUESTIONS) if options.quick else (CHUNKS, QUESTIONS)
    load = make_load(*sizes)
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for caches in ("empty", "full"):
            store = open_store(folder / f"{caches}.db")
            ticker, progress, seconds = asyncio.run(rank(load, store, folder))
            store.dispose()
            texts = progress["embed"].total - sizes[1]
            note = f"{texts:,} chunks, {sizes[1]:,} questions, {seconds:.0f} s in all"
            say(f"caches {caches}: {note}, longest standstill {ticker.longest:.3f} s")
            figures.append(
                Figure(
                    f"longest standstill of the event loop, s: caches {caches}", ticker.longest,
                    bar=MOST_SECONDS, at_most=True, note=note,
                )
            )  # fmt: skip
    return figures


if __name__ == "__main__":
    sys.exit(run_alone("event_loop", measure, __doc__))
