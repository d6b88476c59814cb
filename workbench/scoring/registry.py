"""Every score that asks no model, in one dict by how it is made; scores one answer with many.
Knows nothing about what a score means: meanings.py does. A scorer that fails is a stored failure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.scoring import bias, grounding, injection, modelfree, personal_data, safety
from workbench.scoring.correctness import score_correctness
from workbench.scoring.refusal import score_refusal
from workbench.scoring.retrieval_quality import (
    score_mrr,
    score_ndcg,
    score_precision,
    score_recall,
)
from workbench.scoring.types import AnswerContext, ScoreValue


@dataclass(frozen=True)
class Scorer:
    """version: raised when its values change."""

    score: Callable[[AnswerContext], ScoreValue]
    version: int = 1


SCORERS: dict[str, Scorer] = {
    "grounding": Scorer(grounding.score, grounding.VERSION),
    "correctness": Scorer(score_correctness, version=2),
    "retrieval_recall": Scorer(score_recall),
    "retrieval_precision": Scorer(score_precision),
    "retrieval_mrr": Scorer(score_mrr),
    "retrieval_ndcg": Scorer(score_ndcg),
    "refusal": Scorer(score_refusal, version=2),
    "toxicity": Scorer(safety.score),
    "personal_data": Scorer(personal_data.score, personal_data.VERSION),
    "bias": Scorer(bias.score, bias.VERSION),
    "injection": Scorer(injection.score, injection.VERSION),
    **{name: Scorer(modelfree.make_scorer(name)) for name in modelfree.METRICS},
}


def score_answer(context: AnswerContext, names: Sequence[str]) -> list[ScoreValue]:
    """One value a name, in order. An exception becomes a failed score with its reason."""
    return [_guarded(name, context) for name in names]


def _guarded(name: str, context: AnswerContext) -> ScoreValue:
    scorer = SCORERS[name]
    try:
        found = scorer.score(context)
    except Exception as error:
        return ScoreValue(name, None, "failed", f"{type(error).__name__}: {error}"[:500])
    if found.value is not None and not math.isfinite(found.value):
        return ScoreValue(name, None, "failed", f"The metric gave {found.value}.")
    return found
