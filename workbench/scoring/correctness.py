"""Scores an answer against the reference answers: correctness, token F1, reference recall.
Knows nothing about passages."""

from __future__ import annotations

from collections.abc import Callable

from workbench.scoring.agreement import Agreement, compare
from workbench.scoring.refusal import is_refusal
from workbench.scoring.token_f1 import token_f1
from workbench.scoring.types import NOT_KNOWN, AnswerContext, ScoreValue
from workbench.text import split_sentences

_LONGEST_QUOTE = 200  # characters of a reference in a reason
_MOST_POINTS = 3  # in a reason
_COVERED = 0.5  # share of a point's words and numbers from which it counts as made

# (answer, reference, question) → (value, reason)
Measure = Callable[[str, str, str], tuple[float, str]]


def _score(name: str, context: AnswerContext, measure: Measure) -> ScoreValue:
    """The best value over the references; 0 when the answer declines or is empty.

    Not applicable without a reference, or when the call failed: that is no answer. To a question that the
    documents do not answer: 1 when the answer declines or is empty, else 0. Declining a question of which
    nobody knows whether the documents answer it is neither right nor wrong: not applicable.
    """
    if context.answer is None:
        return ScoreValue(name, None, "not_applicable", "There is no answer: the call failed.")
    answer = context.answer.strip()
    declined = bool(answer) and is_refusal(answer)
    if context.answerable is False:
        right = declined or not answer
        return ScoreValue(
            name, float(right), reason="It declined, rightly." if right else "It should decline."
        )
    if not context.references:
        return ScoreValue(name, None, "not_applicable", "The question has no reference answer.")
    if context.answerable is None and (declined or not answer):
        return ScoreValue(name, None, "not_applicable", NOT_KNOWN)
    if not answer:
        return ScoreValue(name, 0.0, reason="There is no answer.")
    if declined:
        return ScoreValue(name, 0.0, reason="It declined a question that the documents answer.")
    measured = [measure(answer, reference, context.question) for reference in context.references]
    value, reason = max(measured, key=lambda pair: pair[0])
    return ScoreValue(name, value, reason=reason)


def _listed(quantities: tuple[str, ...]) -> str:
    shown = [repr(q) for q in dict.fromkeys(quantities)][:_MOST_POINTS]
    return ", ".join(shown)


def _explain(agreement: Agreement, reference: str) -> str:
    """What speaks for and against an answer, in whole sentences."""
    sentences = [f"It has {agreement.covered:.0%} of the reference {reference[:_LONGEST_QUOTE]!r}."]
    if agreement.other_answer:
        sentences.append("One says yes, the other no.")
    if agreement.is_reversed:
        sentences.append("Only one of them says not.")
    if agreement.opposed:
        sentences.append("It says {1!r} where the reference says {0!r}.".format(*agreement.opposed))
    if agreement.missing:
        sentences.append(f"It lacks {_listed(agreement.missing)}.")
    if agreement.instead:
        sentences.append(f"It says {_listed(agreement.instead)} instead.")
    return " ".join(sentences)


def _measure_agreement(answer: str, reference: str, question: str) -> tuple[float, str]:
    agreement = compare(answer, reference, question)
    return agreement.value, _explain(agreement, reference)


def _measure_token_f1(answer: str, reference: str, question: str) -> tuple[float, str]:
    return token_f1(answer, reference), f"Token F1 against {reference[:_LONGEST_QUOTE]!r}."


def _measure_recall(answer: str, reference: str, question: str) -> tuple[float, str]:
    points = [sentence.text for sentence in split_sentences(reference)]
    lacking = [point for point in points if compare(answer, point, question).covered < _COVERED]
    reason = f"It makes {len(points) - len(lacking)} of {len(points)} points of the reference."
    if lacking:
        reason += f" It lacks {_listed(tuple(point[:_LONGEST_QUOTE] for point in lacking))}."
    return compare(answer, reference, question).covered, reason


def score_correctness(context: AnswerContext) -> ScoreValue:
    """Score how far the answer agrees with the best of the references, in [0, 1] (see `agreement`)."""
    return _score("correctness", context, _measure_agreement)


def score_token_f1(context: AnswerContext) -> ScoreValue:
    """Score the overlap with the best of the references as bags of words, in [0, 1]."""
    return _score("token_f1", context, _measure_token_f1)


def score_reference_recall(context: AnswerContext) -> ScoreValue:
    """Score the share of what the best of the references says that is in the answer, in [0, 1]."""
    return _score("reference_recall", context, _measure_recall)
