"""Says what it takes to hold a judge to labelled answers: the most calls, and about what they cost.
Knows nothing about how a judge is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.pipeline.prompt_rendering import count_prompt_tokens
from workbench.planning.cost_estimate import Estimate
from workbench.planning.judge_calls import INSTRUCTION_TOKENS, MOST_OUTPUT_TOKENS
from workbench.planning.plan_types import Range
from workbench.providers.prices import find_price
from workbench.scoring.judged import as_judge
from workbench.scoring.labelled_answers import LabelledAnswer
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.database import Store

LOOKED_AT = 50
"""Answers whose passages are counted; the others are taken to be as long."""


@dataclass(frozen=True)
class JudgeCheckPrice:
    answers: int
    calls: int
    """The most calls; verdicts that are stored take none."""
    cost_usd: Range | None
    """US dollars; None when the judge has no price."""


def price_judge_check(
    store: Store, settings: Settings, rows: Sequence[LabelledAnswer], judge: Model, calls_per_answer: int
) -> JudgeCheckPrice:
    """What asking `judge` about these answers takes at most."""
    looked_at = rows[:LOOKED_AT]
    lengths = [count_prompt_tokens("\n".join((*row.passages, row.question, row.answer))) for row in looked_at]
    tokens = INSTRUCTION_TOKENS + (round(sum(lengths) / len(lengths)) if lengths else 0)
    model = as_judge(judge)
    most = min(model.max_tokens or MOST_OUTPUT_TOKENS, MOST_OUTPUT_TOKENS)
    estimate = Estimate({model.name: find_price(model, settings.compute_usd_per_hour)}, store)
    calls = len(rows) * calls_per_answer
    estimate.price_calls(model, "judge", calls, tokens=tokens, most_output=most, fewest=0)
    return JudgeCheckPrice(len(rows), calls, estimate.cost_usd)
