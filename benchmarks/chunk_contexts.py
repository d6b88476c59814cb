"""What chunk contexts and the header rows of tables are worth, at equal tokens given to the model.
Knows nothing about answering. Contexts that a model writes are not measured: they need a model.

    python -m benchmarks.chunk_contexts [--quick]

Four corpora: the sample harbor-support, claude_docs, twelve articles of SQuAD, and northwind_hr (PDF), cut by
markdown to 128 tokens with 16 overlap; for headers by sentences to 64, which cuts more tables. Passages are
taken in the order of the ranking as long as they fit TOKENS tokens, the header rows counted. Recall: the
share of the evidence's characters in them.

Each figure is the mean difference, question by question, to the same setting without it, with its 95 %
interval. "header" compares chunks that begin inside a table with and without its header rows; its second
figure is of the questions alone whose evidence lies in a table.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.equal_tokens import without_headers
from benchmarks.figures import DataNotFound, Figure, run_alone, say
from benchmarks.peoples_sets import SETS, PeoplesSet
from benchmarks.retrieval import ENCODER, context_of
from workbench.analysis.confidence_intervals import difference_intervals
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.types import Document, Question
from workbench.parts.part import ChunkContext
from workbench.parts.registry import parts_of
from workbench.pipeline.asker import Asker
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.types import Hit, Ranking
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.scoring.retrieval_metrics import score_recall
from workbench.settings import load_settings, quieten_libraries
from workbench.space.retrieval import Retrieval

TOKENS = 512
RETRIEVERS = ("dense", "keyword", "hybrid")
QUICK_QUESTIONS = 30
FREE_CONTEXTS = tuple(name for name, p in parts_of(ChunkContext).items() if p.function and not p.calls)
BASE = Retrieval(embedding=ENCODER, splitter="markdown", chunk_tokens=128, chunk_overlap=16)
SMALL = Retrieval(embedding=ENCODER, splitter="sentence", chunk_tokens=64, chunk_overlap=0)


def fill(hits: Sequence[Hit]) -> list[Hit]:
    """The first hits that fit the tokens. One that does not fit is passed over."""
    taken, left = [], TOKENS
    for hit in hits:
        header = len(TokenOffsets.of(hit.chunk.header).starts) if hit.chunk.header else 0
        if hit.chunk.tokens + header <= left:
            taken.append(hit)
            left -= hit.chunk.tokens + header
    return taken


async def recalls(
    opener: CorpusOpener, setting: Retrieval, questions: Sequence[Question], asker: Asker
) -> list[float]:
    """For each question the share of its evidence in the passages that fit."""
    results = await rank_questions(opener, setting.canonical(), [q.text for q in questions], asker)
    rankings = [result for result in results if isinstance(result, Ranking)]
    return [
        score_recall(context_of(q, fill(ranking.hits), q.evidence)).value or 0.0
        for q, ranking in zip(questions, rankings, strict=True)
    ]


def difference(name: str, base: Sequence[float], other: Sequence[float]) -> Figure:
    column = np.array(other) - np.array(base)
    if not column.any():
        return Figure(name, 0.0, 0.0, 0.0, note=f"recall {np.mean(base):.3f}, equal for each question")
    low, high = difference_intervals(column[:, None], of_unit=True)[0] or (None, None)
    note = f"recall {np.mean(base):.3f} → {np.mean(other):.3f}, {len(base)} questions"
    return Figure(name, float(column.mean()), low, high, note=note)


def in_tables(questions: Sequence[Question], documents: Sequence[Document]) -> list[bool]:
    """For each question whether its evidence lies in a table."""
    tables = {document.name: document.tables for document in documents}
    return [
        any(
            table.start <= piece.start and piece.end <= table.end
            for piece in question.evidence
            for table in tables.get(piece.document, ())
        )
        for question in questions
    ]


async def measure_set(one: PeoplesSet, questions: Sequence[Question], folder: Path) -> list[Figure]:
    caches = Caches(folder, folder / "indexes")
    plain = CorpusOpener([without_headers(d) for d in one.documents], caches)
    opener = CorpusOpener(one.documents, caches)
    figures: list[Figure] = []

    def add(what: str, base: Sequence[float], other: Sequence[float]) -> None:
        figure = difference(f"{one.name}, {what}", base, other)
        figures.append(figure)
        say(f"{figure.name}: {figure.value:+.3f} ({figure.low} to {figure.high}), {figure.note}")

    async with open_interactive_caller(
        MemoryLedger(), [ENCODER], load_settings(folder), ONLY_WELL_KNOWN
    ) as asker:
        about_tables = np.array(in_tables(questions, one.documents))
        for retriever in RETRIEVERS if about_tables.any() else ():
            setting = SMALL.model_copy(update={"retriever": retriever})
            base = np.array(await recalls(plain, setting, questions, asker))
            reached = np.array(await recalls(opener, setting, questions, asker))
            add(f"{retriever}, header", list(base), list(reached))
            add(f"{retriever}, header, in tables", list(base[about_tables]), list(reached[about_tables]))
        bases = {r: BASE.model_copy(update={"retriever": r}) for r in RETRIEVERS}
        none = {r: await recalls(opener, setting, questions, asker) for r, setting in bases.items()}
        for context in FREE_CONTEXTS:
            for retriever, setting in bases.items():
                changed = setting.model_copy(update={"context": context})
                add(
                    f"{retriever}, {context}",
                    none[retriever],
                    await recalls(opener, changed, questions, asker),
                )
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    figures = []
    for load in SETS.values():
        try:
            one = load(options.quick)
        except DataNotFound:
            continue
        questions = one.questions[:QUICK_QUESTIONS] if options.quick else one.questions
        with tempfile.TemporaryDirectory() as folder:
            figures += asyncio.run(measure_set(one, questions, Path(folder)))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("chunk_contexts", measure, __doc__))
