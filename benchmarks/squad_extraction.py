"""How often the extractive answerer's sentences hold the answer: SQuAD 1.1 dev, hybrid retrieval, top 5.
Knows nothing about prompts: it measures the choice of sentences.

    python -m benchmarks.squad_extraction [--quick] [--questions 500]

The paragraphs searched are all 2,067; the questions come from the 24 articles that the shipped variant was
not trained on (benchmarks/squad.py says which). Required of `embedded/extractive`: 0.69 / 0.80 / 0.85 of
the questions have their answer in the 1 / 2 / 3 chosen sentences. "marked" counts only sentences over the
annotated span in the annotated paragraph; "text" also counts the same words elsewhere.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.auroc import auroc
from benchmarks.figures import DataNotFound, Figure, run_alone, say
from benchmarks.squad import HybridRetriever, SquadQuestion, load_squad, sample
from workbench.providers.embedded.composing import choose
from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.features import Matrix, measure
from workbench.providers.embedded.selector import confidence_of
from workbench.providers.embedded.sentence_vectors import SentenceVectors
from workbench.providers.embedded.units import NumberedPassage, Unit, split_units
from workbench.providers.embedded.variant import BASE_NAME, shipped_variants
from workbench.text import normalize_squad

REQUIRED = (0.69, 0.80, 0.85)
TOP_K = 5
QUICK = 50
Scorer = Callable[[Matrix], NDArray[np.float64]]

# Figures of the same selectors in BASELINES, on another 500 questions from all articles.
PUBLISHED = {
    "first sentences of the top passage": (0.256, 0.456, 0.604),
    "cosine": (0.562, 0.684, 0.762),
    "idf overlap": (0.696, 0.788, 0.828),
    "cosine + overlap + 2 x reciprocal rank": (0.706, 0.814, 0.858),
    "learned logistic regression": (0.706, 0.808, 0.862),
    "learned boosting": (0.706, 0.832, 0.884),
}


def column(rows: Matrix, feature: str) -> NDArray[np.float64]:
    return np.asarray(rows[:, FEATURES.index(feature)], dtype=np.float64)


def selectors() -> dict[str, Scorer]:
    variant = shipped_variants()[BASE_NAME]
    return {
        "first sentences of the top passage": lambda rows: -np.arange(len(rows), dtype=np.float64),
        "cosine": lambda rows: column(rows, "cosine"),
        "idf overlap": lambda rows: column(rows, "overlap"),
        "cosine + overlap + 2 x reciprocal rank": lambda rows: (
            column(rows, "cosine") + column(rows, "overlap") + 2 * column(rows, "rank") / 11
        ),
        BASE_NAME: variant.scores,
    }


def holds(unit: Unit, question: SquadQuestion, found: list[int], wanted: frozenset[str]) -> tuple[bool, bool]:
    """(over the annotated span, or the answer's words at all) for one unit."""
    marked = found[unit.passage] == question.home and any(
        unit.start <= start and start + len(text) <= unit.end for start, text in question.answers
    )
    said = normalize_squad(unit.text)
    return marked, marked or any(answer in said for answer in wanted)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--questions", type=int, default=500)


def measure_selectors(options: argparse.Namespace) -> list[Figure]:
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    variant = shipped_variants()[BASE_NAME]
    wanted_questions = QUICK if options.quick else options.questions
    questions = sample(squad.questions, "test", wanted_questions)
    assert not set(variant.trained_on.question_ids) & {question.id for question in questions}
    started = time.perf_counter()
    encoder = shared_encoder()
    retriever = HybridRetriever(squad.paragraphs, encoder)
    found = retriever.find([question.text for question in questions], TOP_K)
    vectors = SentenceVectors(encoder)
    hits = {name: np.zeros((2, 3)) for name in selectors()}
    sure: list[float] = []
    right: list[bool] = []
    for question, indices in zip(questions, found, strict=True):
        homes = [squad.paragraphs[index] for index in indices]
        passages = [NumberedPassage(n, home.title, home.text) for n, home in enumerate(homes, start=1)]
        units = [unit for unit in split_units(passages) if unit.kind != "heading"]
        rows = measure(question.text, passages, units, vectors.encode)
        wanted = frozenset(normalize_squad(text) for _, text in question.answers) - {""}
        for name, score in selectors().items():
            chosen = choose(units, score(rows), 3)
            good = np.array([holds(item.unit, question, indices, wanted) for item in chosen])
            for k in (1, 2, 3):
                hits[name][:, k - 1] += good[:k].any(axis=0)
            if name == BASE_NAME:
                sure.append(confidence_of(variant, rows))
                right.append(bool(good[:1, 0].any()))
    return report(hits, sure, right, questions, found, time.perf_counter() - started)


def report(
    hits: dict[str, NDArray[np.float64]],
    sure: list[float],
    right: list[bool],
    questions: list[SquadQuestion],
    found: list[list[int]],
    seconds: float,
) -> list[Figure]:
    count = len(questions)
    articles = len({question.article for question in questions})
    hit_at_5 = np.mean([question.home in indices for question, indices in zip(questions, found, strict=True)])
    say(f"{count} questions of {articles} articles never trained on, {seconds:.0f} s")
    say(f"hit@{TOP_K} {hit_at_5:.3f}\n")
    heads = ("share with the answer in", "1, 2, 3 sentences: marked", "text", "BASELINES")
    say(f"{heads[0]:42}{heads[1]:>26}{heads[2]:>21}{heads[3]:>24}")
    for name, sums in hits.items():
        cells = ["  ".join(f"{value:.3f}" for value in line / count) for line in sums]
        known = "  ".join(f"{value:.3f}" for value in PUBLISHED.get(name, ()))
        say(f"{name:42}{cells[0]:>26}{cells[1]:>21}{known:>24}")
    for name in ("learned logistic regression", "learned boosting"):
        say(f"{name:42}{'':>26}{'':>21}{'  '.join(f'{v:.3f}' for v in PUBLISHED[name]):>24}")
    order = np.argsort(-np.array(sure))[: max(1, count // 4)]
    shares = hits[BASE_NAME][0] / count
    figures = [
        Figure(f"answer in {n} sentence{'s' * (n > 1)}", float(share), bar=least)
        for n, share, least in zip((1, 2, 3), shares, REQUIRED, strict=True)
    ]
    figures.append(
        Figure("confidence tells right from wrong, AUROC", auroc(sure, right), note="BASELINES 0.755")
    )
    surest = float(np.mean([right[i] for i in order]))
    figures.append(Figure("surest quarter right", surest, note="BASELINES 0.93"))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("squad_extraction", measure_selectors, __doc__, add_options))
