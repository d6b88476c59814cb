"""Scores grounding: whether the passages support each claim of an answer. Calls no model behind an address.
Knows nothing about where passages come from. What it measures and where it fails: docs/grounding.md."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.providers.embedded.encoder import shared_encoder
from workbench.providers.embedded.sentence_vectors import SentenceVectors
from workbench.scoring.claims import ClaimText, split_claims
from workbench.scoring.grounding_evidence import Evidence, read_evidence
from workbench.scoring.grounding_features import FEATURES, ClaimFeatures, measure_claim
from workbench.scoring.grounding_reasons import explain
from workbench.scoring.language_detection import looks_english
from workbench.scoring.refusal import is_refusal
from workbench.scoring.types import AnswerContext, ScoreValue

NAME = "grounding"
COEFFICIENTS = Path(__file__).with_name("grounding_coefficients.json")
# A claim with less support than this is shown as unsupported.
SUPPORTED = 0.5
MOST_CLAIMS = 400
_LONGEST_ENCODED = 1_000  # characters of a claim or a sentence; the encoder reads 510 tokens
_REMEMBERED_SENTENCES = 10_000  # 15 MB of vectors
_NOT_ENGLISH = "It does not look English: only equal words, numbers and names are compared."


@dataclass(frozen=True)
class Claim:
    """One claim of an answer with its support.

    Attributes:
        text: The claim without list markers, citations and markup.
        start: Offset of its first character in the answer.
        end: Offset after its last character in the answer.
        support: Estimated probability in [0, 1] that the passages support it.
        best_passage: Index of the passage with the nearest sentence; None when no sentence comes near.
        best_sentence: The nearest sentence; empty when no sentence comes near.
        best_start: Offset of the nearest sentence in its passage; 0 when no sentence comes near.
        best_end: Offset after the nearest sentence in its passage; 0 when no sentence comes near.
        reasons: Why it lacks support, most important reason first; empty when support is 0.5 or more.
    """

    text: str
    start: int
    end: int
    support: float
    best_passage: int | None
    best_sentence: str
    best_start: int
    best_end: int
    reasons: tuple[str, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The claim's start and end in the answer."""
        return self.start, self.end

    @property
    def reason(self) -> str:
        """The most important reason why it lacks support; empty when there is none."""
        return self.reasons[0] if self.reasons else ""


@dataclass(frozen=True)
class GroundingScore:
    """The grounding of an answer in its passages.

    Attributes:
        value: Mean over the answer's sentences of the support of their weakest claim, in [0, 1]; None when
            the answer claims nothing.
        claims: The answer's claims in order, at most 400.
        reason: Why there is no value, or what limits it; empty when there is nothing to say.
    """

    value: float | None
    claims: tuple[Claim, ...]
    reason: str = ""


@dataclass(frozen=True)
class MeasuredClaim:
    """A claim and its features."""

    text: ClaimText
    features: ClaimFeatures
    values: tuple[float, ...]
    """The values of the features, in the order of FEATURES."""


@lru_cache(maxsize=1)
def _model() -> tuple[float, NDArray[np.float64]]:
    """The shipped intercept, and the weights in the order of FEATURES."""
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return float(data["intercept"]), np.array([float(data["weights"][name]) for name in FEATURES])


def load_weights() -> NDArray[np.float64]:
    """Return the shipped intercept and weights as one vector, the intercept first."""
    intercept, weights = _model()
    return np.array([intercept, *weights])


@lru_cache(maxsize=1)
def _vectors() -> SentenceVectors:
    return SentenceVectors(shared_encoder(), size=_REMEMBERED_SENTENCES)


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


def measure_answer(answer: str, evidence: Evidence) -> list[MeasuredClaim]:
    """Measure the features of an answer's claims, at most MOST_CLAIMS of them."""
    texts = split_claims(answer)[:MOST_CLAIMS]
    features = [measure_claim(text.text, evidence) for text in texts]
    cosines = _similarities(texts, features, evidence)
    return [
        MeasuredClaim(text, f, f.values(cosine))
        for text, f, cosine in zip(texts, features, cosines, strict=True)
    ]


def claim_support(values: Sequence[float]) -> float:
    """Return the support in [0, 1], by logistic regression; 0 for a claim that shares no word with passages.

    values: the claim's features, in the order of FEATURES.
    """
    intercept, weights = _model()
    if not any(values[:2]):  # neither cover nor pairs
        return 0.0
    z = intercept + float(weights @ np.array(values))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def mean_of_sentences(claims: Sequence[tuple[int, float]]) -> float:
    """Return the mean support of the sentences. A sentence has the support of its weakest claim.

    claims: (number of the sentence, support) of each claim; at least one.
    """
    weakest: dict[int, float] = {}
    for sentence, support in claims:
        weakest[sentence] = min(support, weakest.get(sentence, 1.0))
    return sum(weakest.values()) / len(weakest)


def _claim(measured: MeasuredClaim, evidence: Evidence) -> Claim:
    support = claim_support(measured.values)
    nearest = measured.features.nearest
    near = evidence.sentences[nearest] if nearest is not None else None
    return Claim(
        text=measured.text.text,
        start=measured.text.start,
        end=measured.text.end,
        support=support,
        best_passage=near.passage if near else None,
        best_sentence=near.text if near else "",
        best_start=near.start if near else 0,
        best_end=near.end if near else 0,
        reasons=() if support >= SUPPORTED else explain(measured.features),
    )


def score_grounding(answer: str, passages: list[str], question: str | None = None) -> GroundingScore:
    """Score how well the passages support an answer, claim by claim. Accepts any text.

    answer: the answer's text; an empty answer and a refusal claim nothing and get no value.
    passages: the texts of the passages that the answer was based on.
    question: not used; a judge with the same signature may need it.
    """
    if not answer.strip():
        return GroundingScore(None, (), "The answer is empty.")
    if is_refusal(answer):
        return GroundingScore(None, (), "It declines: nothing is claimed.")
    texts = split_claims(answer)[:MOST_CLAIMS]
    if not texts:
        return GroundingScore(None, (), "It claims nothing that could be looked up.")
    if not any(p.strip() for p in passages):
        reason = "There are no passages."
        claims = tuple(Claim(t.text, t.start, t.end, 0.0, None, "", 0, 0, (reason,)) for t in texts)
        return GroundingScore(0.0, claims, reason)
    evidence = read_evidence(passages)
    measured = measure_answer(answer, evidence)
    claims = tuple(_claim(m, evidence) for m in measured)
    value = mean_of_sentences([(m.text.sentence, c.support) for m, c in zip(measured, claims, strict=True)])
    notes = [] if looks_english(answer) else [_NOT_ENGLISH]
    if len(claims) == MOST_CLAIMS:
        notes.append(f"Only its first {MOST_CLAIMS} claims are scored.")
    return GroundingScore(value, claims, " ".join(notes))


def score(context: AnswerContext) -> ScoreValue:
    """Score an answer's grounding; `detail` holds the claims for the page that shows the answer."""
    if context.answer is None:
        return ScoreValue(NAME, None, "not_applicable", "There is no answer: the call failed.")
    texts: Sequence[str] = [p.text for p in context.passages]
    grounding = score_grounding(context.answer, list(texts), context.question)
    if grounding.value is None:
        return ScoreValue(NAME, None, "not_applicable", grounding.reason)
    claims = grounding.claims
    weak = [c for c in claims if c.support < SUPPORTED]
    summary = f"{len(weak)} of {len(claims)} claims lack support." if weak else "Every claim has support."
    reason = f"{summary} {grounding.reason}".strip()
    return ScoreValue(NAME, grounding.value, reason=reason, detail={"claims": claim_details(claims)})


def claim_details(claims: Sequence[Claim]) -> list[dict[str, object]]:
    """Return the claims as JSON, as they are stored and shown: support rounded, long sentences cut."""
    return [
        {
            "start": claim.start,
            "end": claim.end,
            "support": round(claim.support, 4),
            "passage": claim.best_passage,
            "sentence": claim.best_sentence[:500],
            "sentence_start": claim.best_start,
            "sentence_end": claim.best_end,
            "reason": claim.reason,
            "reasons": list(claim.reasons),
        }
        for claim in claims
    ]
