"""Grounding: is each claim of an answer supported by the passages? Words, and the shipped encoder; no call.
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
# A claim below this is shown as unsupported.
SUPPORTED = 0.5
MOST_CLAIMS = 400
_LONGEST_ENCODED = 1_000  # characters of a claim or a sentence; the encoder reads 510 tokens
_REMEMBERED_SENTENCES = 10_000  # 15 MB of vectors
_NOT_ENGLISH = "It does not look English: only equal words, numbers and names are compared."


@dataclass(frozen=True)
class Claim:
    """support: chance in [0, 1] that the passages support it.  start, end: its place in the answer.

    best_passage: index of the passage that comes closest, or None; best_sentence: the sentence there, and its
    place in that passage.  reasons: why it lacks support, in words, the weightiest first; none where it has.
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
        return self.start, self.end

    @property
    def reason(self) -> str:
        return self.reasons[0] if self.reasons else ""


@dataclass(frozen=True)
class GroundingScore:
    """value: the mean over sentences of the support of their weakest claim, in [0, 1]; None where nothing is
    claimed.  reason: why there is no value, or what to keep in mind about it."""

    value: float | None
    claims: tuple[Claim, ...]
    reason: str = ""


@dataclass(frozen=True)
class MeasuredClaim:
    """A claim and its features, as FEATURES names them."""

    text: ClaimText
    features: ClaimFeatures
    values: tuple[float, ...]


@lru_cache(maxsize=1)
def _model() -> tuple[float, NDArray[np.float64]]:
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return float(data["intercept"]), np.array([float(data["weights"][name]) for name in FEATURES])


def load_weights() -> NDArray[np.float64]:
    """The shipped intercept and weights, in one row."""
    intercept, weights = _model()
    return np.array([intercept, *weights])


@lru_cache(maxsize=1)
def _vectors() -> SentenceVectors:
    return SentenceVectors(shared_encoder(), size=_REMEMBERED_SENTENCES)


def _similarities(
    texts: Sequence[ClaimText], found: Sequence[ClaimFeatures], evidence: Evidence
) -> list[float]:
    """Cosine of each claim and its nearest sentence, from the shipped encoder; 0 where none is near."""
    pairs = [
        (text.text[:_LONGEST_ENCODED], evidence.sentences[f.nearest].text[:_LONGEST_ENCODED])
        for text, f in zip(texts, found, strict=True)
        if f.nearest is not None
    ]
    distinct = list(dict.fromkeys(text for pair in pairs for text in pair))
    vectors = dict(zip(distinct, _vectors().encode(distinct), strict=True)) if distinct else {}
    cosines = iter(max(0.0, float(vectors[claim] @ vectors[sentence])) for claim, sentence in pairs)
    return [next(cosines) if f.nearest is not None else 0.0 for f in found]


def measure_answer(answer: str, evidence: Evidence) -> list[MeasuredClaim]:
    texts = split_claims(answer)[:MOST_CLAIMS]
    found = [measure_claim(text.text, evidence) for text in texts]
    cosines = _similarities(texts, found, evidence)
    return [
        MeasuredClaim(text, features, features.values(cosine))
        for text, features, cosine in zip(texts, found, cosines, strict=True)
    ]


def claim_support(values: Sequence[float]) -> float:
    """Logistic in the features. A claim that shares no word with the passages has no support."""
    intercept, weights = _model()
    if not any(values[:2]):  # neither cover nor pairs
        return 0.0
    z = intercept + float(weights @ np.array(values))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def mean_of_sentences(claims: Sequence[tuple[int, float]]) -> float:
    """claims: (sentence, support). A sentence is supported as its weakest claim is."""
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
    """Claim by claim support of an answer in the passages it was given.

    The question is not needed for a score; it is part of the signature for judges that are. Never raises for
    any text. An empty answer and a refusal claim nothing.
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
    claims = tuple(_claim(one, evidence) for one in measured)
    value = mean_of_sentences([(m.text.sentence, c.support) for m, c in zip(measured, claims, strict=True)])
    notes = [] if looks_english(answer) else [_NOT_ENGLISH]
    if len(claims) == MOST_CLAIMS:
        notes.append(f"Only its first {MOST_CLAIMS} claims are scored.")
    return GroundingScore(value, claims, " ".join(notes))


def score(context: AnswerContext) -> ScoreValue:
    """The scorer: `detail` holds the claims for the page that shows the answer."""
    if context.answer is None:
        return ScoreValue(NAME, None, "not_applicable", "There is no answer: the call failed.")
    texts: Sequence[str] = [p.text for p in context.passages]
    found = score_grounding(context.answer, list(texts), context.question)
    if found.value is None:
        return ScoreValue(NAME, None, "not_applicable", found.reason)
    weak = [c for c in found.claims if c.support < SUPPORTED]
    said = f"{len(weak)} of {len(found.claims)} claims lack support." if weak else "Every claim has support."
    reason = f"{said} {found.reason}".strip()
    return ScoreValue(NAME, found.value, reason=reason, detail={"claims": claim_details(found.claims)})


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
