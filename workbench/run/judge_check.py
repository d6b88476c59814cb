"""Measures judges against labels: each scores the same answers, and is held to what people said.
Knows nothing about experiments; what it asks is in the ledger, so that asking again costs nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from workbench.analysis.detection import detect, one_class
from workbench.analysis.threshold import find_threshold
from workbench.calls.budget import Budget
from workbench.calls.caller import Caller
from workbench.calls.clients import Opened
from workbench.calls.open_caller import open_caller
from workbench.calls.retry_policy import UNATTENDED
from workbench.calls.stop_signal import StopSignal
from workbench.errors import InputError, ProviderError, Stopped
from workbench.judges.judge_scores import ENCODER, JudgeScorer
from workbench.parts.scores import GROUNDING, RUBRIC
from workbench.providers.prices import Prices, find_price
from workbench.run.backlog import Backlog
from workbench.scoring.baselines import cosine_alone, length_alone, overlap_alone
from workbench.scoring.judged import JudgedScore, as_judge, judged_metric, most_calls
from workbench.scoring.labelled_answers import LabelledAnswer
from workbench.scoring.ragas_packages import require_ragas
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext, ScoredPassage
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.database import Store

EMBEDDED = "embedded"
NO_QUESTION = "What do the passages say?"
GIVE_UP_SECONDS = 60.0
MOST_REASONS = 5


@dataclass
class Outcome:
    """One judge's values, by the answer's place; None where it has none."""

    judge: str
    asks: str
    values: list[float | None]
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    cost_usd: float | None = 0.0
    spent_usd: float = 0.0
    seconds: float = 0.0
    wall_seconds: float = 0.0

    def take(self, place: int, value: float | None, status: str, reason: str, took: dict[str, Any]) -> None:
        self.values[place] = value
        if status == "failed":
            self.failed += 1
            self.reasons[reason] += 1
        self.seconds += took.get("seconds", 0.0)
        cost = took.get("cost_usd", 0.0)
        self.cost_usd = None if cost is None or self.cost_usd is None else self.cost_usd + cost


def context_of(row: LabelledAnswer) -> AnswerContext:
    passages = tuple(ScoredPassage("", 0, len(text), text) for text in row.passages)
    return AnswerContext(row.question or NO_QUESTION, row.answer, passages)


async def check_judges(
    store: Store,
    settings: Settings,
    rows: Sequence[LabelledAnswer],
    judges: Sequence[Model | None],
    opened: Opened,
    *,
    rubric: str | None = None,
    threshold: float = 0.5,
    budget_usd: float | None = None,
    stop_signal: StopSignal | None = None,
    on_progress: Callable[[int, int], None] = lambda done, count: None,
) -> dict[str, Any]:
    """The document of `judge-check --json`. A judge is a chat model, or None for the embedded score.

    on_progress: hears how many of how many answers are judged.

    Raises InputError for a judge that cannot be held to a budget, MissingPackage without ragas (a rubric does
    without it), ProviderError for a judge that cannot be reached, Stopped when the budget is spent: what was
    asked until then is in the ledger.
    """
    models = [judge for judge in judges if judge is not None]
    scores = [_score_of(model, rubric) for model in models]
    require_ragas([score.name for score in scores], scores)
    prices: Prices = {m.name: find_price(m, settings.compute_usd_per_hour) for m in (*models, ENCODER)}
    _check_budget(models, prices, budget_usd)
    stop_signal = StopSignal() if stop_signal is None else stop_signal  # an unset StopSignal is false
    budget = Budget(budget_usd, 0.0)
    judged, most = count(1), len(rows) * len(models)
    outcomes: list[Outcome] = []
    async with open_caller(
        store,
        opened,
        prices,
        retry_policy=UNATTENDED,
        give_up_seconds=GIVE_UP_SECONDS,
        budget=budget,
        stop_signal=stop_signal,
    ) as caller:
        for judge in judges:
            if judge is None:
                outcomes.append(await asyncio.to_thread(_embedded, rows))
                continue
            tell = partial(_tell, on_progress, judged, most)
            outcomes.append(await _ask(store, caller, stop_signal, rows, judge, rubric, tell))
            if stop_signal:
                raise _why(stop_signal)
            outcomes[-1].spent_usd = budget.spent - sum(o.spent_usd for o in outcomes[:-1])
    return await asyncio.to_thread(_report, rows, outcomes, threshold)


def _tell(on_progress: Callable[[int, int], None], judged: Iterator[int], most: int) -> None:
    on_progress(next(judged), most)


def _score_of(judge: Model, rubric: str | None) -> JudgedScore:
    metric = RUBRIC if rubric else judged_metric(GROUNDING.ladder or "")
    return JudgedScore(metric.name, metric, judge, rubric=rubric or "")


def calls_per_answer(judge: Model) -> int:
    """The most calls that a judge gets for one answer."""
    return most_calls(_score_of(judge, None), 1)


def _check_budget(models: Sequence[Model], prices: Prices, budget_usd: float | None) -> None:
    if budget_usd is None:
        return
    if budget_usd <= 0:
        raise InputError(f"The budget is {budget_usd}; it must be more than 0 dollars.")
    for model in models:
        if prices[model.name] is None or as_judge(model).max_tokens is None:
            raise InputError(
                f"A budget needs a price and max_tokens for {model.name}.",
                hint="Give it both, or leave the budget out.",
            )


def _why(stop_signal: StopSignal) -> Exception:
    """Ended by the budget or by the user, or by a server that does not answer."""
    if (stop_signal.state or "").startswith("stopped"):
        return Stopped(stop_signal.message)
    return ProviderError(stop_signal.message, kind="refused")


def _embedded(rows: Sequence[LabelledAnswer]) -> Outcome:
    outcome = Outcome(EMBEDDED, GROUNDING.name, [None] * len(rows))
    started = time.perf_counter()
    for place, row in enumerate(rows):
        found = score_answer(context_of(row), [GROUNDING.name])[0]
        outcome.take(place, found.value, found.status, found.reason, {})
    outcome.seconds = outcome.wall_seconds = time.perf_counter() - started
    return outcome


async def _ask(
    store: Store,
    caller: Caller,
    stop_signal: StopSignal,
    rows: Sequence[LabelledAnswer],
    judge: Model,
    rubric: str | None,
    tell: Callable[[], None],
) -> Outcome:
    score = _score_of(judge, rubric)
    outcome = Outcome(judge.name, score.metric.name, [None] * len(rows))
    judging = JudgeScorer(store, caller, [score])
    await judging.open()
    started = time.perf_counter()

    async def one(place: int, row: LabelledAnswer) -> None:
        (found,), _ = await judging.score(context_of(row))
        outcome.take(place, found.value, found.status, found.reason, found.detail["judging"])
        tell()

    try:
        async with asyncio.TaskGroup() as group:
            backlog = Backlog(group, 2 * judge.limits.concurrency + 4, stop_signal)
            for place, row in enumerate(rows):
                await backlog.add(one(place, row))
    except* Stopped as stopped:
        stop_signal.set("paused", str(stopped.exceptions[0]))
    outcome.wall_seconds = time.perf_counter() - started
    return outcome


def _report(rows: Sequence[LabelledAnswer], outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    everywhere = [i for i in range(len(rows)) if all(o.values[i] is not None for o in outcomes)]
    answers, passages = [r.answer for r in rows], [r.passages for r in rows]
    alone = {
        "length": length_alone(answers),
        "overlap": overlap_alone(answers, passages),
        "cosine": cosine_alone(answers, passages),
    }
    labels = [row.label for row in rows]
    return {
        "answers": len(rows),
        "supported": sum(labels),
        "threshold": threshold,
        "one_class": one_class(labels),
        "scored_by_all": len(everywhere),
        "judges": [_judge_json(rows, outcome, everywhere, threshold) for outcome in outcomes],
        "alone": {
            name: _detect(rows, dict(enumerate(values)), None).to_json() for name, values in alone.items()
        },
    }


def _detect(rows: Sequence[LabelledAnswer], values: dict[int, float], threshold: float | None) -> Any:
    own = [rows[i] for i in values]
    return detect(list(values.values()), [r.label for r in own], [r.group for r in own], threshold=threshold)


def _judge_json(
    rows: Sequence[LabelledAnswer], outcome: Outcome, everywhere: Sequence[int], threshold: float
) -> dict[str, Any]:
    values = {i: v for i, v in enumerate(outcome.values) if v is not None}
    shared = _detect(rows, {i: values[i] for i in everywhere}, None)
    own = [rows[i] for i in values]
    best = find_threshold(list(values.values()), [r.label for r in own], [r.group for r in own])
    return {
        "judge": outcome.judge,
        "asks": outcome.asks,
        **_detect(rows, values, threshold).to_json(),
        "auroc_scored_by_all": shared.auroc,
        "best_threshold": None if best is None else best.to_json(),
        "failed": outcome.failed,
        "not_applicable": len(rows) - len(values) - outcome.failed,
        "reasons": dict(outcome.reasons.most_common(MOST_REASONS)),
        "cost_usd": outcome.cost_usd if outcome.judge != EMBEDDED else None,
        "spent_usd": outcome.spent_usd,
        "seconds": outcome.seconds,
        "wall_seconds": outcome.wall_seconds,
    }
