"""Scores a served answer by the scores of a run that ask no model and need no reference.
Knows nothing about where requests come from or when they are scored."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.parts.part import Score
from workbench.parts.scores import SCORES
from workbench.scoring.refusal import is_refusal
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext
from workbench.store.serving.records import ServedRequest, ServedScore

NAMES = tuple(
    score.name
    for score in SCORES
    if type(score) is Score and not score.needs and score.variants is None and not score.needs_ragas
)
"""Grounding, toxicity and personal data."""
VERSIONS = ", ".join(f"{score.name} {score.version}" for score in SCORES if score.name in {*NAMES, "refusal"})
"""The versions of these scores and of what tells refusals: those of two versions cannot be compared."""


def score_served(request: ServedRequest, names: Sequence[str] = NAMES) -> tuple[ServedScore, ...]:
    """The scores that it does not have yet."""
    stored = {score.name for score in request.scores}
    context = AnswerContext(
        question=request.question,
        history=request.history,
        answer=request.answer if request.state == "ok" else None,
        passages=request.passages,
        answerable=None,
    )
    values = score_answer(context, [name for name in names if name not in stored])
    return tuple(ServedScore(v.name, v.value, v.status, v.reason, dict(v.detail)) for v in values)


def declines(request: ServedRequest) -> bool:
    """Whether the answer declines the question."""
    return request.state == "ok" and is_refusal(request.answer)
