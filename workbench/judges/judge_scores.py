"""Scores of one answer that ask a model: what is stored is used, the rest is asked for through the Caller.
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
from workbench.judges.judge_client import Asking, JudgeFailed, Tally
from workbench.parts.part import JudgedMetric
from workbench.parts.registry import score_entry
from workbench.parts.scores import RUBRIC
from workbench.pipeline import fingerprints
from workbench.scoring import ragas_adapter
from workbench.scoring.judge_replies import RubricReply, Unusable, verdicts_of
from workbench.scoring.judged import (
    JudgedScore,
    as_judge,
    looked_at,
    samples_of,
    settle_without_asking,
)
from workbench.scoring.language_detection import find_language
from workbench.scoring.rubric import rubric_hash, rubric_prompt
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext, ScoreValue
from workbench.space.model import Model
from workbench.space.retrieval import DEFAULT_EMBEDDING
from workbench.store.answers import find_scores
from workbench.store.database import Store
from workbench.store.records import ScoreRecord

ENCODER = Model(name=DEFAULT_EMBEDDING, kind="embedding")
# Embedding the generated questions, in the ledger.
EMBED_KIND: Final = "judge_embed"


def judge_key(score: JudgedScore) -> str:
    """All that decides a verdict but the answer and the text of ragas's prompts: metric and version, judge,
    ragas's version or the rubric; of a ladder its bounds and the free score's version."""
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
    """Imports ragas, for seconds: to be called from a thread."""
    return "" if score.metric is RUBRIC else ragas_adapter.prompts_hash(score.metric)


@dataclass(frozen=True)
class _Wanted:
    score: JudgedScore
    asking: Asking
    judge_key: str
    prompts_hash: str

    def key(self, context: AnswerContext) -> str:
        looked = looked_at(self.score, context)
        return fingerprint("score", self.score.name, self.judge_key, self.prompts_hash, looked)


class Judging:
    """The judged scores of one run. `open` first: it imports ragas, which takes seconds, off the loop."""

    def __init__(self, store: Store, caller: Caller, scores: Sequence[JudgedScore]) -> None:
        self._store = store
        self._caller = caller
        self._scores = scores
        self._wanted: list[_Wanted] = []

    async def open(self) -> None:
        prompts = await asyncio.to_thread(lambda: [_prompts_hash(score) for score in self._scores])
        asking: dict[str, Asking] = {}
        for score, hashed in zip(self._scores, prompts, strict=True):
            name = fingerprints.model(as_judge(score.judge))
            asking.setdefault(name, Asking(self._caller, self._store, score.judge))
            self._wanted.append(_Wanted(score, asking[name], judge_key(score), hashed))

    async def score(self, context: AnswerContext) -> tuple[tuple[ScoreRecord, ...], int]:
        """One record a score, in order, and how many of them were stored already.

        A judge that fails is a stored failure. Raises Stopped: then none of these scores is to be kept; the
        calls that were made are in the ledger, and answer when this is asked again.
        """
        keys = {w.score.name: w.key(context) for w in self._wanted}
        stored = await asyncio.to_thread(find_scores, self._store, keys.values())
        missing = [w for w in self._wanted if keys[w.score.name] not in stored]
        # Not cancelled at the first error: calls under way are paid for, and are committed.
        made = await asyncio.gather(*(self._make(w, context) for w in missing), return_exceptions=True)
        for outcome in made:
            if isinstance(outcome, BaseException):
                raise outcome
        fresh = {v.name: v for v in made if isinstance(v, ScoreValue)}
        records = []
        for wanted in self._wanted:
            name = wanted.score.name
            key = keys[name]
            if key in stored:
                judging = {**_nothing_asked(wanted), **stored[key].detail.get("judging", {}), "made": 0}
                records.append(replace(stored[key], detail={**stored[key].detail, "judging": judging}))
            else:
                v = fresh[name]
                detail = {"judging": _nothing_asked(wanted), **v.detail}
                records.append(ScoreRecord(name, key, v.value, v.status, v.reason, detail))
        return tuple(records), len(keys) - len(missing)

    async def _make(self, wanted: _Wanted, context: AnswerContext) -> ScoreValue:
        if wanted.score.bounds is not None:
            return await self._climb(wanted, wanted.score.bounds, context)
        return await self._judge(wanted, context)

    async def _climb(
        self, wanted: _Wanted, bounds: tuple[float, float], context: AnswerContext
    ) -> ScoreValue:
        """The ladder: the free score stands where it is sure."""
        free = (await asyncio.to_thread(score_answer, context, [wanted.score.name]))[0]
        low, high = bounds
        if free.value is None or not low <= free.value <= high:
            return replace(free, detail={**free.detail, "escalated": 0})
        judged = await self._judge(wanted, context)
        detail = {**free.detail, **judged.detail, "escalated": 1, "free": round(free.value, 4)}
        asked = f"The free score, {free.value:.2f}, was unsure: {wanted.asking.model.name} was asked."
        return replace(judged, reason=f"{asked} {judged.reason}", detail=detail)

    async def _judge(self, wanted: _Wanted, context: AnswerContext) -> ScoreValue:
        settled = settle_without_asking(wanted.score, context)
        if settled is not None:
            return settled
        tally = Tally()
        try:
            if wanted.score.metric is RUBRIC:
                found = await self._by_rubric(wanted, context, tally)
            else:
                found = await self._by_ragas(wanted, context, tally)
        except JudgeFailed as failed:
            detail = _judging(wanted, tally, attempts=failed.attempts)
            return ScoreValue(wanted.score.name, None, "failed", failed.reason[:500], detail)
        return found

    async def _by_rubric(self, wanted: _Wanted, context: AnswerContext, tally: Tally) -> ScoreValue:
        prompt = rubric_prompt(wanted.score.rubric, context)
        reply = await wanted.asking.ask(prompt, RubricReply, tally)
        language = _other_language(context, reply.reason)
        detail = _judging(wanted, tally, language=language)
        reason = reply.reason[:500] + _said_in(language) + _cut(tally)
        return ScoreValue(wanted.score.name, reply.score, reason=reason, detail=detail)

    async def _by_ragas(self, wanted: _Wanted, context: AnswerContext, tally: Tally) -> ScoreValue:
        metric = wanted.score.metric
        raised: list[BaseException] = []

        async def ask(prompt: str, shape: type[BaseModel], before: int) -> BaseModel:
            # Equal prompts are one call, but where samples are what is wanted.
            sample = before if metric.samples else 0
            check = (lambda reply: _check_question(context, reply)) if metric.samples else None
            try:
                return await wanted.asking.ask(prompt, shape, tally, sample=sample, check=check)
            except BaseException as error:
                raised.append(error)
                raise

        samples = samples_of(wanted.score)
        try:
            measured = await ragas_adapter.measure(metric, context, ask, self._embed, samples=samples)
        except Exception as error:
            if error in raised or isinstance(error, WorkbenchError):
                raise
            reason = f"ragas made nothing of the judge's replies: {type(error).__name__}: {error}"
            raise JudgeFailed(reason, tally.calls) from error
        verdicts = verdicts_of(measured.replies)
        language = _other_language(context, " ".join(f"{v['text']} {v['reason']}" for v in verdicts))
        detail = {**_judging(wanted, tally, language=language), "verdicts": verdicts}
        value = measured.value
        if not math.isfinite(value):
            reason = f"{wanted.asking.model.name} found no statement to judge."
            detail["judging"]["attempts"] = tally.calls
            return ScoreValue(wanted.score.name, None, "failed", reason, detail)
        if metric.samples:  # a cosine, which may lie below 0
            value = min(1.0, max(0.0, value))
        if not -1e-6 <= value <= 1 + 1e-6:
            reason = f"ragas gave {value:g}, which is not within 0 and 1."
            return ScoreValue(wanted.score.name, None, "failed", reason, detail)
        reason = _reason(metric, verdicts) + _said_in(language) + _cut(tally)
        # Rounded: ragas adds 1e-10 to a denominator.
        return ScoreValue(
            wanted.score.name, round(min(1.0, max(0.0, value)), 6), reason=reason, detail=detail
        )

    async def _embed(self, texts: Sequence[str]) -> Any:
        embedded = await self._caller.embed(ENCODER, list(texts), kind=EMBED_KIND)
        return np.asarray(embedded.vectors)


def _nothing_asked(wanted: _Wanted) -> dict[str, Any]:
    return {"judge": wanted.asking.model.name, "key": wanted.judge_key, "calls": 0, "made": 0}


def _judging(wanted: _Wanted, tally: Tally, **more: Any) -> dict[str, Any]:
    """What it took, for the page and for sums: made counts the calls that were new."""
    facts = _nothing_asked(wanted) | {
        "calls": tally.calls,
        "made": tally.made,
        "seconds": round(tally.seconds, 4),
        "cost_usd": tally.cost_usd,
    }
    facts.update({name: value for name, value in more.items() if value is not None})
    return {"judging": facts}


def _reason(metric: JudgedMetric, verdicts: list[dict[str, Any]]) -> str:
    if metric.samples:
        asked = ", ".join(repr(v["text"][:100]) for v in verdicts)
        return f"The answer would answer {asked}." if asked else "It answers no question."
    yes = sum(v["verdict"] for v in verdicts)
    return metric.verdicts.format(of=f"{yes} of {len(verdicts)}")


def _other_language(context: AnswerContext, said: str) -> str | None:
    """The judge's language, where it is known and not that of question and answer."""
    theirs = find_language(said)
    ours = find_language(f"{context.answer or ''} {context.question}")
    return theirs if theirs is not None and ours is not None and theirs != ours else None


def _check_question(context: AnswerContext, reply: BaseModel) -> None:
    """A question in another language resembles none: its cosine would say nothing about the answer."""
    language = _other_language(context, str(getattr(reply, "question", "")))
    if language is not None:
        raise Unusable(f"its question is in {language}, and the answer is not")


def _said_in(language: str | None) -> str:
    return f" The judge answered in {language}." if language else ""


def _cut(tally: Tally) -> str:
    if "usage_disagrees" in tally.flags:
        return " The judge's server counted far fewer tokens than were sent: it may have cut the prompt."
    return ""
