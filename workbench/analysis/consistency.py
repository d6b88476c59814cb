"""How a trial's repeats of one question agree: verdicts that flip, and how far the answers differ.
Knows nothing about the store's sessions: plain answers in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

from workbench.analysis.confidence_intervals import mean_interval
from workbench.store.figures import Consistency, Figure, RepeatedAnswer

RIGHT = 0.5  # correctness from here on counts as right
COMPARED_CHARACTERS = 4_000  # of a longer answer its beginning is compared


def find_consistency(answers: Sequence[RepeatedAnswer], repeats: int) -> Consistency:
    """Over the questions that have two sound answers or more. A failed answer has no verdict: left out."""
    by_question: dict[str, list[RepeatedAnswer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question_id, []).append(answer)
    groups = [group for group in by_question.values() if len(group) > 1]
    if not groups:
        return Consistency(0, repeats, None, None, None, "no question has two sound answers yet")
    scored = [g for g in ([a for a in group if a.correctness is not None] for group in groups) if len(g) > 1]
    return Consistency(
        questions=len(groups),
        repeats=repeats,
        correctness_flips=_flips(scored, lambda a: (a.correctness or 0.0) >= RIGHT),
        refusal_flips=_flips(groups, lambda a: a.refused),
        agreement=_figure([_agreement([a.text for a in group]) for group in groups]),
        note="" if scored else "no question has two answers scored on correctness",
    )


def _flips(groups: list[list[RepeatedAnswer]], verdict: Callable[[RepeatedAnswer], bool]) -> Figure | None:
    return _figure([float(len({verdict(a) for a in group}) > 1) for group in groups]) if groups else None


def _figure(values: list[float]) -> Figure:
    mean, low, high, note = mean_interval([[v] for v in values])
    if low is not None and high is not None:
        low, high = max(0.0, low), min(1.0, high)
    return Figure(mean, low, high, len(values), 0, 0, note)


def _agreement(texts: list[str]) -> float:
    """Mean likeness of all pairs of answers: 1 - insertions and deletions over both lengths (rapidfuzz's
    Indel). Equal texts are counted, not compared: most models at temperature 0 give nothing else."""
    from rapidfuzz.distance import Indel

    counts = Counter(" ".join(text.split())[:COMPARED_CHARACTERS] for text in texts)
    pairs = len(texts) * (len(texts) - 1) / 2
    total = sum(n * (n - 1) / 2 for n in counts.values())
    for (one, n), (two, m) in combinations(counts.items(), 2):
        total += n * m * Indel.normalized_similarity(one, two)
    return total / pairs
