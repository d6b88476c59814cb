"""How well the free scores agree with two readings of answers that two real small models wrote.
Knows nothing about how the scores come about. The answers and labels: benchmarks/labelled.

    python -m benchmarks.labelled_answers [--quick]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.figures import Figure, run_alone
from benchmarks.grounding_fit import calibration_error
from benchmarks.labelled.load import LabelledAnswer, load_labelled
from workbench.scoring.agreement import compare
from workbench.scoring.baselines import cosine_alone, length_alone, overlap_alone
from workbench.scoring.grounding import GroundingScore, score_grounding
from workbench.scoring.support import SUPPORTED, UNSUPPORTED
from workbench.scoring.token_f1 import token_f1

ROUNDS, QUICK_ROUNDS, QUICK_ANSWERS = 1000, 50, 60
LEAST_MARKED_RIGHTLY = 0.8


def _area(
    name: str, values: Sequence[float], labels: Sequence[bool], rows: Sequence[LabelledAnswer], rounds: int,
    bar: float | None = None,
) -> Figure:  # fmt: skip
    """The AUROC with its interval over questions."""
    scores, truth = np.array(values), np.array(labels)
    low, high = auroc_interval(scores, truth, [row.question for row in rows], rounds=rounds)
    note = f"{len(rows)} answers, {int(truth.sum())} of them positive"
    return Figure(name, auroc(scores, truth), low, high, bar=bar, note=note)


def _gain(
    over: str, values: Sequence[float], rival: Sequence[float], labels: Sequence[bool],
    rows: Sequence[LabelledAnswer], rounds: int,
) -> Figure:  # fmt: skip
    """How much higher the AUROC is than a rival's on the same answers, with its interval over questions."""
    pair, truth = np.array([values, rival]), np.array(labels)
    questions = np.array([row.question for row in rows])
    members = [np.flatnonzero(questions == question) for question in np.unique(questions)]
    draw, gains = np.random.default_rng(7), []
    for _ in range(rounds):
        picked = np.concatenate([members[i] for i in draw.integers(len(members), size=len(members))])
        if 0 < truth[picked].sum() < len(picked):
            gains.append(auroc(pair[0, picked], truth[picked]) - auroc(pair[1, picked], truth[picked]))
    low, high = np.percentile(gains, [2.5, 97.5])
    return Figure(f"grounding over {over}", auroc(pair[0], truth) - auroc(pair[1], truth), low, high)


def _share(name: str, cases: Sequence[bool], what: str, bar: float | None = None) -> Figure:
    return Figure(name, float(np.mean(cases)), bar=bar, note=f"{len(cases)} {what}")


def _ground(row: LabelledAnswer) -> GroundingScore:
    titles, texts = [title for title, _ in row.passages], [text for _, text in row.passages]
    return score_grounding(row.answer, texts, row.question, titles)


def _sentence_labels(row: LabelledAnswer, scored: GroundingScore) -> list[tuple[float, str]]:
    """(support, label) of each claim whose sentence both readings label alike."""
    pairs = []
    for claim in scored.claims:
        label = next((s.label for s in row.sentences if s.start < claim.end and claim.start < s.end), None)
        if label is not None:
            pairs.append((claim.support, label))
    return pairs


def measure_grounding(rows: Sequence[LabelledAnswer], rounds: int) -> list[Figure]:
    """Faithful answers against the others, beside the simplest rivals; and the marks, claim by claim."""
    judged = [row for row in rows if row.faithful in ("yes", "no")]
    scored = {row.id: score for row in judged if (score := _ground(row)).value is not None}
    judged = [row for row in judged if row.id in scored]
    labels = [row.faithful == "yes" for row in judged]
    answers, passages = [row.answer for row in judged], [[t for _, t in row.passages] for row in judged]
    rivals = {
        "word overlap": overlap_alone(answers, passages),
        "cosine": cosine_alone(answers, passages),
        "length": length_alone(answers),
    }
    values = [float(scored[row.id].value or 0.0) for row in judged]
    figures = [_area("grounding: faithful answers", values, labels, judged, rounds, bar=0.86)]
    figures += [_area(f"{name}: faithful answers", v, labels, judged, rounds) for name, v in rivals.items()]
    figures += [
        _gain(name, values, v, labels, judged, rounds) for name, v in rivals.items() if name != "length"
    ]
    claims = [pair for row in judged for pair in _sentence_labels(row, scored[row.id])]
    supported = [label == "supported" for _, label in claims]
    marked = [label in ("unsupported", "partly") for support, label in claims if support < UNSUPPORTED]
    held = [label == "supported" for support, label in claims if support >= SUPPORTED]
    bare = [any(c.support < UNSUPPORTED for c in scored[r.id].claims) for r in judged if r.faithful == "yes"]
    return [
        *figures,
        Figure(
            "calibration error of claims",
            calibration_error(np.array([support for support, _ in claims]), supported),
            note=f"{len(claims)} claims, {np.mean(supported):.2f} supported, "
            f"mean support {np.mean([support for support, _ in claims]):.2f}",
        ),
        _share("marks that are right", marked, "marks", bar=LEAST_MARKED_RIGHTLY),
        _share("claims called supported that are", held, "claims"),
        _share("faithful answers with a mark", bare, "answers"),
    ]


def measure_correctness(rows: Sequence[LabelledAnswer], rounds: int) -> list[Figure]:
    """Right answers against the others, where there is a reference and the model did not decline."""
    judged = [row for row in rows if row.correct in ("right", "partly", "wrong") and row.references]
    right = [row.correct == "right" for row in judged]
    some = [row.correct != "wrong" for row in judged]

    def best(measure: Callable[[LabelledAnswer, str], float]) -> list[float]:
        return [max(measure(row, reference) for reference in row.references) for row in judged]

    measures = {
        "correctness": best(lambda row, reference: compare(row.answer, reference, row.question).value),
        "token F1": best(lambda row, reference: token_f1(row.answer, reference)),
        "length": [float(len(row.answer)) for row in judged],
    }
    return [
        _area(f"{name}: {what}", values, labels, judged, rounds)
        for what, labels in (("right answers", right), ("right or partly right", some))
        for name, values in measures.items()
    ]


def by_batch(rows: Sequence[LabelledAnswer]) -> dict[str, Sequence[LabelledAnswer]]:
    """The answers of each batch, and of all together where there are several."""
    parts: dict[str, Sequence[LabelledAnswer]] = {
        f"batch {batch}": [row for row in rows if row.batch == batch]
        for batch in sorted({row.batch for row in rows})
    }
    return {**parts, "all": rows} if len(parts) > 1 else parts


def measure(options: argparse.Namespace) -> list[Figure]:
    rounds, figures = QUICK_ROUNDS if options.quick else ROUNDS, []
    for name, rows in by_batch(load_labelled()).items():
        if options.quick:
            rows = rows[:: max(1, len(rows) // QUICK_ANSWERS)]
        found = measure_grounding(rows, rounds) + measure_correctness(rows, rounds)
        figures += [replace(figure, name=f"{name}: {figure.name}") for figure in found]
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("labelled_answers", measure, __doc__))
