"""ragas's metrics that need no model, under names of their own.
Knows nothing about ours: theirs are compared with the first reference answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

from workbench.scoring.ragas_adapter import open_modelfree
from workbench.scoring.types import AnswerContext, ScoreValue

METRICS: dict[str, tuple[str, str]] = {
    "ragas_exact_match": ("ExactMatch", "1 when the answer equals the reference"),
    "ragas_string_presence": ("StringPresence", "1 when the reference's text is in the answer"),
    "ragas_string_similarity": ("NonLLMStringSimilarity", "Levenshtein similarity to the reference"),
    "ragas_bleu": ("BleuScore", "BLEU against the reference"),
    "ragas_chrf": ("CHRFScore", "character n-gram F against the reference"),
    "ragas_rouge": ("RougeScore", "ROUGE-L F against the reference"),
}


@cache
def _metric(name: str) -> Any:
    from workbench.settings import quieten_libraries

    quieten_libraries()
    return open_modelfree(METRICS[name][0])


def make_scorer(name: str) -> Callable[[AnswerContext], ScoreValue]:
    """A scorer for one metric. It runs ragas's coroutine to its end: call it from a thread without a loop."""

    def score(context: AnswerContext) -> ScoreValue:
        if context.answer is None:
            return ScoreValue(name, None, "not_applicable", "There is no answer: the call failed.")
        if not context.references:
            return ScoreValue(name, None, "not_applicable", "The question has no reference answer.")
        if not context.answer.strip():
            return ScoreValue(name, 0.0, reason="The answer is empty.")
        result = asyncio.run(_metric(name).ascore(reference=context.references[0], response=context.answer))
        return ScoreValue(name, min(1.0, max(0.0, float(result.value))), reason=str(result.reason or ""))

    return score
