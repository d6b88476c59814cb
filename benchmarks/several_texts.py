"""What searching for several texts, weighted fusion and two embeddings give and take. Asks no model.

    python -m benchmarks.several_texts [--quick]

Questions of several parts are two or three of a corpus's questions in one, and those are their parts, as the
best splitting would make them: an upper bound for `decompose`. Recall of all parts is of the first four
passages. Speed: processor time of one question over 100,000 chunks, beyond that of one text by one ranking.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure, run_alone
from benchmarks.retrieval import ENCODER, RetrievalSet, context_of, load_claude_docs, mean_figure
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.corpus import load_corpus
from workbench.corpus.types import Question
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.fusion import merge_texts
from workbench.pipeline.searchable import Query, Ranked, SearchableCorpus
from workbench.pipeline.searching import search
from workbench.pipeline.types import CANDIDATES, Chunk, Hit
from workbench.pipeline.vector_stores.exact import ExactIndex
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.scoring.retrieval_metrics import score_recall
from workbench.settings import load_settings, quieten_libraries
from workbench.space.retrieval import Retrieval

TOP_K = 4
EACH = 150  # questions of two parts, and of three
CHUNKS, DIMENSIONS, SECOND_DIMENSIONS = 100_000, 384, 256
MOST_ADDED_MS = 20.0
OTHER = ENCODER.model_copy(update={"name": "other", "base_url": "http://127.0.0.1:1/v1", "model": "other"})
# What the rankings of the whole question (the first) and of its parts become.
WAYS: dict[str, Callable[[Sequence[Ranked]], Ranked]] = {
    "plain": lambda rankings: rankings[0],
    "parts by RRF": lambda rankings: merge_texts(rankings[1:], CANDIDATES, in_turn=False),
    "parts in turn": lambda rankings: merge_texts(rankings[1:], CANDIDATES, in_turn=True),
    "parts and question in turn": lambda rankings: merge_texts(rankings, CANDIDATES, in_turn=True),
}


def load_harbor_support(quick: bool) -> RetrievalSet:
    corpus = load_corpus(Path("corpora/harbor-support"), Path("corpora"))
    return RetrievalSet("harbor-support", tuple(corpus.documents), tuple(corpus.questions))


def joined(parts: Sequence[Question]) -> str:
    return " And ".join([parts[0].text, *(q.text[:1].lower() + q.text[1:] for q in parts[1:])])


def recall(parts: Sequence[Question], hits: Sequence[Hit]) -> float:
    return float(np.mean([score_recall(context_of(q, hits, q.evidence)).value or 0.0 for q in parts]))


async def measure_parts(one: RetrievalSet, folder: Path, quick: bool) -> list[Figure]:
    with_evidence = [q for q in one.questions if q.evidence]
    chooser = random.Random(1)
    asked = [chooser.sample(with_evidence, n) for n in (2, 3) for _ in range(5 if quick else EACH)]
    texts = [[joined(parts), *(q.text for q in parts)] for parts in asked]
    figures = []
    async with open_interactive_caller(
        MemoryLedger(), [ENCODER], load_settings(folder), ONLY_WELL_KNOWN
    ) as asker:
        opener = CorpusOpener(one.documents, Caches(folder, folder / "indexes"))
        for retriever in ("dense", "keyword", "hybrid"):
            setting = Retrieval(embedding=ENCODER, retriever=retriever, splitter="markdown", chunk_tokens=192)
            corpus = await opener.open(setting, asker)
            flat = [text for of_question in texts for text in of_question]
            vectors = await opener.embed_queries(ENCODER, flat, asker)
            part = setting.retrieving.part.load()
            found = iter(part(corpus, [Query(*q) for q in zip(flat, vectors, strict=True)], CANDIDATES))
            rankings = [[next(found) for _ in of_question] for of_question in texts]
            for way, merge in WAYS.items():
                hits = [[Hit(corpus.chunks[p], s) for p, s in merge(r)[:TOP_K]] for r in rankings]
                values = [recall(parts, h) for parts, h in zip(asked, hits, strict=True)]
                name = f"{one.name} {retriever}, {way}: recall@{TOP_K}"
                figures.append(mean_figure(name, values, f"{len(asked)} questions"))
    return figures


def random_corpus(chunks: int) -> tuple[SearchableCorpus, Callable[[], Query]]:
    """Chunks of random words and vectors, and what makes a random query."""
    words, numbers = random.Random(1), np.random.default_rng(1)

    def text(n: int) -> str:
        return " ".join(f"w{min(int(words.paretovariate(0.9)), 40_000)}x" for _ in range(n))

    def unit(n: int, dimensions: int) -> Any:
        vectors = numbers.standard_normal((n, dimensions), dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    made = [Chunk("d", "", n * 500, n * 500 + 400, text(60), 80) for n in range(chunks)]
    first, second = unit(chunks, DIMENSIONS), unit(chunks, SECOND_DIMENSIONS)
    corpus = SearchableCorpus(made, first, ExactIndex(first), second_index=ExactIndex(second))
    return corpus, lambda: Query(text(9), unit(1, DIMENSIONS)[0], unit(1, SECOND_DIMENSIONS)[0])


def milliseconds(corpus: SearchableCorpus, setting: Retrieval, questions: Sequence[Sequence[Query]]) -> float:
    """The median processor time of a search."""
    search(corpus, setting, questions[:1])
    taken = []
    for question in questions:
        started = time.process_time()
        search(corpus, setting, [question])
        taken.append(time.process_time() - started)
    return 1000 * float(np.median(taken))


def measure_speed(quick: bool) -> list[Figure]:
    both, make = random_corpus(2_000 if quick else CHUNKS)
    one = SearchableCorpus(both.chunks, both.vectors, both.vector_index)
    single, four = ([[make() for _ in range(n)] for _ in range(20)] for n in (1, 4))
    figures = []

    def add(what: str, value: float, beside: float) -> None:
        note = f"{beside:.1f} ms for one text by one ranking"
        figures.append(
            Figure(f"{what}, ms added", value - beside, bar=MOST_ADDED_MS, at_most=True, note=note)
        )

    for retriever in ("keyword", "dense", "hybrid"):
        setting = Retrieval(embedding=ENCODER, retriever=retriever)
        add(f"{retriever}, four texts", milliseconds(one, setting, four), milliseconds(one, setting, single))
    hybrid, dense = (Retrieval(embedding=ENCODER, retriever=name) for name in ("hybrid", "dense"))
    weighted = hybrid.model_copy(update={"fusion": "weighted:0.7"})
    add("weighted", milliseconds(one, weighted, single), milliseconds(one, hybrid, single))
    two = dense.model_copy(update={"second_embedding": OTHER})
    add("dense, two embeddings", milliseconds(both, two, single), milliseconds(one, dense, single))
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    figures = measure_speed(options.quick)
    for load in (load_harbor_support, load_claude_docs):
        with tempfile.TemporaryDirectory() as folder:
            figures += asyncio.run(measure_parts(load(options.quick), Path(folder), options.quick))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("several_texts", measure, __doc__))
