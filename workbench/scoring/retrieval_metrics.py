"""Scores retrieval against evidence spans, so that any two chunkings are comparable.
Knows nothing about answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from workbench.corpus.types import Evidence, Span
from workbench.scoring.types import AnswerContext, Passage, ScoreValue


def _overlap(passage: Passage, span: Span) -> tuple[int, int] | None:
    """(start, end) in the document of what the passage and the span share; None when they share nothing."""
    if passage.document != span.document:
        return None
    start, end = max(passage.start, span.start), min(passage.end, span.end)
    return (start, end) if start < end else None


def _union(spans: Sequence[tuple[str, int, int]]) -> int:
    """The number of characters that (document, start, end) spans cover, each counted once."""
    total, last_document, reached = 0, None, 0
    for document, start, end in sorted(spans):
        if document != last_document:
            last_document, reached = document, 0
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _best_place(passages: Sequence[Passage], piece: Evidence) -> Span | None:
    """The place of a piece of evidence that the passages cover best; of equal ones, the first.

    None for a whole document.
    """

    def covered(place: Span) -> float:
        cuts = [(place.document, *cut) for p in passages if (cut := _overlap(p, place)) is not None]
        return _union(cuts) / (place.end - place.start)

    places = piece.places
    return max(places, key=covered) if len(places) > 1 else next(iter(places), None)


def _holds_whole(passages: Sequence[Passage], piece: Evidence) -> bool:
    """Whether any passage is of a document that is evidence as a whole."""
    documents = {option.document for option in piece.options if option.whole}
    return any(passage.document in documents for passage in passages)


def covered_share(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> float:
    """Return the share of the evidence that lies in any passage.

    Of quotes, the characters count: it is the "token recall" of chunk evaluation (Smith and Troynikov, Chroma
    technical report 2024), counted in characters, so that it depends on no tokenizer. Of a quote that stands
    at several places, and of alternatives, the one that is covered best counts. A whole document weighs as
    much as a quote, and any passage of it covers it.
    """
    quoted = [piece for piece in evidence if not _holds_whole(passages, piece)]
    places = [place for piece in quoted if (place := _best_place(passages, piece)) is not None]
    total = _union([(s.document, s.start, s.end) for s in places])
    covered = [(s.document, *cut) for s in places for p in passages if (cut := _overlap(p, s)) is not None]
    share = _union(covered) / total if total else 0.0
    if len(places) == len(evidence):
        return share
    return (len(evidence) - len(quoted) + share * len(places)) / len(evidence)


def _relevant(passage: Passage, evidence: Sequence[Evidence]) -> bool:
    """Whether a passage holds evidence.

    It does when it is of a document that is evidence as a whole, when it covers half of a quote or more, or
    when half of it or more lies within a quote.
    """
    if any(_holds_whole((passage,), piece) for piece in evidence):
        return True
    for span in (place for piece in evidence for place in piece.places):
        cut = _overlap(passage, span)
        if cut is not None:
            shared = cut[1] - cut[0]
            if 2 * shared >= span.end - span.start or 2 * shared >= passage.end - passage.start:
                return True
    return False


def _precision(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> float:
    """The share of passages that are relevant; 0 when nothing was retrieved."""
    return sum(_relevant(p, evidence) for p in passages) / len(passages) if passages else 0.0


def _mrr(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> float:
    """1 / rank of the first relevant passage; 0 when there is none."""
    return next((1 / n for n, p in enumerate(passages, start=1) if _relevant(p, evidence)), 0.0)


def _ndcg(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002).

    A passage's gain is the share of the evidence that it adds to the passages before it, so that repeating
    the same text gains nothing. The ideal ranking has all evidence in its first passage.
    """
    total, before = 0.0, 0.0
    for rank in range(1, len(passages) + 1):
        now = max(before, covered_share(passages[:rank], evidence))
        total += (now - before) / math.log2(rank + 1)
        before = now
    return total


def _coverage_reason(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> str:
    touched = sum(
        any(piece.is_touched_by(p.document, p.start, p.end) for p in passages) for piece in evidence
    )
    of_all = f"{touched} of {len(evidence)} pieces of evidence touched"
    if not any(piece.places for piece in evidence):
        return f"{of_all}; they are whole documents."
    return f"{of_all}, {covered_share(passages, evidence):.0%} of their text."


def _relevant_reason(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> str:
    return f"{sum(_relevant(p, evidence) for p in passages)} of {len(passages)} passages hold evidence."


def _first_reason(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> str:
    first = next((n for n, p in enumerate(passages, start=1) if _relevant(p, evidence)), None)
    return "No passage holds evidence." if first is None else f"Passage {first} is the first with evidence."


Measure = Callable[[Sequence[Passage], Sequence[Evidence]], float]
Reason = Callable[[Sequence[Passage], Sequence[Evidence]], str]


def _score(context: AnswerContext, name: str, measure: Measure, reason: Reason) -> ScoreValue:
    """The value of a measure; it applies to answerable questions with evidence."""
    if context.answerable is False:
        return ScoreValue(name, None, "not_applicable", "The documents do not answer this question.")
    if not context.evidence:
        return ScoreValue(name, None, "not_applicable", "The question has no evidence marked.")
    value = measure(context.passages, context.evidence)
    why = reason(context.passages, context.evidence)
    return ScoreValue(name, min(1.0, max(0.0, value)), reason=why)


def score_recall(context: AnswerContext) -> ScoreValue:
    """Score the share of the evidence that was retrieved: of quotes the text, of whole documents any part."""
    return _score(context, "retrieval_recall", covered_share, _coverage_reason)


def score_precision(context: AnswerContext) -> ScoreValue:
    """Score the share of the retrieved passages that hold evidence."""
    return _score(context, "retrieval_precision", _precision, _relevant_reason)


def score_mrr(context: AnswerContext) -> ScoreValue:
    """Score the reciprocal rank of the first passage that holds evidence."""
    return _score(context, "retrieval_mrr", _mrr, _first_reason)


def score_ndcg(context: AnswerContext) -> ScoreValue:
    """Score how early the passages bring the evidence."""
    return _score(context, "retrieval_ndcg", _ndcg, _coverage_reason)
