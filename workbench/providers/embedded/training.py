"""Trains a variant of the extractive answerer, offline and in seconds, from questions with their passages.
Knows nothing about the store, corpora or the command line."""

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

# How strongly the weights are regularised towards the parent's; cross-validation chooses one.
STRENGTHS = (128.0, 32.0, 8.0, 2.0)
FOLDS = 5
_THUMB_UP, _THUMB_DOWN = 0.5, 0.25  # the weight of a thumb; marked evidence weighs 1
_FEWEST_FOR_THRESHOLD = 5

# Weights set by hand: SQuAD's plain paragraphs have hardly any headings, questions or cut sentences to learn
# from.
HAND_SET = {"heading": 1.0, "question": -1.5, "fragment": -0.7}


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the passages retrieved for it, and where in them the answer is."""

    id: str
    question: str
    passages: tuple[NumberedPassage, ...]
    """Best first."""
    evidence: tuple[tuple[int, int, int], ...] = ()
    """(index of the passage, start, end) in characters of its text.

    Empty when the question is unanswerable or retrieval missed the evidence.
    """


@dataclass(frozen=True, slots=True)
class Thumb:
    """A person's rating of an answer that was given from these passages."""

    id: str
    question: str
    passages: tuple[NumberedPassage, ...]
    answer: str
    up: bool
    """True for a thumb up, False for a thumb down."""
    declined: bool = False
    """Whether the answer was a refusal."""


def _answer_units(passages: Sequence[NumberedPassage]) -> list[Unit]:
    return [unit for unit in split_units(passages) if unit.kind != "heading"]


def case_of_example(example: Example, encode: Encode) -> RankingCase:
    """Measure an example: one row for every unit that may be an answer."""
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
    """The same question with only the passages that do not answer it, which it should decline."""
    answering = {index for index, _, _ in example.evidence}
    remaining = tuple(p for index, p in enumerate(example.passages) if index not in answering)
    return Example(example.id, example.question, remaining) if answering and remaining else None


def _case_of_thumb(thumb: Thumb, encode: Encode) -> RankingCase:
    units = _answer_units(thumb.passages)
    rows = measure(thumb.question, thumb.passages, units, encode)
    answer_stems = set(content_tokens(thumb.answer))
    used = np.zeros(len(units), dtype=bool)
    for i, unit in enumerate(units):
        stems = set(content_tokens(unit.text))
        used[i] = len(stems) > 0 and len(stems & answer_stems) / len(stems) >= 0.8
    if thumb.declined:  # a refusal says nothing about which unit is best
        used[:] = False
    good = used if thumb.up or not used.any() else ~used
    weight = _THUMB_UP if thumb.up else _THUMB_DOWN
    return RankingCase(thumb.id, rows, good, weight, answerable=thumb.up != thumb.declined)


def _hits(weights: NDArray[np.float64], cases: Sequence[RankingCase]) -> dict[str, float]:
    """The share of cases with a good unit among the best 1, 2 and 3, and the mean reciprocal rank."""
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
    """The fold of a question, a hash of its id, so that all cases of one question stay together."""
    return int.from_bytes(hashlib.sha256(f"fold:{case_id}".encode()).digest()[:4], "big") % folds


def _cross_validate(
    parent: Variant, cases: Sequence[RankingCase], strengths: Sequence[float]
) -> tuple[float, dict[str, float]]:
    """(the strength with the best held-out MRR, its held-out figures); the first strength wins a tie.

    The figures are slightly optimistic, because they are the best of a few. The held-out part of an
    experiment gives unbiased ones.
    """
    start, scales = np.array(parent.weights), np.array(parent.scales)
    best: tuple[float, dict[str, float]] = (strengths[0], {})
    for strength in strengths:
        fold_figures: list[tuple[int, dict[str, float]]] = []
        for fold in range(FOLDS):
            training = [case for case in cases if _fold_of(case.id, FOLDS) != fold]
            held_out = [case for case in cases if _fold_of(case.id, FOLDS) == fold and case.good.any()]
            if held_out:
                weights = fit_weights(training, start, scales, strength)
                fold_figures.append((len(held_out), _hits(weights, held_out)))
        total = sum(count for count, _ in fold_figures)
        if total == 0:
            return best
        figures = {key: sum(n * f[key] for n, f in fold_figures) / total for key in fold_figures[0][1]}
        if figures["mrr"] > best[1].get("mrr", -1.0) + 1e-9:
            best = (strength, figures)
    return best


def _confidence_data(
    weights: NDArray[np.float64], cases: Sequence[RankingCase], removed: Sequence[RankingCase]
) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.float64]]:
    """(confidence features [cases, 5], whether each case was answerable, the weight of each case)."""
    rows, labels, counts = [], [], []
    for case in (*cases, *removed):
        if len(case.rows):
            rows.append(confidence_features(case.rows @ weights, case.rows))
            labels.append(case.answerable)
            counts.append(case.weight)
    return np.array(rows).reshape(len(rows), -1), np.array(labels, dtype=bool), np.array(counts)


def data_sha256(examples: Sequence[Example], thumbs: Sequence[Thumb] = ()) -> str:
    """A hash of the training data that does not depend on its order."""
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
    """Train a variant of `parent` that ranks marked evidence higher and declines where there is none.

    The ranking is a conditional logistic regression over the units of each question, regularised towards the
    parent's weights; cross-validation over questions chooses the strength. The confidence is a logistic
    regression, and its threshold the best one when answering weighs twice as much as declining. Both stay the
    parent's with fewer than five answerable or five unanswerable cases; each question without its evidence
    passages is one more unanswerable case.

    encode: turns texts into unit vectors.
    trained_at: an ISO date.
    strengths: the candidates for the strength of the regularisation, strongest first.

    Raises InputError when there is nothing to learn from.
    """
    cases = [case_of_example(example, encode) for example in examples]
    cases += [_case_of_thumb(thumb, encode) for thumb in thumbs]
    useful = [case for case in cases if case.good.any() and not case.good.all()]
    if not useful:
        raise InputError(
            "There is nothing to learn from: no question has evidence inside the passages retrieved for it.",
            hint="Add evidence to the questions, raise top_k, or rate some answers.",
        )
    removed = [
        case_of_example(remaining, encode)
        for example in examples
        if (remaining := _without_evidence(example))
    ]
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
        # The weights are derived from the parent's, so the parent's licence applies to them too.
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
    confidence = fit_confidence(rows, labels, counts, np.array(parent.confidence))
    chances = 1 / (1 + np.exp(-np.clip(rows @ confidence, -50, 50)))
    threshold = decline_threshold(chances, labels, counts)
    answered = chances >= threshold
    figures = {
        "answered_of_answerable": float(answered[labels].mean()),
        "answered_of_unanswerable": float(answered[~labels].mean()),
    }
    return tuple(round(float(value), 6) for value in confidence), round(threshold, 4), figures


def starting_point() -> Variant:
    """The variant that the base variant is trained from: HAND_SET, and 0 for all other weights."""
    record = TrainingRecord("by hand", "Apache-2.0", "", "")
    weights = tuple(HAND_SET.get(feature, 0.0) for feature in FEATURES)
    return Variant("by hand", None, weights, (1.0,) * len(FEATURES), (0.0, 0.0, 0.0, 0.0, 0.0), 0.5, record)
