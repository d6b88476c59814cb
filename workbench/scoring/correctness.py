"""Scores correctness: token F1 against the reference answers.
Knows nothing about passages."""

from __future__ import annotations

import re
from collections import Counter

from workbench.scoring.refusal import is_refusal
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.text import normalize_squad, stem

CITATION = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")
NAME = "correctness"


def answer_tokens(text: str) -> list[str]:
    """The stems of a text's words, after citations are removed and SQuAD's normalisation is applied."""
    return [stem(token) for token in normalize_squad(CITATION.sub("", text)).split()]


def token_f1(answer: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall over bags of tokens (Rajpurkar et al. 2016)."""
    answer_counts, reference_counts = Counter(answer_tokens(answer)), Counter(answer_tokens(reference))
    if not answer_counts or not reference_counts:
        return float(answer_counts == reference_counts)
    common = (answer_counts & reference_counts).total()
    return 2 * common / (answer_counts.total() + reference_counts.total())


def score_correctness(context: AnswerContext) -> ScoreValue:
    """Score an answer's correctness in [0, 1].

    An answerable question: the best F1 over the references; 0 when the answer declines or is empty; not
    applicable without a reference. An unanswerable one: 1 when the answer declines or is empty, else 0. Not
    applicable when the call failed: that is no answer.
    """
    if context.answer is None:
        return ScoreValue(NAME, None, "not_applicable", "There is no answer: the call failed.")
    answer = context.answer.strip()
    declined = bool(answer) and is_refusal(answer)
    if not context.answerable:
        right = declined or not answer
        return ScoreValue(
            NAME, float(right), reason="It declined, rightly." if right else "It should decline."
        )
    if not context.references:
        return ScoreValue(NAME, None, "not_applicable", "The question has no reference answer.")
    if not answer:
        return ScoreValue(NAME, 0.0, reason="There is no answer.")
    if declined:
        return ScoreValue(NAME, 0.0, reason="It declined a question that the documents answer.")
    best = max(context.references, key=lambda reference: token_f1(answer, reference))
    value = token_f1(answer, best)
    return ScoreValue(NAME, value, reason=f"Token F1 against {best[:200]!r}.")
