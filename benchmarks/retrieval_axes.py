"""What each value of an axis of retrieval adds to a question over 100,000 chunks, in milliseconds.
Knows nothing about how good the passages are, and asks no model.

    python -m benchmarks.retrieval_axes [--quick] [--parts NAME ...]

2,000 made-up documents with headings are cut into about 100,000 chunks. A part of `PARTS` measures the values
of some axes, all over the same questions. Parents are cut before, when the corpus is opened. The first look
at a document, which counts its tokens and finds its sections, is told apart.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, run_alone, say
from workbench.corpus.types import Document
from workbench.pipeline.chunk_cache import chunk_documents
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.selection import prepare, select
from workbench.pipeline.types import CANDIDATES, Chunk, Chunking, Hit
from workbench.settings import quieten_libraries
from workbench.space.retrieval import Retrieval

DOCUMENTS, QUICK_DOCUMENTS = 2_000, 40
QUESTIONS = 300
SECTIONS, PARAGRAPHS, SENTENCES = 6, 5, 8
MOST_MILLISECONDS = 20.0
BASE = Retrieval(splitter="markdown", chunk_tokens=64, chunk_overlap=0, retriever="keyword", top_k=8)
WORDS = (
    "water tank heater filter parcel return delivery label window order price account salt probe cover "
    "clean repair battery charger manual service customer warranty invoice repeat before after never always "
    "holds costs needs takes opens closes within about between during every second third large small"
).split()


@dataclass(frozen=True)
class Measured:
    """What one value of an axis takes."""

    value: str
    """The axis and its value, as in an experiment file."""
    first: Sequence[float]
    """Milliseconds a question, over documents that nothing has looked at before."""
    again: Sequence[float]
    """Milliseconds for the same questions again."""


@dataclass(frozen=True)
class LargeCorpus:
    """A corpus of about 100,000 chunks, in memory as a run has it."""

    documents: Sequence[Document]
    chunks: Sequence[Chunk]
    """The chunks under BASE."""
    folder: Path
    """The cache of chunks, with those of BASE in it."""

    def rankings(self) -> list[list[Hit]]:
        """A ranking for each question: a few documents have several chunks in it, as in real ones."""
        draw = random.Random(7)
        by_document: dict[str, list[Chunk]] = {}
        for chunk in self.chunks:
            by_document.setdefault(chunk.document, []).append(chunk)
        rankings = []
        for _ in range(QUESTIONS):
            near = [c for d in draw.sample(sorted(by_document), 5) for c in draw.sample(by_document[d], 5)]
            found = [*near, *draw.sample(self.chunks, CANDIDATES - len(near))]
            draw.shuffle(found)
            rankings.append([Hit(chunk, 1 / rank) for rank, chunk in enumerate(found, start=1)])
        return rankings


def make_corpus(documents: int, folder: Path) -> LargeCorpus:
    draw = random.Random(7)

    def sentence() -> str:
        return f"The {' '.join(draw.choices(WORDS, k=8))} {draw.randrange(900)}."

    def section(number: int) -> str:
        paragraphs = (" ".join(sentence() for _ in range(SENTENCES)) for _ in range(PARAGRAPHS))
        return f"## Part {number}\n\n" + "\n\n".join(paragraphs)

    made = [
        Document(
            f"{n:05}.md",
            f"Document {n}",
            f"# Document {n}\n\n" + "\n\n".join(section(s) for s in range(SECTIONS)) + "\n",
            "markdown",
        )
        for n in range(documents)
    ]
    chunks, _ = chunk_documents(made, *Chunking.of(BASE), folder)
    return LargeCorpus(made, chunks, folder)


def timed(work: Callable[[list[Hit]], object], rankings: Sequence[list[Hit]]) -> list[float]:
    """Milliseconds of processor time a question: others may use the machine."""
    taken = []
    for hits in rankings:
        started = time.process_time()
        work(hits)
        taken.append(1000 * (time.process_time() - started))
    return taken


def measure_selection(corpus: LargeCorpus) -> Iterator[Measured]:
    """What the prompt gets of a ranking."""
    rankings = corpus.rankings()
    values: tuple[dict[str, object], ...] = (
        {"returns": "window:1"},
        {"returns": "window:5"},
        {"returns": "parent:256"},
        {"returns": "parent:512"},
        {"returns": "section:1024"},
        {"returns": "merged(tokens=512)"},
        {"min_score": 0.1},
        {"near_duplicates": "drop"},
        {"passage_tokens": 1024},
        {"returns": "parent:512", "top_k": 50, "passage_tokens": 4000, "near_duplicates": "drop"},
    )
    for value in values:
        setting, texts = BASE.model_copy(update=value), CorpusTexts(corpus.documents, corpus.folder)
        texts.remember(Chunking.of(BASE), corpus.chunks)  # as opening the corpus does
        prepare(setting, texts)

        def work(hits: list[Hit], setting: Retrieval = setting, texts: CorpusTexts = texts) -> object:
            return select(hits, setting, texts)

        first = timed(work, rankings)
        yield Measured(", ".join(f"{k}: {v}" for k, v in value.items()), first, timed(work, rankings))


PARTS: dict[str, Callable[[LargeCorpus], Iterator[Measured]]] = {"selection": measure_selection}
"""By name. Another axis is another part."""


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        corpus = make_corpus(QUICK_DOCUMENTS if options.quick else DOCUMENTS, Path(folder))
        say(f"{len(corpus.chunks):,} chunks in {time.perf_counter() - started:.0f} s")
        for name in options.parts or PARTS:
            for measured in PARTS[name](corpus):
                first, again = (statistics.fmean(taken) for taken in (measured.first, measured.again))
                worst = statistics.quantiles(measured.again, n=20)[-1]
                note = f"p95 {worst:.1f}, first time {first:.1f}"
                say(f"{measured.value}: {again:.2f} ms a question ({note})")
                figures.append(
                    Figure(
                        f"{measured.value}, ms a question",
                        again,
                        bar=MOST_MILLISECONDS,
                        digits=2,
                        note=note,
                        at_most=True,
                    )
                )
    return figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parts", nargs="*", choices=list(PARTS), metavar="NAME", help=f"of {', '.join(PARTS)}"
    )


if __name__ == "__main__":
    raise SystemExit(run_alone("retrieval_axes", measure, __doc__, add_options))
