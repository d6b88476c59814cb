"""How consistent a trial is when a question is repeated: verdicts that flip, and how similar the answers are.
Knows nothing about the store's sessions: plain answers in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

from workbench.analysis.confidence_intervals import mean_interval
from workbench.parts.score_state import score_state
from workbench.store.figures import Consistency, Figure, RepeatedAnswer

COMPARED_CHARACTERS = 4_000  # of longer answers only the beginning is compared


def find_consistency(answers: Sequence[RepeatedAnswer], repeats: int) -> Consistency:
    """How consistent a trial's answers are, over the questions with at least two answers.

    answers: the answers that did not fail; a failed answer has no verdict.
    repeats: how often each question was asked.
    """
    by_question: dict[str, list[RepeatedAnswer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    groups = [group for group in by_question.values() if len(group) > 1]
    if not groups:
        return Consistency(0, repeats, None, None, None, "no question has two successful answers yet")
    scored = [g for g in ([a for a in group if a.correctness is not None] for group in groups) if len(g) > 1]
    return Consistency(
        questions=len(groups),
        repeats=repeats,
        correctness_flips=_flips(scored, _is_right),
        refusal_flips=_flips(groups, lambda a: a.refused),
        agreement=_figure([_agreement([a.text for a in group]) for group in groups]),
        note="" if scored else "no question has two answers scored on correctness",
    )


def _is_right(answer: RepeatedAnswer) -> bool:
    return score_state("correctness", answer.correctness or 0.0) == "good"


def _flips(groups: list[list[RepeatedAnswer]], verdict: Callable[[RepeatedAnswer], bool]) -> Figure | None:
    return _figure([float(len({verdict(a) for a in group}) > 1) for group in groups]) if groups else None


def _figure(values: list[float]) -> Figure:
    mean, low, high, note = mean_interval([[v] for v in values])
    if low is not None and high is not None:
        low, high = max(0.0, low), min(1.0, high)
    return Figure(mean, low, high, len(values), 0, 0, note)


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
