"""How well follow-up questions are found: alone, with the user's last turns, and as standalone questions.
Knows nothing about answering, and asks no model.

    python -m benchmarks.follow_ups [--quick]

40 follow-up questions over harbor-support, written by hand. Each asks what one of the corpus's questions
asks, after another question on (mostly) the same document and its reference answer, and before that a
question on another document. The corpus's own question is the standalone one, as the best rewriting would
make it: an upper bound for `rewrite`. Recall and MRR are of the first five passages, means over six
retrieval settings.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.figures import Figure, run_alone, say
from benchmarks.retrieval import ENCODER, TOP_K, mean_figure
from workbench.calls.ledger import MemoryLedger
from workbench.calls.open_caller import open_interactive_caller
from workbench.corpus.corpus import load_corpus
from workbench.corpus.types import AskedQuestion, History, Question, Turn
from workbench.pipeline.asker import Asker
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.types import Ranking
from workbench.providers.trust import ONLY_WELL_KNOWN
from workbench.scoring.retrieval_metrics import score_mrr, score_recall
from workbench.scoring.types import AnswerContext, ScoredPassage
from workbench.settings import load_settings, quieten_libraries
from workbench.space.retrieval import Retrieval

CORPUS = "harbor-support"
# (asked and answered before, what is meant, how the follow-up question says it): the first two by their ids.
FOLLOW_UPS = (
    ("hs-001", "hs-002", "And by when must it be with the carrier?"),
    ("hs-001", "hs-005", "And in Switzerland, do they pay for it?"),
    ("hs-002", "hs-004", "What is deducted for the label if it comes from Poland?"),
    ("hs-008", "hs-011", "How much is taken off for the label?"),
    ("hs-009", "hs-010", "And what do they get if it has been used more than that?"),
    ("hs-020", "hs-021", "How can they avoid it?"),
    ("hs-021", "hs-024", "And in Canada, how many days do they have?"),
    ("hs-026", "hs-029", "By when do I have to register it for that?"),
    ("hs-026", "hs-030", "And the pump, after how many shots does it end?"),
    ("hs-038", "hs-039", "And a shift lead, at most?"),
    ("hs-045", "hs-048", "How late can I order for it to leave the same day?"),
    ("hs-045", "hs-051", "And to Norway?"),
    ("hs-060", "hs-062", "At what temperature does it brew when it is new?"),
    ("hs-062", "hs-067", "How do I get the original volumes back?"),
    ("hs-063", "hs-072", "How often does it want a back-flush?"),
    ("hs-063", "hs-077", "Does it connect to 5 GHz?"),
    ("hs-085", "hs-083", "May it be used in a bathroom?"),
    ("hs-085", "hs-088", "Which fuse is in its plug?"),
    ("hs-088", "hs-089", "How do I lock its keys?"),
    ("hs-091", "hs-093", "I have no receipt. What do I get back?"),
    ("hs-091", "hs-094", "And how do I recognise a repaired one?"),
    ("hs-095", "hs-097", "Can I clean its burrs with rice?"),
    ("hs-095", "hs-098", "And to calibrate the scale, what do I need?"),
    ("hs-104", "hs-103", "How long does it last in water of 20 degrees?"),
    ("hs-104", "hs-106", "What if they tell us to boil the water?"),
    ("hs-111", "hs-112", "And for the tray, how much do I take?"),
    ("hs-118", "hs-119", "How much electricity does it use?"),
    ("hs-131", "hs-132", "When do they expire?"),
    ("hs-133", "hs-134", "How many can I combine?"),
    ("hs-135", "hs-137", "My card was declined three times. Is it lost?"),
    ("hs-135", "hs-138", "And by how much may the price rise?"),
    ("hs-140", "hs-143", "And if we pay late, what interest is there?"),
    ("hs-169", "hs-172", "How much may they post to Germany?"),
    ("hs-173", "hs-174", "And a hotel in London?"),
    ("hs-174", "hs-175", "What if I sleep on a friend's sofa?"),
    ("hs-174", "hs-176", "How soon must I hand the receipts in?"),
    ("hs-192", "hs-193", "What did it cost?"),
    ("hs-196", "hs-197", "And if I lose the key?"),
    ("hs-210", "hs-211", "How long are they on trial?"),
    ("hs-225", "hs-224", "And an Ember, how long is it tested?"),
)  # fmt: skip
QUICK = 8
QUERIES = ("plain", "history(turns=1)", "history(turns=2)")
STANDALONE = "standalone question"


def exchange(question: Question) -> History:
    """A question with its reference answer, as two turns."""
    return (Turn("user", question.text), Turn("assistant", question.answers[0]))


def conversations(questions: dict[str, Question], count: int) -> list[tuple[AskedQuestion, Question]]:
    """(the follow-up question after two exchanges, the question that it means)."""
    chosen = FOLLOW_UPS[:count]
    other = [questions[before] for before, _, _ in (*chosen[len(chosen) // 2 :], *chosen[: len(chosen) // 2])]
    return [
        (AskedQuestion(text, exchange(far) + exchange(questions[before])), questions[meant])
        for (before, meant, text), far in zip(chosen, other, strict=True)
    ]


async def measure_query(
    asker: Asker, opener: CorpusOpener, query: str, asked: Sequence[AskedQuestion], meant: Sequence[Question]
) -> tuple[list[float], list[float]]:
    """(recall, MRR) of each question, means over the settings."""
    recall, mrr = [0.0] * len(meant), [0.0] * len(meant)
    settings = [
        Retrieval(embedding=ENCODER, retriever=retriever, splitter=splitter, chunk_tokens=128, query=query)
        for retriever, splitter in product(("dense", "keyword", "hybrid"), ("sentence", "markdown"))
    ]
    for setting in settings:
        rankings = await rank_questions(opener, setting.canonical(), asked, asker)
        for n, (question, ranking) in enumerate(zip(meant, rankings, strict=True)):
            assert isinstance(ranking, Ranking)
            chunks = [hit.chunk for hit in ranking.hits[:TOP_K]]
            passages = tuple(ScoredPassage(c.document, c.start, c.end, c.text) for c in chunks)
            context = AnswerContext(question.text, "", passages, evidence=question.evidence)
            recall[n] += (score_recall(context).value or 0.0) / len(settings)
            mrr[n] += (score_mrr(context).value or 0.0) / len(settings)
    return recall, mrr


async def measure_all(folder: Path, count: int) -> list[Figure]:
    corpus = load_corpus(CORPUS, Path(__file__).resolve().parent.parent / "corpora")
    pairs = conversations({q.id: q for q in corpus.questions}, count)
    asked, meant = [a for a, _ in pairs], [m for _, m in pairs]
    opener = CorpusOpener(corpus.documents, Caches(folder, folder / "indexes"))
    figures = []
    async with open_interactive_caller(
        MemoryLedger(), [ENCODER], load_settings(folder), ONLY_WELL_KNOWN
    ) as asker:
        for name in (*QUERIES, STANDALONE):
            query, texts = (name, asked) if name != STANDALONE else ("plain", [m.asked for m in meant])
            recall, mrr = await measure_query(asker, opener, query, texts, meant)
            say(f"{name}: recall@5 {sum(recall) / len(recall):.3f}, MRR {sum(mrr) / len(mrr):.3f}")
            beside = f"MRR@5 {sum(mrr) / len(mrr):.3f}, {len(meant)} follow-up questions"
            figures.append(mean_figure(f"{name}, recall@5", recall, beside))
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    quieten_libraries()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure_all(Path(folder), QUICK if options.quick else len(FOLLOW_UPS)))


if __name__ == "__main__":
    raise SystemExit(run_alone("follow_ups", measure, __doc__))
