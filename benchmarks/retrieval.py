"""How well the product's own retrieval finds evidence, and how long it takes: dense, keyword and hybrid.
Knows nothing about answering.

    python -m benchmarks.retrieval [--quick]

The default setting (whole sentences, 256 tokens, 16 overlap) over two corpora, from empty caches:
SQuAD 1.1 dev, each of its 2,067 paragraphs a document, 1,000 questions whose evidence is the marked answer;
claude_docs, 45 pages joined from 232 sections, 100 questions whose evidence is one to four whole sections.

hit@k: a relevant passage is among the first k (it holds half the evidence, or lies within it).
span recall: the share of the evidence's characters in the first 5. Where evidence is a section of several
thousand characters, five passages cannot hold it all. sections@5: the share of gold sections with a hit.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import DataNotFound, Figure, find_data, run_alone, say
from benchmarks.squad import load_squad
from workbench.analysis.confidence_intervals import mean_interval
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.types import Document, Evidence, Question
from workbench.parts.part import Retriever
from workbench.parts.registry import parts_of
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.pipeline.asker import Asker
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.types import Hit, Ranking
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.scoring.retrieval_metrics import score_mrr, score_recall
from workbench.scoring.types import AnswerContext
from workbench.settings import load_settings, quieten_libraries
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

TOP_K, MRR_K = 5, 10
SQUAD_QUESTIONS = 1000
QUICK_DOCUMENTS, QUICK_QUESTIONS = 200, 50
ENCODER = Model(name=DEFAULT_EMBEDDING, kind="embedding")


@dataclass(frozen=True)
class RetrievalSet:
    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


def load_squad_paragraphs(quick: bool) -> RetrievalSet:
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    paragraphs = squad.paragraphs[:QUICK_DOCUMENTS] if quick else squad.paragraphs
    documents = [Document(f"{p.number:04}.txt", p.title, p.text, "text") for p in paragraphs]
    inside = [q for q in squad.questions if q.home < len(documents)]
    asked = random.Random(7).sample(inside, QUICK_QUESTIONS if quick else SQUAD_QUESTIONS)
    questions = []
    for q in asked:
        start, text = q.answers[0]
        span = Evidence(documents[q.home].name, start, start + len(text))
        questions.append(Question(q.id, q.text, (text,), (span,)))
    return RetrievalSet("SQuAD", tuple(documents), tuple(questions))


def load_claude_docs(quick: bool) -> RetrievalSet:
    """Sections that follow one another on a page are joined to that page; each keeps its span."""
    sections_file, questions_file = find_data(
        "claude_docs/anthropic_docs.json.gz", "claude_docs/docs_evaluation_dataset.json.gz"
    )
    pages: dict[str, str] = {}
    spans: dict[str, Evidence] = {}
    for section in json.loads(gzip.decompress(sections_file.read_bytes())):
        name = section["chunk_link"].split("#")[0]
        before = pages.get(name, "")
        start = len(before) + 2 if before else 0
        pages[name] = (before + "\n\n" if before else "") + section["text"]
        spans[section["chunk_link"]] = Evidence(name, start, start + len(section["text"]))
    documents = [
        Document(name, name.rstrip("/").split("/")[-1].replace("-", " "), text, "text")
        for name, text in pages.items()
    ]
    rows = json.loads(gzip.decompress(questions_file.read_bytes()))
    questions = [
        Question(row["id"], row["question"], evidence=tuple(spans[link] for link in row["correct_chunks"]))
        for row in rows
    ]
    asked = questions[:QUICK_QUESTIONS] if quick else questions
    return RetrievalSet("claude_docs", tuple(documents), tuple(asked))


SETS: tuple[Callable[[bool], RetrievalSet], ...] = (load_claude_docs, load_squad_paragraphs)


def context_of(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> AnswerContext:
    passages = tuple(hit.chunk for hit in hits)
    return AnswerContext(question.text, "", passages, evidence=tuple(evidence))


def measure_question(question: Question, hits: Sequence[Hit]) -> tuple[float, ...]:
    """hit@1, hit@5, span recall@5, sections@5, MRR@10."""

    def mrr(k: int, evidence: Sequence[Evidence]) -> float:
        return score_mrr(context_of(question, hits[:k], evidence)).value or 0.0

    recall = score_recall(context_of(question, hits[:TOP_K], question.evidence)).value or 0.0
    sections = [float(mrr(TOP_K, [span]) > 0) for span in question.evidence]
    return (
        float(mrr(1, question.evidence) > 0),
        float(mrr(TOP_K, question.evidence) > 0),
        recall,
        sum(sections) / len(sections),
        mrr(MRR_K, question.evidence),
    )


def mean_figure(name: str, values: Sequence[float], note: str) -> Figure:
    mean, low, high, _ = mean_interval([[value] for value in values])
    return Figure(name, mean, low, high, note=note)


async def measure_set(one: RetrievalSet, folder: Path) -> list[Figure]:
    async with open_interactive_caller(
        MemoryLedger(), [ENCODER], load_settings(folder), ONLY_WELL_KNOWN
    ) as asker:
        return await measure_set_with(asker, one, folder)


async def measure_set_with(asker: Asker, one: RetrievalSet, folder: Path) -> list[Figure]:
    opener = CorpusOpener(one.documents, Caches(folder, folder / "indexes"))
    started = time.perf_counter()
    corpus = await opener.open(Retrieval(embedding=ENCODER), asker)
    built = time.perf_counter() - started
    rate = (
        f"{len(corpus.chunks)} chunks of {len(one.documents)} documents, {len(corpus.chunks) / built:.0f}/s"
    )
    say(f"{one.name}: {rate}, {len(one.questions)} questions")
    texts = [q.text for q in one.questions]
    figures = []
    for retriever in parts_of(Retriever):
        setting = Retrieval(embedding=ENCODER, retriever=retriever).canonical()
        results = await rank_questions(opener, setting, texts, asker)
        rankings = [result for result in results if isinstance(result, Ranking)]
        milliseconds = 1000 * sum(ranking.seconds for ranking in rankings) / len(rankings)
        rows = [measure_question(q, r.hits) for q, r in zip(one.questions, rankings, strict=True)]
        first, _, _, sections, mrr = np.mean(rows, axis=0)
        hit, recall = ([row[i] for row in rows] for i in (1, 2))
        beside = f"hit@1 {first:.3f}, MRR@10 {mrr:.3f}, {milliseconds:.1f} ms a question"
        figures.append(mean_figure(f"{one.name} {retriever}, hit@5", hit, beside))
        if recall != hit:  # evidence of more than one piece, or longer than a passage
            beside = f"sections@5 {sections:.3f}"
            figures.append(mean_figure(f"{one.name} {retriever}, span recall@5", recall, beside))
    figures.append(Figure(f"{one.name}, seconds to chunk, embed and index", built, digits=1, note=rate))
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    loaded = [load(options.quick) for load in SETS]
    figures = []
    for one in loaded:
        with tempfile.TemporaryDirectory() as folder:
            figures += asyncio.run(measure_set(one, Path(folder)))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("retrieval", measure, __doc__))
