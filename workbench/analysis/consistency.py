"""How consistent a trial is when a question is repeated: verdicts that flip, and how similar the answers are.
Knows nothing about the store's sessions: plain answers in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from workbench.analysis.clusters import Clusters
from workbench.analysis.confidence_intervals import mean_interval
from workbench.parts.score_state import score_state
from workbench.store.figures import Consistency, Figure, RepeatedAnswer

COMPARED_CHARACTERS = 4_000  # of longer answers only the beginning is compared


def find_consistency(
    answers: Sequence[RepeatedAnswer], repeats: int, named_clusters: Mapping[str, str] | None = None
) -> Consistency:
    """How consistent a trial's answers are, over the questions with at least two answers.

    answers: the answers that did not fail; a failed answer has no verdict.
    repeats: how often each question was asked.
    named_clusters: question id → the name of its cluster; a question without one stands alone.
    """
    by_question: dict[str, list[RepeatedAnswer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    repeated = [same for same in by_question.values() if len(same) > 1]
    if not repeated:
        return Consistency(0, repeats, None, None, None, "no question has two successful answers yet")
    named = named_clusters or {}
    scored = [[a for a in same if a.correctness is not None] for same in repeated]
    scored = [same for same in scored if len(same) > 1]
    return Consistency(
        questions=len(repeated),
        repeats=repeats,
        correctness_flips=_flips(scored, _is_right, named),
        refusal_flips=_flips(repeated, lambda a: a.refused, named),
        agreement=_figure(repeated, [_agreement([a.text for a in same]) for same in repeated], named),
        note="" if scored else "no question has two answers scored on correctness",
    )


def _is_right(answer: RepeatedAnswer) -> bool:
    return score_state("correctness", answer.correctness or 0.0) == "good"


def _flips(
    repeated: list[list[RepeatedAnswer]], verdict: Callable[[RepeatedAnswer], bool], named: Mapping[str, str]
) -> Figure | None:
    flips = [float(len({verdict(a) for a in same}) > 1) for same in repeated]
    return _figure(repeated, flips, named) if repeated else None


def _figure(repeated: list[list[RepeatedAnswer]], values: list[float], named: Mapping[str, str]) -> Figure:
    clusters = Clusters.of([same[0].question_id for same in repeated], named)
    mean, low, high, note = mean_interval([[v] for v in values], clusters)
    if low is not None and high is not None:
        low, high = max(0.0, low), min(1.0, high)
    return Figure(mean, low, high, len(values), 0, 0, note, clusters.groups)


def _agreement(texts: list[str]) -> float:
    """The mean similarity of all pairs of answers: 1 minus the edit distance (insertions and deletions)
    divided by the sum of both lengths (rapidfuzz's Indel).

    Equal texts are counted, not compared: at temperature 0 most models give nothing else.
    """
    from rapidfuzz.distance import Indel

    counts = Counter(" ".join(text.split())[:COMPARED_CHARACTERS] for text in texts)
    pairs = len(texts) * (len(texts) - 1) / 2
    total = sum(n * (n - 1) / 2 for n in counts.values())
    for (text_a, n), (text_b, m) in combinations(counts.items(), 2):
        total += n * m * Indel.normalized_similarity(text_a, text_b)
    return total / pairs
