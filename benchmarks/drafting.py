"""Measures whether questions drafted by rules rank retrieval settings as people's questions do.
Knows nothing about how drafts are made.

    python -m benchmarks.drafting [--quick] [--set NAME ...]

Per set: 24 retrieval settings (2 splitters, 4 chunk sizes, 3 retrievers) are ranked by the mean recall@5 and
the mean MRR@10 of people's questions, and of as many drafts as there are such questions (at least 120, at
most 300).

tau: Kendall's tau between the two rankings. loss: by how much the setting that drafts rank first is worse
than the best one, by people's questions. halves: tau between two random halves of people's own questions,
mean of 20. ceiling: the tau that the ranking by people's questions itself would reach on average against that
of endlessly many such questions, by Spearman-Brown from halves. told apart: tau over those pairs of settings
only whose difference people's questions tell from none (5 %, paired, by clusters of questions about one
section): the order of the others is chance for any questions. left out: documents of more than 200 words
without a draft when three drafts a document are asked for. seconds: processor time of 120 drafts with
everything on. The shares of right drafts, from verdicts that were kept,
come last (`benchmarks.drafting_right`).
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.drafting_right import measure as measure_right
from benchmarks.figures import Figure, run_alone, say
from benchmarks.peoples_sets import MOST, SEED, SETS, PeoplesSet
from benchmarks.retrieval import ENCODER, context_of
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.clusters import find_clusters
from workbench.corpus.draft_types import RULE_KINDS, UNANSWERABLE
from workbench.corpus.question_rows import RowReader
from workbench.corpus.types import Document, Question
from workbench.drafting.draft_questions import draft_questions
from workbench.drafting.types import DraftReport
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.types import Ranking
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.scoring.retrieval_metrics import score_mrr, score_recall
from workbench.settings import load_settings, quieten_libraries
from workbench.space.retrieval import Retrieval

SETTINGS = [
    (splitter, tokens, retriever)
    for splitter in ("sentence", "markdown")
    for tokens in (64, 128, 256, 448)
    for retriever in ("dense", "keyword", "hybrid")
]
LEAST = 120
HALVES = 20
Z_OF_5_PERCENT = 1.96
LONG_WORDS = 200
ANSWERABLE_KINDS = [kind for kind in RULE_KINDS if kind != UNANSWERABLE]
Values = np.ndarray  # [settings, questions, (recall@5, MRR@10)]


def as_questions(report: DraftReport, documents: Sequence[Document]) -> list[Question]:
    """The answerable drafts, their evidence found as in a question file."""
    reader = RowReader("drafts", documents)
    for number, draft in enumerate(report.drafts, start=1):
        keys = ("id", "question", "answer", "evidence", "any", "answerable")
        reader.add_row(number, {k: v for k, v in draft.as_row().items() if k in keys})
    assert not reader.problems, reader.problems[:3]
    return [q for q in reader.questions if q.evidence]


async def score_settings(
    documents: Sequence[Document], questions: Sequence[Question], folder: Path
) -> Values:
    rows = []
    async with open_interactive_caller(
        MemoryLedger(), [ENCODER], load_settings(folder), ONLY_WELL_KNOWN
    ) as asker:
        opener = CorpusOpener(documents, Caches(folder, folder / "indexes"))
        for splitter, tokens, retriever in SETTINGS:
            setting = Retrieval(
                embedding=ENCODER,
                splitter=splitter,
                chunk_tokens=tokens,
                chunk_overlap=0,
                retriever=retriever,
            ).canonical()
            results = await rank_questions(opener, setting, [q.text for q in questions], asker)
            rankings = [r for r in results if isinstance(r, Ranking)]
            rows.append([_scores(q, r) for q, r in zip(questions, rankings, strict=True)])
    return np.array(rows)


def _scores(question: Question, ranking: Ranking) -> tuple[float, float]:
    recall = score_recall(context_of(question, ranking.hits[:5], question.evidence)).value or 0.0
    mrr = score_mrr(context_of(question, ranking.hits[:10], question.evidence)).value or 0.0
    return recall, mrr


def tau_of(one: Values, other: Values) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(one, other).statistic)


def _told_apart(people: Values, clusters: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of settings that people's questions tell apart, by a paired test over clusters."""
    _, number = np.unique(clusters, return_inverse=True)
    pairs = []
    for one, other in combinations(range(len(people)), 2):
        by_question = people[one] - people[other]
        off = np.bincount(number, by_question - by_question.mean())
        error = math.sqrt(float((off**2).sum())) / len(by_question)
        if abs(float(by_question.mean())) > Z_OF_5_PERCENT * error:
            pairs.append((one, other))
    return pairs


def _agreement(by_people: Values, by_drafts: Values, pairs: Sequence[tuple[int, int]]) -> float:
    """Kendall's tau over some pairs: the share that both order alike, less the share that they do not."""
    signs = [np.sign(by_people[a] - by_people[b]) * np.sign(by_drafts[a] - by_drafts[b]) for a, b in pairs]
    return float(np.mean(signs)) if signs else math.nan


def measure_set(one: PeoplesSet) -> list[Figure]:
    count = max(LEAST, min(MOST, len(one.questions)))
    report = draft_questions(one.documents, count, kinds=ANSWERABLE_KINDS, seed=SEED)
    drafted = as_questions(report, one.documents)
    say(f"{one.name}: {len(one.questions)} questions by people, {len(drafted)} drafts")
    with tempfile.TemporaryDirectory() as folder:
        both = asyncio.run(score_settings(one.documents, [*one.questions, *drafted], Path(folder)))
    people, drafts = both[:, : len(one.questions)], both[:, len(one.questions) :]
    found = find_clusters(one.questions, one.documents)
    clusters = [found.get(q.id, q.id) for q in one.questions]
    figures = []
    for place, (score, bar) in enumerate((("recall@5", 0.85), ("MRR", 0.75))):
        by_people, by_drafts = people[:, :, place].mean(axis=1), drafts[:, :, place].mean(axis=1)
        loss = float(by_people.max() - by_people[int(by_drafts.argmax())])
        halves = _halves(people[:, :, place])
        beside = f"halves of people's questions: {halves:.3f}, ceiling {_ceiling(halves):.3f}"
        apart = _told_apart(people[:, :, place], clusters)
        agreement = _agreement(by_people, by_drafts, apart)
        figures += [
            Figure(f"{one.name}, tau, {score}", tau_of(by_people, by_drafts), bar=bar, note=beside),
            Figure(
                f"{one.name}, tau where told apart, {score}", agreement,
                note=f"{len(apart)} of {math.comb(len(SETTINGS), 2)} pairs",
            ),
        ]  # fmt: skip
        best = " ".join(map(str, SETTINGS[int(by_drafts.argmax())]))
        figures.append(
            Figure(
                f"{one.name}, loss of the pick, {score}", loss, at_most=True,
                bar=0.01 if place == 0 else None,
                note=f"the drafts' first: {best}; people's best {by_people.max():.3f}",
            )
        )  # fmt: skip
    touched = f"{len(drafted)} drafts, {report.touched} of {report.documents} documents"
    return [
        *figures,
        Figure(f"{one.name}, drafts for rankings", len(drafted), digits=0, note=touched),
        *_drafting(one),
    ]


def _drafting(one: PeoplesSet) -> list[Figure]:
    """What processor time 120 drafts take, filters included, and which documents get none."""
    started = time.process_time()
    report = draft_questions(one.documents, LEAST, seed=SEED, taken=[q.text for q in one.questions])
    seconds = time.process_time() - started
    full = draft_questions(one.documents, 3 * len(one.documents), seed=SEED)
    touched = {quote.document for draft in full.drafts for quote in draft.quotes}
    long = [d.name for d in one.documents if len(d.text.split()) > LONG_WORDS]
    without = [name for name in long if name not in touched]
    return [
        Figure(f"{one.name}, seconds to draft", seconds, digits=1, note=f"{len(report.drafts)} drafts"),
        Figure(
            f"{one.name}, long documents left out", len(without), digits=0, at_most=True, bar=0,
            note=f"of {len(long)}",
        ),
    ]  # fmt: skip


def _ceiling(halves: float) -> float:
    half = math.sin(math.pi / 2 * halves)  # Pearson's r of a Kendall's tau, for normal values
    return 2 / math.pi * math.asin(math.sqrt(max(0.0, 2 * half / (1 + half))))


def _halves(values: Values) -> float:
    chance = np.random.default_rng(SEED)
    taus = []
    for _ in range(HALVES):
        order = chance.permutation(values.shape[1])
        middle = len(order) // 2
        taus.append(tau_of(values[:, order[:middle]].mean(axis=1), values[:, order[middle:]].mean(axis=1)))
    return float(np.mean(taus))


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    names = options.set or (["harbor"] if options.quick else list(SETS))
    figures: list[Figure] = []
    for name in names:
        measured = measure_set(SETS[name](options.quick))
        figures += measured
        for figure in measured:
            say(f"  {figure.name}: {figure.value:.3f} ({figure.note})")
    return figures if options.set else [*figures, *measure_right(options)]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", choices=list(SETS), help="only this set; repeat it for several"
    )


if __name__ == "__main__":
    raise SystemExit(run_alone("drafting", measure, __doc__, add_options))
