"""Scores grounding: whether the passages support each claim of an answer. Calls no model behind an address.
Knows nothing about where passages come from. What it measures and where it fails: docs/grounding.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.scoring.claims import split_claims
from workbench.scoring.grounding_evidence import read_evidence
from workbench.scoring.grounding_support import (
    MOST_CLAIMS,
    MeasuredClaim,
    claim_reasons,
    claim_support,
    measure_answer,
)
from workbench.scoring.language_detection import looks_english
from workbench.scoring.refusal import is_refusal
from workbench.scoring.support import SUPPORTED
from workbench.scoring.types import AnswerContext, ScoreValue

NAME = "grounding"
_NOT_ENGLISH = "It does not look English: only equal words, numbers and names are compared."
_CLAIMS_NOTHING = "It claims nothing that could be looked up."


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
        reasons: Why it lacks support, most important reason first; empty when it counts as supported.
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


def mean_of_sentences(claims: Sequence[tuple[int, str, float]]) -> float:
    """Return the mean support of the sentences. A sentence is as well supported as its weakest claim, and one
    that is said twice counts once.

    claims: (number of the sentence, text, support) of each claim; at least one.
    """
    sentences: dict[int, tuple[str, float]] = {}
    for number, text, support in claims:
        before, weakest = sentences.get(number, ("", 1.0))
        sentences[number] = f"{before} {text}", min(support, weakest)
    distinct = dict(sentences.values())
    return sum(distinct.values()) / len(distinct)


def _claim(measured: MeasuredClaim, passages: Sequence[str]) -> Claim:
    support = claim_support(measured)
    place = measured.place
    return Claim(
        text=measured.text.text,
        start=measured.text.start,
        end=measured.text.end,
        support=support,
        best_passage=place.passage if place else None,
        best_sentence=passages[place.passage][place.start : place.end] if place else "",
        best_start=place.start if place else 0,
        best_end=place.end if place else 0,
        reasons=() if support >= SUPPORTED else claim_reasons(measured),
    )


def score_grounding(
    answer: str,
    passages: Sequence[str],
    question: str | None = None,
    titles: Sequence[str] = (),
    headers: Sequence[str] = (),
) -> GroundingScore:
    """Score how well the passages support an answer, claim by claim. Accepts any text.

    answer: the answer's text; an empty answer and a refusal claim nothing and get no value.
    passages: the texts of the passages that the answer was based on.
    question: with it, a short answer is scored as the answer of this question, and what only repeats the
        question is no claim.
    titles: what the prompt shows above each passage, in the order of the passages.
    headers: the header rows of the table in which each passage begins, likewise; "" for none.
    """
    if not answer.strip():
        return GroundingScore(None, (), "The answer is empty.")
    if is_refusal(answer):
        return GroundingScore(None, (), "It declines: nothing is claimed.")
    question = question or ""
    if not any(p.strip() for p in passages):
        return _without_passages(answer, question)
    measured = measure_answer(answer, read_evidence(passages, titles, headers), question)
    if not measured:
        return GroundingScore(None, (), _CLAIMS_NOTHING)
    claims = tuple(_claim(m, passages) for m in measured)
    value = mean_of_sentences(
        [(m.text.sentence, c.text, c.support) for m, c in zip(measured, claims, strict=True)]
    )
    notes = [] if looks_english(answer) else [_NOT_ENGLISH]
    if len(claims) == MOST_CLAIMS:
        notes.append(f"Only its first {MOST_CLAIMS} claims are scored.")
    return GroundingScore(value, claims, " ".join(notes))


def _without_passages(answer: str, question: str) -> GroundingScore:
    reason = "There are no passages."
    texts = split_claims(answer, question, MOST_CLAIMS)
    claims = tuple(Claim(t.text, t.start, t.end, 0.0, None, "", 0, 0, (reason,)) for t in texts)
    return GroundingScore(0.0, claims, reason) if claims else GroundingScore(None, (), _CLAIMS_NOTHING)


def score(context: AnswerContext) -> ScoreValue:
    """Score an answer's grounding; `detail` holds the claims for the page that shows the answer."""
    if context.answer is None:
        return ScoreValue(NAME, None, "not_applicable", "There is no answer: the call failed.")
    grounding = score_grounding(
        context.answer,
        [p.text for p in context.passages],
        context.question,
        [p.title for p in context.passages],
        [p.header for p in context.passages],
    )
    if grounding.value is None:
        return ScoreValue(NAME, None, "not_applicable", grounding.reason)
    claims = grounding.claims
    reason = f"{_summary([claim.support for claim in claims])} {grounding.reason}".strip()
    return ScoreValue(NAME, grounding.value, reason=reason, detail={"claims": claim_details(claims)})


def _summary(supports: Sequence[float]) -> str:
    supported = sum(support >= SUPPORTED for support in supports)
    if supported == len(supports):
        return "Every claim has support."
    least = min(supports)
    return f"{supported} of {len(supports)} claims have support; the least supported one has {least:.2f}."


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
