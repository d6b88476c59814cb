"""How well correctness agrees with people: answers judged right or wrong, and choices between long ones.
Knows nothing about how the score comes about.

    python -m benchmarks.correctness [--quick]

Beside it stand its rivals: token F1, exact match, chrF, ROUGE-L, the cosine of the embeddings, the recall of
the reference, the grounding score turned round (does the answer support the reference?), and length alone.
A refusal scores 0 with all but the last two.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.correctness_sets import RATED, RIGHT_OR_WRONG, JudgedAnswer, load_sets
from benchmarks.figures import DataNotFound, Figure, run_alone, say
from workbench.providers.embedded.encoder import shared_encoder
from workbench.scoring.agreement import compare
from workbench.scoring.grounding import score_grounding
from workbench.scoring.refusal import is_refusal
from workbench.scoring.token_f1 import token_f1
from workbench.text import normalize_squad

QUESTIONS, QUICK = 200, 20
ROUNDS = 1000
BARS = {"EVOUNA NQ": 0.92, "EVOUNA TriviaQA": 0.95, "NQ-301": 0.80}
PAIRS_BAR = 0.75
THRESHOLDS = [i / 20 for i in range(1, 20)]

Values = dict[str, list[float]]


def rank_correlation(values: Sequence[float], others: Sequence[float]) -> float:
    """Spearman's correlation; 0 where all values are equal."""
    ranks, other_ranks = rankdata(values), rankdata(others)
    return float(np.corrcoef(ranks, other_ranks)[0, 1]) if ranks.std() else 0.0


def _best(row: JudgedAnswer, measure: Callable[[str, str], float]) -> float:
    """The best value over the references; 0 for a refusal."""
    if is_refusal(row.answer):
        return 0.0
    return max(measure(row.answer, reference) for reference in row.references)


def _string_measures() -> dict[str, Callable[[str, str], float]]:
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped, unused-ignore]
    from sacrebleu.metrics import CHRF

    rouge, chrf = RougeScorer(["rougeL"], use_stemmer=True), CHRF()
    return {
        "token F1": token_f1,
        "exact match": lambda a, r: float(normalize_squad(a) == normalize_squad(r)),
        "chrF": lambda a, r: chrf.sentence_score(a, [r]).score / 100,
        "ROUGE-L": lambda a, r: rouge.score(r, a)["rougeL"].fmeasure,
        "grounding turned round": lambda a, r: score_grounding(r, [a]).value or 0.0,
    }


def measure_rows(rows: Sequence[JudgedAnswer]) -> Values:
    """Each measure's value of each row."""
    agreements = [
        [] if is_refusal(row.answer) else [compare(row.answer, r, row.question) for r in row.references]
        for row in rows
    ]
    values = {
        "correctness": [max((a.value for a in found), default=0.0) for found in agreements],
        "reference recall": [max((a.covered for a in found), default=0.0) for found in agreements],
    }
    values |= {name: [_best(row, f) for row in rows] for name, f in _string_measures().items()}
    encode = shared_encoder().encode
    answers = encode([row.answer for row in rows])
    values["cosine"] = [
        float((encode(list(row.references)) @ answer).max())
        for row, answer in zip(rows, answers, strict=True)
    ]
    values["length"] = [float(len(row.answer)) for row in rows]
    return values


def pairs_right(values: Sequence[float], rows: Sequence[JudgedAnswer]) -> list[tuple[str, float]]:
    """(group, 1 where the better rated of two answers has the higher value, 0.5 for a tie, else 0)."""
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(row.group, []).append(i)
    pairs = [pair for members in groups.values() for pair in combinations(members, 2)]
    chosen = []
    for i, j in pairs:
        rated, scored = rows[i].judged - rows[j].judged, values[i] - values[j]
        if rated:
            chosen.append((rows[i].group, 0.5 if not scored else float(rated * scored > 0)))
    return chosen


def mean_interval(chosen: Sequence[tuple[str, float]], rounds: int) -> tuple[float, float, float]:
    """(mean, low, high), resampling questions."""
    groups: dict[str, list[float]] = {}
    for group, value in chosen:
        groups.setdefault(group, []).append(value)
    members = list(groups.values())
    draw = np.random.default_rng(7).integers(0, len(members), (rounds, len(members)))
    means = [statistics.fmean(v for i in drawn for v in members[i]) for drawn in draw]
    low, high = np.percentile(means, (2.5, 97.5))
    return statistics.fmean(v for _, v in chosen), float(low), float(high)


def threshold_of(sets: Sequence[tuple[Sequence[float], Sequence[bool]]]) -> float:
    """The value from which an answer is best called right: the highest mean balanced accuracy."""

    def balanced(threshold: float) -> float:
        shares = []
        for values, labels in sets:
            called = np.asarray(values) >= threshold
            right = np.asarray(labels)
            shares.append((called[right].mean() + (~called[~right]).mean()) / 2)
        return float(np.mean(shares))

    return max(THRESHOLDS, key=balanced)


def _report(name: str, values: Values, rows: Sequence[JudgedAnswer], rounds: int) -> Figure:
    labels, groups = [row.judged > 0.5 for row in rows], [row.group for row in rows]
    lengths = [len(row.answer) for row in rows]
    say(f"{name}: {len(rows)} answers to {len(set(groups))} questions, {sum(labels)} right")
    notes = []
    for measure, numbers in values.items():
        low, high = auroc_interval(numbers, labels, groups, rounds=rounds)
        of_length = rank_correlation(numbers, lengths)
        notes.append(f"{measure} {auroc(numbers, labels):.3f} ({low:.3f}-{high:.3f}), length {of_length:.2f}")
    say("\n".join(f"  {note}" for note in notes))
    low, high = auroc_interval(values["correctness"], labels, groups, rounds=rounds)
    note = f"token F1 {auroc(values['token F1'], labels):.3f}, length {auroc(values['length'], labels):.3f}"
    return Figure(
        f"{name}, AUROC", auroc(values["correctness"], labels), low, high, BARS.get(name), note=note
    )


def _report_pairs(name: str, values: Values, rows: Sequence[JudgedAnswer], rounds: int) -> Figure:
    say(f"{name}: {len(rows)} long answers, {len(pairs_right(values['correctness'], rows))} pairs")
    for measure, numbers in values.items():
        mean, low, high = mean_interval(pairs_right(numbers, rows), rounds)
        of_length = rank_correlation(numbers, [len(row.answer) for row in rows])
        say(f"  {measure} {mean:.3f} ({low:.3f}-{high:.3f}), length {of_length:.2f}")
    mean, low, high = mean_interval(pairs_right(values["correctness"], rows), rounds)
    f1 = mean_interval(pairs_right(values["token F1"], rows), rounds)[0]
    return Figure(f"{name}, pairs", mean, low, high, PAIRS_BAR, note=f"token F1 {f1:.3f}")


def _thresholds(measured: dict[str, tuple[Values, list[JudgedAnswer]]]) -> list[Figure]:
    """For each set, how often "right from the threshold on" is true. Other sets choose it."""
    scored = {
        name: (values["correctness"], [row.judged > 0.5 for row in rows])
        for name, (values, rows) in measured.items()
    }
    figures = []
    for name, (values, labels) in scored.items():
        threshold = threshold_of([other for key, other in scored.items() if key != name] or [scored[name]])
        called = np.asarray(values) >= threshold
        right = np.asarray(labels)
        note = f"threshold {threshold:.2f}; of those called right, {right[called].mean():.3f} are"
        figures.append(Figure(f"{name}, called rightly", float((called == right).mean()), note=note))
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    questions, rounds = (QUICK, 100) if options.quick else (QUESTIONS, ROUNDS)
    sets, rated = load_sets(RIGHT_OR_WRONG, questions), load_sets(RATED, questions)
    if not (sets or rated):
        raise DataNotFound("evouna")
    measured = {name: (measure_rows(rows), rows) for name, rows in sets.items()}
    figures = [_report(name, values, rows, rounds) for name, (values, rows) in measured.items()]
    for name, rows in rated.items():
        figures.append(_report_pairs(name, measure_rows(rows), rows, rounds))
    figures += _thresholds(measured)
    row = next(iter((sets | rated).values()))[0]
    started = time.perf_counter()
    for i in range(100):
        compare(f"{row.answer} {i}", row.references[0], row.question)
    figures.append(Figure("ms per answer", 10 * (time.perf_counter() - started), digits=2))
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("correctness", measure, __doc__))
