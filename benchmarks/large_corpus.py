"""What a large corpus takes on one machine: memory, processor time per passage, and the time of a question.
Knows nothing about how well anything is found: documents, questions and vectors are made up.

    python -m benchmarks.large_corpus [--passages N ...] [--quick]

Documents of about 50 passages of 64 tokens, whose words are as frequent as words are (the tokenizer's own, by
Zipf's law). Each size runs in a process of its own, from empty caches: load, chunk, embed (a function that
hands out vectors), index, keyword index, questions one by one; then in a second process from full caches.
Memory is the process's own (anonymous) memory at its highest, sampled every 10 ms: pages of mapped files are
the system's to take back.

1,000,000 passages take about a quarter of an hour and several GB of disk.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.event_loop import MadeUpVectors
from benchmarks.figures import Figure, run_alone, say
from workbench.corpus.corpus import load_corpus
from workbench.pipeline.asker import EmbeddedTexts, Kind
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.searchable import Query
from workbench.pipeline.searching import search
from workbench.providers.embedded.encoder import MODEL_FOLDER
from workbench.space.model import Limits, Model
from workbench.space.retrieval import Retrieval

SIZES = (10_000, 40_000, 160_000)
LARGE = 1_000_000
QUESTIONS = 60
PASSAGES_A_DOCUMENT = 50
WORDS_A_PASSAGE = 52
"""With full stops and the words that are more than one token, about 64 tokens."""
DIMENSIONS = 384
MOST_GIGABYTES = 4.0
MOST_P95_SECONDS = 0.2
EMBEDDING = Model(
    name="served", kind="embedding", base_url="http://127.0.0.1:9/v1", model="m", limits=Limits(concurrency=8)
)
RETRIEVERS = ("keyword", "dense", "hybrid")


class VectorsOfWords(MadeUpVectors):
    """Gives a text the mean of made-up vectors of its words, so that texts with the same words are near."""

    def __init__(self) -> None:
        self._words = np.random.default_rng(3).normal(size=(4096, DIMENSIONS)).astype(np.float32)

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: object = None
    ) -> EmbeddedTexts:
        return EmbeddedTexts(np.stack([self._vector(text) for text in texts]), 0.0, 0.0)

    def _vector(self, text: str) -> np.ndarray:
        digest = hashlib.sha256(text.encode()).digest()
        rows = np.frombuffer(digest, dtype=np.uint8)[:16].astype(int) * 16  # as good as random
        rows[:8] = [hash_of(word) for word in (text.split() + ["x"] * 8)[:8]]
        return self._words[rows].sum(axis=0)


def hash_of(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=2).digest(), "big") % 4096


class Memory:
    """Samples this process's memory in a thread."""

    def __init__(self) -> None:
        self.peak = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, own_megabytes())
            time.sleep(0.01)

    def restart(self) -> None:
        self.peak = own_megabytes()


def own_megabytes() -> float:
    """The anonymous memory of this process. Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024


@dataclass
class Stage:
    seconds: float
    processor_seconds: float
    megabytes: float
    """The process's own memory at its highest while the stage ran."""


@dataclass
class Run:
    passages: int = 0
    stages: dict[str, Stage] = field(default_factory=dict)
    questions: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of each question's search, no more than processor time, by the retriever."""
    hits: dict[str, str] = field(default_factory=dict)
    """A hash of all hits and scores, by the retriever."""

    @property
    def megabytes(self) -> float:
        return max(stage.megabytes for stage in self.stages.values())

    def p95(self, retriever: str) -> float:
        return float(np.quantile(self.questions[retriever], 0.95))


def words_by_frequency() -> np.ndarray:
    vocabulary = json.loads((MODEL_FOLDER / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return np.array([word for word in sorted(vocabulary, key=vocabulary.__getitem__) if word.isalpha()])


def write_corpus(folder: Path, passages: int) -> list[str]:
    """Write the documents; returns questions about them."""
    rng = np.random.default_rng(7)
    words = words_by_frequency()
    shares = 1.0 / (np.arange(len(words)) + 10)
    shares /= shares.sum()
    (folder / "documents").mkdir(parents=True)
    questions = []
    for number in range(-(-passages // PASSAGES_A_DOCUMENT)):
        count = min(PASSAGES_A_DOCUMENT, passages - number * PASSAGES_A_DOCUMENT)
        drawn = words[rng.choice(len(words), size=(count, WORDS_A_PASSAGE), p=shares)]
        lines = [f"{' '.join(row).capitalize()} {number}-{n}." for n, row in enumerate(drawn)]
        path = folder / "documents" / f"{number // 1000:03}" / f"{number:06}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
        if len(questions) < QUESTIONS:
            questions.append(" ".join([*drawn[0][:6], *drawn[-1][20:23]]) + "?")
    return questions


def retrieval_of(retriever: str) -> Retrieval:
    embedding = {} if retriever == "keyword" else {"embedding": EMBEDDING}
    return Retrieval(
        splitter="sentence", chunk_tokens=64, chunk_overlap=0, retriever=retriever, top_k=10, **embedding
    )


def run_stages(folder: Path, questions: Sequence[str]) -> Run:
    """All stages, with whatever is in the caches."""
    return asyncio.run(_run_stages(folder, questions))


async def _run_stages(folder: Path, questions: Sequence[str]) -> Run:
    run, memory, asker = Run(), Memory(), VectorsOfWords()

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        memory.restart()
        started, used = time.perf_counter(), time.process_time()
        yield
        run.stages[name] = Stage(time.perf_counter() - started, time.process_time() - used, memory.peak)

    with stage("load"):
        corpus = load_corpus(folder / "corpus", folder)
    opener = CorpusOpener(corpus.documents, Caches(folder / "cache", folder / "indexes"))
    keyword, dense, hybrid = (retrieval_of(retriever) for retriever in RETRIEVERS)
    with stage("chunk"):
        opened = await opener.open(keyword, asker)
        run.passages = len(opened.chunks)
    with stage("keyword index"):
        await rank_questions(opener, keyword, questions[:1], asker)
    await ask(run, "keyword", opener, keyword, questions, asker)
    with stage("embed, index"):
        del opened
        await opener.open(dense, asker)
    await ask(run, "dense", opener, dense, questions, asker)
    with stage("hybrid"):
        await rank_questions(opener, hybrid, questions[:1], asker)
    await ask(run, "hybrid", opener, hybrid, questions, asker)
    with stage("questions together"):
        await rank_questions(opener, dense, questions, asker)
    return run


async def ask(
    run: Run,
    retriever: str,
    opener: CorpusOpener,
    retrieval: Retrieval,
    questions: Sequence[str],
    asker: MadeUpVectors,
) -> None:
    run.questions[retriever] = []
    found = hashlib.sha256()
    corpus = await opener.open(retrieval, asker)
    for question in questions:
        vector = None
        if retrieval.embedding is not None:
            [vector] = await opener.embed_queries(retrieval.embedding, [question], asker)
        started, used = time.perf_counter(), time.process_time()
        [hits] = search(corpus, retrieval, [[Query(question, vector)]])
        # Where other programs keep the processors busy, a question waits without our doing.
        run.questions[retriever].append(min(time.perf_counter() - started, time.process_time() - used))
        found.update(json.dumps([(hit.chunk.id, hit.score) for hit in hits]).encode())
    run.hits[retriever] = found.hexdigest()[:12]


def in_a_process(folder: Path, questions: Sequence[str], caches: str) -> Run:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        run = pool.submit(run_stages, folder, questions).result()
    say(f"{run.passages:,} passages, caches {caches}: at most {run.megabytes:,.0f} MB")
    for name, stage in run.stages.items():
        each = 1e6 * stage.processor_seconds / run.passages
        say(
            f"  {name:20} {stage.seconds:8.2f} s  {each:7.1f} µs of processor per passage"
            f"  {stage.megabytes:7,.0f} MB"
        )
    for retriever in RETRIEVERS:
        seconds = 1000 * float(np.median(run.questions[retriever]))
        say(
            f"  {retriever:8} median {seconds:6.1f} ms, p95 {1000 * run.p95(retriever):6.1f} ms"
            f"   hits {run.hits[retriever]}"
        )
    return run


def measure_size(passages: int) -> tuple[Run, Run]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        questions = write_corpus(folder / "corpus", passages)
        empty = in_a_process(folder, questions, "empty")
        full = in_a_process(folder, questions, "full")
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and "corpus" not in f.parts)
        say(f"  caches on disk {size / 2**20:,.0f} MB")
    return empty, full


def measure(options: argparse.Namespace) -> list[Figure]:
    figures = []
    first: float | None = None
    for passages in [2_000] if options.quick else options.passages:
        empty, full = measure_size(passages)
        each = sum(stage.processor_seconds for stage in empty.stages.values()) / empty.passages
        first = first or each
        figures += [
            Figure(f"{passages:,} passages, GB at most", empty.megabytes / 1024, bar=MOST_GIGABYTES,
                   at_most=True, digits=2, note=f"{full.megabytes / 1024:.2f} with full caches"),
            Figure(f"{passages:,} passages, processor ms per passage", 1000 * each,
                   note=f"{each / first:.2f} times that of the smallest size"),
        ]  # fmt: skip
        figures += [
            Figure(f"{passages:,} passages, p95 of a question, s: {retriever}", empty.p95(retriever),
                   bar=MOST_P95_SECONDS, at_most=True)
            for retriever in RETRIEVERS
        ]  # fmt: skip
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passages", type=int, nargs="+", default=list(SIZES), metavar="N")


if __name__ == "__main__":
    sys.exit(run_alone("large_corpus", measure, __doc__, add_options))
