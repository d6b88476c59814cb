"""Trains a variant of the extractive answerer: offline, in seconds, on plain data.
Knows nothing about the store, corpora or the command line: callers bring questions with their passages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.providers.embedded.feature_names import FEATURES
from workbench.providers.embedded.features import Encode, Matrix, measure
from workbench.providers.embedded.fitting import (
    RankingCase,
    decline_threshold,
    fit_confidence,
    fit_weights,
)
from workbench.providers.embedded.selector import confidence_features
from workbench.providers.embedded.units import NumberedPassage, Unit, split_units
from workbench.providers.embedded.variant import TrainingRecord, Variant
from workbench.text import content_tokens

# How hard the weights are held to the parent's, in examples' worth; cross-validation picks one.
STRENGTHS = (128.0, 32.0, 8.0, 2.0)
FOLDS = 5
_THUMB_UP, _THUMB_DOWN = 0.5, 0.25  # what one thumb counts, against 1 for marked evidence
_FEWEST_FOR_THRESHOLD = 5

# What SQuAD's plain paragraphs cannot teach, since they have hardly any: headings, questions, cut sentences.
HAND_SET = {"heading": 1.0, "question": -1.5, "fragment": -0.7}


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the passages retrieved for it (best first), and where in them the answer is.

    evidence: (index of the passage, start, end), characters in its text; empty when unanswerable, or when
    retrieval missed it.
    """

    id: str
    question: str
    passages: tuple[NumberedPassage, ...]
    evidence: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Thumb:
    """What a person thought of an answer that was made out of these passages."""

    id: str
    question: str
    passages: tuple[NumberedPassage, ...]
    answer: str
    up: bool
    declined: bool = False


def _answer_units(passages: Sequence[NumberedPassage]) -> list[Unit]:
    return [unit for unit in split_units(passages) if unit.kind != "heading"]


def case_of_example(example: Example, encode: Encode) -> RankingCase:
    """The example as numbers: a row for every unit that may be an answer."""
    units = _answer_units(example.passages)
    rows = measure(example.question, example.passages, units, encode)
    good = np.array(
        [
            any(u.passage == p and u.start < end and start < u.end for p, start, end in example.evidence)
            for u in units
        ],
        dtype=bool,
    )
    return RankingCase(example.id, rows, good, 1.0, answerable=bool(good.any()))


def _without_evidence(example: Example) -> Example | None:
    """The same question with only those passages that do not answer it: what it should decline."""
    answering = {index for index, _, _ in example.evidence}
    rest = tuple(p for index, p in enumerate(example.passages) if index not in answering)
    return Example(example.id, example.question, rest) if answering and rest else None


def _case_of_thumb(thumb: Thumb, encode: Encode) -> RankingCase:
    units = _answer_units(thumb.passages)
    rows = measure(thumb.question, thumb.passages, units, encode)
    said = set(content_tokens(thumb.answer))
    used = np.zeros(len(units), dtype=bool)
    for i, unit in enumerate(units):
        stems = set(content_tokens(unit.text))
        used[i] = len(stems) > 0 and len(stems & said) / len(stems) >= 0.8
    if thumb.declined:  # a refusal says nothing about which unit is best
        used[:] = False
    good = used if thumb.up or not used.any() else ~used
    weight = _THUMB_UP if thumb.up else _THUMB_DOWN
    return RankingCase(thumb.id, rows, good, weight, answerable=thumb.up != thumb.declined)


def _hits(weights: NDArray[np.float64], cases: Sequence[RankingCase]) -> dict[str, float]:
    """Share of the cases with a good unit among the best 1, 2, 3, and mean reciprocal rank."""
    ranks = [
        int(np.flatnonzero(case.good[np.argsort(-(case.rows @ weights), kind="stable")])[0])
        for case in cases
        if case.good.any()
    ]
    if not ranks:
        return {}
    shares = {f"hit@{k}": float(np.mean([rank < k for rank in ranks])) for k in (1, 2, 3)}
    return {**shares, "mrr": float(np.mean([1 / (rank + 1) for rank in ranks]))}


def _fold_of(case_id: str, folds: int) -> int:
    """A question's fold, fixed by its id, so that all that is said of one question stays together."""
    return int.from_bytes(hashlib.sha256(f"fold:{case_id}".encode()).digest()[:4], "big") % folds


def _cross_validate(
    parent: Variant, cases: Sequence[RankingCase], strengths: Sequence[float]
) -> tuple[float, dict[str, float]]:
    """The strength with the best held-out mrr (the strongest on a tie), and its held-out figures.

    Being the best of a few, those flatter a little: the held-out part of an experiment is the judge.
    """
    start, scales = np.array(parent.weights), np.array(parent.scales)
    best: tuple[float, dict[str, float]] = (strengths[0], {})
    for strength in strengths:
        gathered: list[tuple[int, dict[str, float]]] = []
        for fold in range(FOLDS):
            inside = [case for case in cases if _fold_of(case.id, FOLDS) != fold]
            outside = [case for case in cases if _fold_of(case.id, FOLDS) == fold and case.good.any()]
            if outside:
                weights = fit_weights(inside, start, scales, strength)
                gathered.append((len(outside), _hits(weights, outside)))
        total = sum(count for count, _ in gathered)
        if total == 0:
            return best
        figures = {key: sum(n * f[key] for n, f in gathered) / total for key in gathered[0][1]}
        if figures["mrr"] > best[1].get("mrr", -1.0) + 1e-9:
            best = (strength, figures)
    return best


def _confidence_data(
    weights: NDArray[np.float64], cases: Sequence[RankingCase], removed: Sequence[RankingCase]
) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.float64]]:
    """Rows of confidence features, whether the question was answerable there, and each row's weight."""
    rows, labels, counts = [], [], []
    for case in (*cases, *removed):
        if len(case.rows):
            rows.append(confidence_features(case.rows @ weights, case.rows))
            labels.append(case.answerable)
            counts.append(case.weight)
    return np.array(rows).reshape(len(rows), -1), np.array(labels, dtype=bool), np.array(counts)


def data_sha256(examples: Sequence[Example], thumbs: Sequence[Thumb] = ()) -> str:
    """Hash of the training data, whatever its order."""
    lines = [json.dumps(asdict(example), sort_keys=True) for example in examples]
    lines += [json.dumps(asdict(thumb), sort_keys=True) for thumb in thumbs]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def train_variant(
    parent: Variant,
    examples: Sequence[Example],
    name: str,
    *,
    encode: Encode,
    trained_at: str,
    thumbs: Sequence[Thumb] = (),
    description: str = "",
    licence: str = "",
    strengths: Sequence[float] = STRENGTHS,
) -> Variant:
    """A variant of `parent` that ranks the marked evidence higher and declines where there is none.

    Conditional logistic regression over each question's units, held to the parent's weights; the strength
    of the hold is picked by cross-validation over questions. Confidence is a logistic regression, its
    threshold the best with answers weighing twice; both stay the parent's with fewer than five answerable
    or five unanswerable cases (each question without its evidence passages counts as unanswerable).
    encode: texts to unit vectors.  trained_at: ISO date.  Raises InputError when nothing can be learned.
    """
    cases = [case_of_example(example, encode) for example in examples]
    cases += [_case_of_thumb(thumb, encode) for thumb in thumbs]
    useful = [case for case in cases if case.good.any() and not case.good.all()]
    if not useful:
        raise InputError(
            "There is nothing to learn from: no question has evidence inside the passages retrieved for it.",
            hint="Add evidence to the questions, raise top_k, or rate some answers.",
        )
    removed = [case_of_example(rest, encode) for example in examples if (rest := _without_evidence(example))]
    strength, after = _cross_validate(parent, cases, strengths)
    start, scales = np.array(parent.weights), np.array(parent.scales)
    weights = fit_weights(useful, start, scales, strength)
    confidence, threshold, declining = _train_confidence(parent, weights, cases, removed)
    metrics: Mapping[str, object] = {
        "before": _hits(start, cases),
        "after": after,
        "folds": FOLDS,
        "strength": strength,
        "declining": declining,
    }
    record = TrainingRecord(
        description=description,
        # Its weights begin as the parent's: they carry that licence on.
        licence=licence or f"{parent.trained_on.licence} (its parent's); tuned on the user's own data",
        data_sha256=data_sha256(examples, thumbs),
        trained_at=trained_at,
        question_ids=tuple(sorted({e.id for e in examples} | {t.id for t in thumbs})),
        counts={
            "examples": len(examples),
            "with_evidence": sum(1 for example in examples if example.evidence),
            "thumbs_up": sum(1 for thumb in thumbs if thumb.up),
            "thumbs_down": sum(1 for thumb in thumbs if not thumb.up),
        },
        metrics=metrics,
    )
    rounded = tuple(round(float(value), 6) for value in weights)
    return Variant(name, parent.name, rounded, parent.scales, confidence, threshold, record)


def _train_confidence(
    parent: Variant,
    weights: NDArray[np.float64],
    cases: Sequence[RankingCase],
    removed: Sequence[RankingCase],
) -> tuple[tuple[float, ...], float, dict[str, float]]:
    rows, labels, counts = _confidence_data(weights, cases, removed)
    if min(int(labels.sum()), int((~labels).sum())) < _FEWEST_FOR_THRESHOLD:
        return parent.confidence, parent.threshold, {}
    learned = fit_confidence(rows, labels, counts, np.array(parent.confidence))
    chances = 1 / (1 + np.exp(-np.clip(rows @ learned, -50, 50)))
    threshold = decline_threshold(chances, labels, counts)
    answered = chances >= threshold
    figures = {
        "answered_of_answerable": float(answered[labels].mean()),
        "answered_of_unanswerable": float(answered[~labels].mean()),
    }
    return tuple(round(float(value), 6) for value in learned), round(threshold, 4), figures


def starting_point() -> Variant:
    """What the base variant is trained from: HAND_SET, and nothing else."""
    record = TrainingRecord("by hand", "Apache-2.0", "", "")
    weights = tuple(HAND_SET.get(feature, 0.0) for feature in FEATURES)
    return Variant("by hand", None, weights, (1.0,) * len(FEATURES), (0.0, 0.0, 0.0, 0.0, 0.0), 0.5, record)
