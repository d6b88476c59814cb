"""Measures the features of all sets' answers, as the shipped scorer does, to fit on and to leave out.
Knows nothing about weights."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from benchmarks.figures import DataNotFound
from benchmarks.grounding_edits import load_edits_by_program
from benchmarks.grounding_fit import Array, MeasuredSet
from benchmarks.grounding_model_answers import MODEL_ANSWERS
from benchmarks.grounding_sets import PAIRS, SETS, Judged
from workbench.scoring.grounding_evidence import read_evidence
from workbench.scoring.grounding_features import FEATURES
from workbench.scoring.grounding_support import MeasuredClaim, measure_answer
from workbench.scoring.refusal import is_refusal

MOST_ROWS = 1500  # of one set: more of the large ones would only make fitting slower
Loader = Callable[[], list[Judged]]
ALL_SETS: dict[str, tuple[Loader, str]] = {
    **SETS,
    **PAIRS,
    **MODEL_ANSWERS,
    "Edits by program": (load_edits_by_program, "programmed"),
}


def load_sets(most: int = MOST_ROWS) -> dict[str, list[Judged]]:
    """The sets that weights are fitted on. Raises DataNotFound where one is absent."""
    return {name: _sample(load(), most) for name, (load, _) in ALL_SETS.items() if name not in MODEL_ANSWERS}


def load_model_answers(most: int = MOST_ROWS) -> dict[str, list[Judged]]:
    """Answers of language models, which nothing is fitted on; without those whose data are absent."""
    loaded = {}
    for name, (load, _) in MODEL_ANSWERS.items():
        with suppress(DataNotFound):
            loaded[name] = _sample(load(), most)
    return loaded


def _sample(rows: list[Judged], most: int) -> list[Judged]:
    return random.Random(5).sample(rows, most) if len(rows) > most else rows


def _values(claims: Sequence[MeasuredClaim]) -> tuple[Array, Array]:
    """[claims, features], zeros for those that are settled without them; the settled supports, else NaN."""
    features = np.array([claim.values or (0.0,) * len(FEATURES) for claim in claims])
    settled = [np.nan if claim.settled is None else claim.settled for claim in claims]
    return features, np.array(settled, dtype=float)


def measure_rows(family: str, rows: Sequence[Judged]) -> tuple[MeasuredSet, list[Judged]]:
    """The answers that claim something, measured, and the rows that they are."""
    kept: list[tuple[Judged, list[MeasuredClaim]]] = []
    for row in rows:
        if is_refusal(row.answer):
            continue
        measured = measure_answer(row.answer, read_evidence(row.passages), row.question)
        if measured:
            kept.append((row, measured))
    values = [_values(claims) for _, claims in kept]
    return MeasuredSet(
        family,
        tuple(features for features, _ in values),
        tuple(row.supported for row, _ in kept),
        tuple(row.group for row, _ in kept),
        tuple(tuple((claim.text.sentence, claim.text.text) for claim in claims) for _, claims in kept),
        tuple(settled for _, settled in values),
    ), [row for row, _ in kept]


def measure_sets(loaded: Mapping[str, Sequence[Judged]]) -> dict[str, MeasuredSet]:
    return {name: measure_rows(ALL_SETS[name][1], rows)[0] for name, rows in loaded.items()}
