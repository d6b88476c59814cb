"""Computes the judged scores of an answer: stored scores are reused, the rest ask a judge through the Caller.
Knows nothing about trials or scheduling."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from pydantic import BaseModel

from workbench.calls.caller import Caller
from workbench.errors import WorkbenchError
from workbench.fingerprint import fingerprint
from workbench.judges.judge_client import CallTally, JudgeClient, JudgeFailed
from workbench.parts.part import JudgedMetric
from workbench.parts.registry import score_entry
from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.parts.scores import RUBRIC
from workbench.pipeline import fingerprints
from workbench.scoring import ragas_adapter
from workbench.scoring.judge_replies import RubricReply, UnusableReply, verdicts_of
from workbench.scoring.judged import (
    JudgedScore,
    as_judge,
    judge_inputs,
    samples_of,
    score_without_judge,
)
from workbench.scoring.language_detection import find_language
from workbench.scoring.rubric import rubric_hash, rubric_prompt
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.space.model import Model
from workbench.store.answers import find_scores
from workbench.store.database import Store
from workbench.store.records import ScoreRecord

ENCODER = Model(name=DEFAULT_EMBEDDING, kind="embedding")
# The ledger's kind of the calls that embed generated questions.
EMBED_KIND: Final = "judge_embed"


def judge_key(score: JudgedScore) -> str:
    """Hash everything that decides a verdict, except the answer and the text of ragas's prompts.

    It covers the metric and its version, the judge, ragas's version or the rubric, and for a ladder its
    bounds and the version of the embedded score.
    """
    judge = as_judge(score.judge).model_copy(update={"context_window": None})
    return fingerprint(
        score.metric.name,
        score.metric.version,
        fingerprints.model(judge),
        rubric_hash(score.rubric) if score.metric is RUBRIC else ragas_adapter.ragas_version(),
        samples_of(score),
        fingerprints.model(ENCODER) if score.metric.samples else None,
        [*score.bounds, score_entry(score.name).version] if score.bounds else None,
    )


def _prompts_hash(score: JudgedScore) -> str:
    """Hash the metric's prompts. Call it in a thread: it imports ragas, which takes seconds."""
    return "" if score.metric is RUBRIC else ragas_adapter.prompts_hash(score.metric)


@dataclass(frozen=True)
class _Task:
    """A judged score of the run with the client of its judge."""

    score: JudgedScore
    client: JudgeClient
    judge_key: str
    prompts_hash: str
    """The hash of ragas's prompts; empty for a rubric."""

    def key(self, context: AnswerContext) -> str:
        inputs = judge_inputs(self.score, context)
        return fingerprint("score", self.score.name, self.judge_key, self.prompts_hash, inputs)


class JudgeScorer:
    """Computes the judged scores of one run. Call `open` first."""

    def __init__(self, store: Store, caller: Caller, scores: Sequence[JudgedScore]) -> None:
        self._store = store
        self._caller = caller
        self._scores = scores
        self._tasks: list[_Task] = []

    async def open(self) -> None:
        """Prepare the scores. It imports ragas in a thread, which takes seconds."""
        prompts_hashes = await asyncio.to_thread(lambda: [_prompts_hash(score) for score in self._scores])
        clients: dict[str, JudgeClient] = {}
        for score, prompts_hash in zip(self._scores, prompts_hashes, strict=True):
            judge = fingerprints.model(as_judge(score.judge))
            clients.setdefault(judge, JudgeClient(self._caller, self._store, score.judge))
            self._tasks.append(_Task(score, clients[judge], judge_key(score), prompts_hash))

    async def score(self, context: AnswerContext) -> tuple[tuple[ScoreRecord, ...], int]:
        """Return (one record per score, in order; how many of them were stored already).

        A judge that fails is a stored failure. Raises Stopped: the caller must then keep none of these
        scores; the calls that were made are in the ledger and are reused when the answer is scored again.
        """
        keys = {task.score.name: task.key(context) for task in self._tasks}
        stored = await asyncio.to_thread(find_scores, self._store, keys.values())
        missing = [task for task in self._tasks if keys[task.score.name] not in stored]
        # Not cancelled at the first error: calls in flight are paid for and must be committed.
        outcomes = await asyncio.gather(
            *(self._compute(task, context) for task in missing), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        new_values = {value.name: value for value in outcomes if isinstance(value, ScoreValue)}
        records = []
        for task in self._tasks:
            name = task.score.name
            key = keys[name]
            if key in stored:
                judging = {**_no_calls(task), **stored[key].detail.get("judging", {}), "made": 0}
                records.append(replace(stored[key], detail={**stored[key].detail, "judging": judging}))
            else:
                value = new_values[name]
                detail = {"judging": _no_calls(task), **value.detail}
                records.append(ScoreRecord(name, key, value.value, value.status, value.reason, detail))
        return tuple(records), len(keys) - len(missing)

    async def _compute(self, task: _Task, context: AnswerContext) -> ScoreValue:
        if task.score.bounds is not None:
            return await self._by_ladder(task, task.score.bounds, context)
        return await self._by_judge(task, context)

    async def _by_ladder(
        self, task: _Task, bounds: tuple[float, float], context: AnswerContext
    ) -> ScoreValue:
        """Keep the free score outside the bounds, and ask the judge within them."""
        free = (await asyncio.to_thread(score_answer, context, [task.score.name]))[0]
        low, high = bounds
        if free.value is None or not low <= free.value <= high:
            return replace(free, detail={**free.detail, "escalated": 0})
        judged = await self._by_judge(task, context)
        detail = {**free.detail, **judged.detail, "escalated": 1, "free": round(free.value, 4)}
        why = f"The free score, {free.value:.2f}, was unsure, so {task.client.model.name} was asked."
        return replace(judged, reason=f"{why} {judged.reason}", detail=detail)

    async def _by_judge(self, task: _Task, context: AnswerContext) -> ScoreValue:
        decided = score_without_judge(task.score, context)
        if decided is not None:
            return decided
        tally = CallTally()
        try:
            if task.score.metric is RUBRIC:
                return await self._by_rubric(task, context, tally)
            return await self._by_ragas(task, context, tally)
        except JudgeFailed as failed:
            detail = _call_detail(task, tally, attempts=failed.attempts)
            return ScoreValue(task.score.name, None, "failed", failed.reason[:500], detail)

    async def _by_rubric(self, task: _Task, context: AnswerContext, tally: CallTally) -> ScoreValue:
        prompt = rubric_prompt(task.score.rubric, context)
        reply = await task.client.ask(prompt, RubricReply, tally)
        language = _other_language(context, reply.reason)
        detail = _call_detail(task, tally, language=language)
        reason = reply.reason[:500] + _language_note(language) + _truncation_note(tally)
        return ScoreValue(task.score.name, reply.score, reason=reason, detail=detail)

    async def _by_ragas(self, task: _Task, context: AnswerContext, tally: CallTally) -> ScoreValue:
        metric = task.score.metric
        raised: list[BaseException] = []

        async def ask(prompt: str, shape: type[BaseModel], before: int) -> BaseModel:
            # Equal prompts share one call, unless the metric takes samples.
            sample = before if metric.samples else 0
            check = (lambda reply: _check_question(context, reply)) if metric.samples else None
            try:
                return await task.client.ask(prompt, shape, tally, sample=sample, check=check)
            except BaseException as error:
                raised.append(error)
                raise

        samples = samples_of(task.score)
        try:
            measured = await ragas_adapter.measure(metric, context, ask, self._embed, samples=samples)
        except Exception as error:
            if error in raised or isinstance(error, WorkbenchError):
                raise
            reason = f"ragas could not use the judge's replies: {type(error).__name__}: {error}"
            raise JudgeFailed(reason, tally.calls) from error
        verdicts = verdicts_of(measured.replies)
        language = _other_language(context, " ".join(f"{v['text']} {v['reason']}" for v in verdicts))
        detail = {**_call_detail(task, tally, language=language), "verdicts": verdicts}
        value = measured.value
        if not math.isfinite(value):
            reason = f"{task.client.model.name} found no statement to judge."
            detail["judging"]["attempts"] = tally.calls
            return ScoreValue(task.score.name, None, "failed", reason, detail)
        if metric.samples:  # a cosine, which may be negative
            value = min(1.0, max(0.0, value))
        if not -1e-6 <= value <= 1 + 1e-6:
            reason = f"ragas returned {value:g}, which is not between 0 and 1."
            return ScoreValue(task.score.name, None, "failed", reason, detail)
        reason = _reason(metric, verdicts) + _language_note(language) + _truncation_note(tally)
        # Rounded, because ragas adds 1e-10 to a denominator.
        return ScoreValue(task.score.name, round(min(1.0, max(0.0, value)), 6), reason=reason, detail=detail)

    async def _embed(self, texts: Sequence[str]) -> Any:
        embedded = await self._caller.embed(ENCODER, list(texts), kind=EMBED_KIND)
        return np.asarray(embedded.vectors)


def _no_calls(task: _Task) -> dict[str, Any]:
    return {"judge": task.client.model.name, "key": task.judge_key, "calls": 0, "made": 0}


def _call_detail(task: _Task, tally: CallTally, **more: Any) -> dict[str, Any]:
    """Return the calls behind a score, as its stored detail has them; `made` counts the new ones."""
    facts = _no_calls(task) | {
        "calls": tally.calls,
        "made": tally.new_calls,
        "seconds": round(tally.seconds, 4),
        "cost_usd": tally.cost_usd,
    }
    facts.update({name: value for name, value in more.items() if value is not None})
    return {"judging": facts}


def _reason(metric: JudgedMetric, verdicts: list[dict[str, Any]]) -> str:
    if metric.samples:
        questions = ", ".join(repr(v["text"][:100]) for v in verdicts)
        return f"The answer would answer {questions}." if questions else "It answers no question."
    yes = sum(v["verdict"] for v in verdicts)
    return metric.verdicts.format(of=f"{yes} of {len(verdicts)}")


def _other_language(context: AnswerContext, text: str) -> str | None:
    """Return the language of the judge's text if it differs from that of question and answer, else None."""
    judge_language = find_language(text)
    answer_language = find_language(f"{context.answer or ''} {context.question}")
    if judge_language is None or answer_language is None or judge_language == answer_language:
        return None
    return judge_language


def _check_question(context: AnswerContext, reply: BaseModel) -> None:
    """Raise UnusableReply for a question in another language: its cosine would be meaningless."""
    language = _other_language(context, str(getattr(reply, "question", "")))
    if language is not None:
        raise UnusableReply(f"its question is in {language}, and the answer is not")


def _language_note(language: str | None) -> str:
    return f" The judge answered in {language}." if language else ""


def _truncation_note(tally: CallTally) -> str:
    if "usage_disagrees" in tally.flags:
        return (
            " The judge's server counted far fewer tokens than were sent; it may have truncated the prompt."
        )
    return ""
