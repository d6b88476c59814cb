"""Scores answers by ragas's metrics that need no model; they compare with the first reference answer.
Knows nothing about the other scores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

from workbench.scoring.ragas_adapter import open_string_metric
from workbench.scoring.types import AnswerContext, ScoreValue


@cache
def _metric(name: str) -> Any:
    from workbench.settings import quieten_libraries

    quieten_libraries()
    return open_string_metric(name)


def _scorer(name: str, metric: str) -> Callable[[AnswerContext], ScoreValue]:
    """The scorer of one of ragas's classes. It must run in a thread without an event loop."""

    def score(context: AnswerContext) -> ScoreValue:
        if context.answer is None:
            return ScoreValue(name, None, "not_applicable", "There is no answer: the call failed.")
        if not context.references:
            return ScoreValue(name, None, "not_applicable", "The question has no reference answer.")
        if not context.answer.strip():
            return ScoreValue(name, 0.0, reason="The answer is empty.")
        result = asyncio.run(_metric(metric).ascore(reference=context.references[0], response=context.answer))
        return ScoreValue(name, min(1.0, max(0.0, float(result.value))), reason=str(result.reason or ""))

    return score


exact_match = _scorer("ragas_exact_match", "ExactMatch")
string_presence = _scorer("ragas_string_presence", "StringPresence")
string_similarity = _scorer("ragas_string_similarity", "NonLLMStringSimilarity")
bleu = _scorer("ragas_bleu", "BleuScore")
chrf = _scorer("ragas_chrf", "CHRFScore")
rouge = _scorer("ragas_rouge", "RougeScore")
