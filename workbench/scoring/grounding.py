"""Grounding: is each claim of an answer supported by the passages? No model is called.
Knows nothing about where passages come from. What it measures and where it fails: docs/grounding.md."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.scoring.claims import split_claims
from workbench.scoring.refusal import is_refusal
from workbench.scoring.support_features import (
    FEATURES,
    ClaimFeatures,
    measure_claim,
    read_evidence,
)
from workbench.scoring.types import AnswerContext, ScoreValue

VERSION = 2
NAME = "grounding"
COEFFICIENTS = Path(__file__).with_name("grounding_coefficients.json")
# A claim below this is shown as unsupported.
SUPPORTED = 0.5
MOST_CLAIMS = 400


@dataclass(frozen=True)
class Claim:
    """support: in [0, 1].  start, end: its place in the answer.  best_passage: index of the passage that
    comes closest, or None; best_sentence: the sentence there.  reason: in words, why it lacks support."""

    text: str
    start: int
    end: int
    support: float
    best_passage: int | None
    best_sentence: str
    reason: str

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


@dataclass(frozen=True)
class GroundingScore:
    """value: the mean support of the claims, in [0, 1]; None where nothing is claimed (`reason` says why)."""

    value: float | None
    claims: tuple[Claim, ...]
    reason: str = ""


@lru_cache(maxsize=1)
def _model() -> tuple[float, tuple[float, ...]]:
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return float(data["intercept"]), tuple(float(data["weights"][name]) for name in FEATURES)


def claim_support(features: ClaimFeatures) -> float:
    """Logistic in the features; a claim that shares nothing with the passages has the least support."""
    intercept, weights = _model()
    z = intercept + sum(w * v for w, v in zip(weights, features.values(), strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def _scaled(support: float) -> float:
    """The logistic's most is 0.88 for a claim that is a copy of a passage: spread so that a copy has 1."""
    intercept, weights = _model()
    most = 1.0 / (1.0 + math.exp(-(intercept + sum(weights[:4]))))
    return min(1.0, support / most)


def _reason(features: ClaimFeatures) -> str:
    if features.missing_numbers:
        shown = ", ".join(features.missing_numbers[:3])
        return f"The number {shown} is not in the passages."
    if features.missing_names:
        return f"{', '.join(features.missing_names[:3])} is not in the passages."
    if features.nearest is None:
        return "Nothing in the passages comes close."
    if features.negation:
        return "The nearest sentence says it with the opposite sign (a negation differs)."
    if features.antonyms:
        return "The nearest sentence uses an opposite word."
    return "Only a part of its words is in the passages."


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
        claims = tuple(Claim(t.text, t.start, t.end, 0.0, None, "", reason) for t in texts)
        return GroundingScore(0.0, claims, reason)
    evidence = read_evidence(passages)
    claims_found = []
    for text in texts:
        features = measure_claim(text.text, evidence)
        support = _scaled(claim_support(features))
        near = evidence.sentences[features.nearest] if features.nearest is not None else None
        claims_found.append(
            Claim(
                text=text.text,
                start=text.start,
                end=text.end,
                support=support,
                best_passage=near.passage if near else None,
                best_sentence=near.text if near else "",
                reason="" if support >= SUPPORTED else _reason(features),
            )
        )
    value = sum(c.support for c in claims_found) / len(claims_found)
    return GroundingScore(value, tuple(claims_found))


def score(context: AnswerContext) -> ScoreValue:
    """The scorer: `detail` holds the claims for the page that shows the answer."""
    if context.answer is None:
        return ScoreValue(NAME, None, "not_applicable", "There is no answer: the call failed.")
    texts: Sequence[str] = [p.text for p in context.passages]
    found = score_grounding(context.answer, list(texts), context.question)
    if found.value is None:
        return ScoreValue(NAME, None, "not_applicable", found.reason)
    weak = [c for c in found.claims if c.support < SUPPORTED]
    reason = found.reason or (
        f"{len(weak)} of {len(found.claims)} claims lack support." if weak else "Every claim has support."
    )
    detail: dict[str, object] = {
        "claims": [
            {
                "start": c.start,
                "end": c.end,
                "support": round(c.support, 4),
                "passage": c.best_passage,
                "sentence": c.best_sentence[:500],
                "reason": c.reason,
            }
            for c in found.claims
        ]
    }
    return ScoreValue(NAME, found.value, reason=reason, detail=detail)
