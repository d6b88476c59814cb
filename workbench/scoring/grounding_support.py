"""Measures the claims of an answer against its passages and estimates the support of each.
Knows nothing about how an answer's score is made of them. The weights: tools/train_grounding.py."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.sentence_vectors import SentenceVectors
from workbench.scoring.claims import ClaimText, split_claims
from workbench.scoring.grounding_evidence import Evidence, read_text
from workbench.scoring.grounding_features import FEATURES, ClaimFeatures, measure_claim
from workbench.scoring.grounding_reasons import explain
from workbench.scoring.short_answers import find_short_answer, is_short
from workbench.scoring.support import SUPPORTED
from workbench.scoring.table_rows import compare_row
from workbench.scoring.verbatim import find_verbatim, tokens_of
from workbench.scoring.yes_no import as_statement, said_yes

COEFFICIENTS = Path(__file__).with_name("grounding_coefficients.json")
MOST_CLAIMS = 400
# What stands in a passage word for word is supported; that it means something else there is rare.
VERBATIM_SUPPORT = 0.99
CHANGED_ROW_SUPPORT = 0.05
# A claim with another number, or denied on one side only, never counts as supported, however alike it is.
_AGAINST = [FEATURES.index(name) for name in ("number_differs", "negation", "opposite", "swapped")]
_NUMBERS_MISSING = FEATURES.index("numbers_missing")
_MOST_AGAINST = 0.4
_LONGEST_ENCODED = 1_000  # characters of a claim or a sentence; the encoder reads 510 tokens
_REMEMBERED_SENTENCES = 10_000  # 15 MB of vectors


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage supports a claim, or comes nearest to it."""

    passage: int
    """The index of the passage."""
    start: int
    """The offset in the passage of its first character."""
    end: int
    """The offset in the passage after its last character."""


@dataclass(frozen=True)
class MeasuredClaim:
    """A claim, and what decides its support."""

    text: ClaimText
    place: Place | None
    """Where it stands, or what comes nearest; None where nothing does."""
    features: ClaimFeatures | None = None
    values: tuple[float, ...] = ()
    """The values of the features, in the order of FEATURES; empty where it is settled without them."""
    settled: float | None = None
    """Its support, where that does not depend on the weights."""
    reasons: tuple[str, ...] = ()
    """Why it lacks support, where that is settled."""


@lru_cache(maxsize=1)
def _coefficients() -> dict[str, NDArray[np.float64]]:
    """The shipped intercept and weights of claims, in the order of FEATURES, and those of short answers."""
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return {
        "claims": np.array([data["intercept"], *(data["weights"][name] for name in FEATURES)], dtype=float),
        "short": np.array([data["short_answers"][name] for name in ("intercept", "beside")]),
    }


def load_weights() -> NDArray[np.float64]:
    """Return the shipped intercept and weights of claims as one vector, the intercept first."""
    return _coefficients()["claims"]


def weigh(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The support of claims by logistic regression; 0 where no word is shared, and below SUPPORTED where a
    fact speaks against the claim.

    values: [claims, features], in the order of FEATURES. weights: the intercept, then the features' weights.
    """
    support = 1.0 / (1.0 + np.exp(-np.clip(weights[0] + values @ weights[1:], -30.0, 30.0)))
    support = np.where((values[:, _AGAINST] >= 1.0).any(axis=1), np.minimum(support, _MOST_AGAINST), support)
    support = np.where(values[:, _NUMBERS_MISSING] > 0, np.minimum(support, _MOST_AGAINST), support)
    return np.where(values[:, :2].any(axis=1), support, 0.0)  # neither cover nor pairs


def claim_support(measured: MeasuredClaim) -> float:
    """Return the support in [0, 1]: settled, or by its features."""
    if measured.settled is not None:
        return measured.settled
    support = float(weigh(np.array([measured.values]), load_weights())[0])
    asked = measured.features is not None and measured.features.asked
    return min(support, _MOST_AGAINST) if asked else support


def claim_reasons(measured: MeasuredClaim) -> tuple[str, ...]:
    """Return why a claim lacks support, the most important reason first."""
    if measured.features is None:
        return measured.reasons
    return explain(measured.features)


def measure_answer(answer: str, evidence: Evidence, question: str = "") -> list[MeasuredClaim]:
    """Measure an answer's claims, at most MOST_CLAIMS of them."""
    texts = split_claims(answer, question, MOST_CLAIMS)
    # An item of a list is no answer on its own: what the items are is said in the line before them.
    settled = [_settle(text, evidence, question, alone=len(texts) == 1) for text in texts]
    open_claims = [text for text, one in zip(texts, settled, strict=True) if one is None]
    compared = iter(compare_claims(open_claims, evidence))
    return [next(compared) if one is None else one for one in settled]


def _settle(text: ClaimText, evidence: Evidence, question: str, *, alone: bool) -> MeasuredClaim | None:
    """The claim, where its question, the very words or a row of a table decide; else None.

    alone: whether it is all that the answer claims.
    """
    if not evidence.sentences:
        return None
    if said_yes(text.text) is not None:
        return _settle_yes_or_no(text, evidence, as_statement(question))
    short = _settle_short(text, evidence, question) if question and alone and not text.cells else None
    return short or _settle_verbatim(text, evidence) or (_settle_row(text, evidence) if text.cells else None)


def _settle_row(text: ClaimText, evidence: Evidence) -> MeasuredClaim | None:
    comparison = compare_row(text.cells, [row for _, row in evidence.rows])
    if comparison is None or (comparison.differing and not comparison.changed):
        return None
    row = comparison.row
    place = Place(next(i for i, other in evidence.rows if other is row), row.start, row.end)
    if not comparison.changed:
        return MeasuredClaim(text, place, settled=VERBATIM_SUPPORT)
    cells = ", ".join(comparison.changed)
    reasons = (f"The row of the passage does not have this: {cells}.",)
    return MeasuredClaim(text, place, settled=CHANGED_ROW_SUPPORT, reasons=reasons)


def _settle_verbatim(text: ClaimText, evidence: Evidence) -> MeasuredClaim | None:
    tokens = tokens_of(text.text)
    for passage, verbatim in enumerate(evidence.verbatim):
        place = find_verbatim(tokens, verbatim)
        if place is not None:
            return MeasuredClaim(text, Place(passage, *place), settled=VERBATIM_SUPPORT)
    return None


def _settle_short(text: ClaimText, evidence: Evidence, question: str) -> MeasuredClaim | None:
    """A short answer, by how near to the question's words it stands; None for a longer one."""
    reading = read_text(text.text)
    if not is_short(text.text, reading):
        return None
    short = find_short_answer(reading, question, evidence)
    if short is None:  # its few words stand somewhere at most, which supports nothing
        (measured,) = compare_claims([text], evidence)
        return measured
    weights = _coefficients()["short"]
    support = 1.0 / (1.0 + math.exp(-float(weights @ np.array([1.0, short.beside]))))
    reasons = ("The passages say this of something other than what the question asks for.",)
    nearest = short.place if support >= SUPPORTED else short.asked
    return MeasuredClaim(text, _place_of(nearest, evidence), settled=support, reasons=reasons)


def _settle_yes_or_no(text: ClaimText, evidence: Evidence, statement: str) -> MeasuredClaim:
    """ "Yes" is supported as what the question states; "no" as far as the passages have it, but otherwise."""
    (measured,) = compare_claims([replace(text, text=statement)], evidence)
    support = claim_support(measured)
    if said_yes(text.text):
        return replace(measured, text=text)
    share = measured.features.share if measured.features else 0.0
    reasons = ("The passages do not say that it is not so.",)
    return replace(measured, text=text, settled=share * (1.0 - support), features=None, reasons=reasons)


def _place_of(sentence: int | None, evidence: Evidence) -> Place | None:
    if sentence is None:
        return None
    near = evidence.sentences[sentence]
    return Place(near.passage, near.start, near.end)


@lru_cache(maxsize=1)
def _vectors() -> SentenceVectors:
    return SentenceVectors(shared_encoder(), size=_REMEMBERED_SENTENCES)


def compare_claims(texts: Sequence[ClaimText], evidence: Evidence) -> list[MeasuredClaim]:
    """Measure the features of claims."""
    features = [measure_claim(text.text, evidence) for text in texts]
    cosines = _similarities(texts, features, evidence)
    return [
        MeasuredClaim(text, _place_of(f.nearest, evidence), f, f.values(cosine))
        for text, f, cosine in zip(texts, features, cosines, strict=True)
    ]


def _similarities(
    texts: Sequence[ClaimText], features: Sequence[ClaimFeatures], evidence: Evidence
) -> list[float]:
    """The cosine of each claim and its nearest sentence, at least 0, by the shipped encoder; 0 where no
    sentence is near."""
    pairs = [
        (text.text[:_LONGEST_ENCODED], evidence.sentences[f.nearest].text[:_LONGEST_ENCODED])
        for text, f in zip(texts, features, strict=True)
        if f.nearest is not None
    ]
    distinct = list(dict.fromkeys(text for pair in pairs for text in pair))
    vectors = dict(zip(distinct, _vectors().encode(distinct), strict=True)) if distinct else {}
    cosines = iter(max(0.0, float(vectors[claim] @ vectors[sentence])) for claim, sentence in pairs)
    return [next(cosines) if f.nearest is not None else 0.0 for f in features]
