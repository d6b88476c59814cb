"""Asks train questions with a prompt that an optimisation tries, and the model that reflects on them.
Knows nothing about how prompts are proposed. Only the calls are stored: no trial has these answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.calls.caller import Caller
from workbench.calls.worst_case import worst_cost, worst_usage
from workbench.corpus.types import Injection
from workbench.judges.judge_scores import JudgeScorer
from workbench.pipeline.chat_request import build_request
from workbench.pipeline.corpus_texts import CorpusTexts
from workbench.pipeline.examples import ExamplePool
from workbench.pipeline.prompt_rendering import PromptRoom
from workbench.prompt_optimisation.aim import Aim, write_feedback
from workbench.prompt_optimisation.checks import TrainTexts
from workbench.prompt_optimisation.reflection import as_reflector
from workbench.prompt_optimisation.types import LimitReached, TrainAnswer
from workbench.providers.prices import Prices
from workbench.providers.types import Message
from workbench.run.jobs import AskedJob, Job, build_answers, context_of, prepare_jobs, reply_text
from workbench.run.retrieval_work import Group
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.store.database import Store
from workbench.store.records import CallRecord, ExperimentQuestion, ScoreRecord, TrialRecord

StoredCalls = dict[str, CallRecord]
Ask = Callable[[Job, StoredCalls], Awaitable[tuple[Job, CallRecord | None, bool]]]
"""Asks a job: (the job as it was asked, its call, whether that was stored already)."""


@dataclass(frozen=True)
class Asked:
    """What the answers of a run are asked and scored with."""

    store: Store
    caller: Caller
    prices: Prices
    ask: Ask
    free_scores: Sequence[str]
    """Names of the scores that ask no model."""
    judging: JudgeScorer | None
    texts: CorpusTexts
    injections: Sequence[Injection]
    examples: ExamplePool
    today: str


class TrainAnswers:
    """Answers train questions in one cell. It is the `Asking` of one optimisation.

    trial: of the first prompt in this cell.
    group: the rankings of the questions in this cell.
    """

    def __init__(
        self,
        asked: Asked,
        trial: TrialRecord,
        questions: Sequence[ExperimentQuestion],
        group: Group,
        room: PromptRoom,
        reflector: Model,
        aim: Aim,
        texts: TrainTexts,
    ) -> None:
        self._asked = asked
        self._trial = trial
        self._questions = questions
        self._group = group
        self._room = room
        self._reflector = as_reflector(reflector)
        self._aim = aim
        self._train_texts = texts

    async def answer(
        self, prompt: Prompt, questions: Sequence[int], most_usd: float | None
    ) -> list[TrainAnswer]:
        """See Asking."""
        items = [self._questions[number] for number in questions]
        jobs, stored = await asyncio.to_thread(self._prepare, prompt, items)
        answers: list[TrainAnswer] = []
        while len(answers) < len(jobs):
            spent = sum(answer.cost_usd for answer in answers)
            left = None if most_usd is None else most_usd - spent
            wave = self._take(jobs[len(answers) :], left)
            # Not cancelled at the first error: calls in flight are paid for and must be committed.
            found = await asyncio.gather(*(self._answer(job, stored) for job in wave), return_exceptions=True)
            for one in found:
                if isinstance(one, BaseException):
                    raise one
                answers.append(one)
        return answers

    def _take(self, jobs: Sequence[Job], left: float | None) -> Sequence[Job]:
        """The first jobs whose worst cases fit into what is left, in order: the same ones when it is done
        again."""
        if left is None:
            return jobs
        fitting, worst = 0, 0.0
        for job in jobs:
            model = self._trial.config.model
            worst += worst_cost(self._asked.prices, model, worst_usage(job.request)) if job.request else 0.0
            if worst > left:
                break
            fitting += 1
        if not fitting:
            _require(worst, left, "an answer")
        return jobs[:fitting]

    def _prepare(self, prompt: Prompt, items: Sequence[ExperimentQuestion]) -> tuple[list[Job], StoredCalls]:
        asked = self._asked
        trial = replace(self._trial, id="", config=replace(self._trial.config, prompt=prompt))
        jobs, stored = prepare_jobs(
            asked.store, trial, items, 1, asked.today, self._group.keys, asked.texts, self._group.problems,
            (), asked.injections, self._room, asked.examples,
        )  # fmt: skip
        self._train_texts.add_passages(passage.text for job in jobs for passage in job.passages)
        return jobs, stored

    async def _answer(self, job: Job, stored: Mapping[str, CallRecord]) -> TrainAnswer:
        job, call, reused = await self._asked.ask(job, dict(stored))
        asked = AskedJob(job, call, reused)
        [(answer, _)] = await asyncio.to_thread(
            build_answers, self._asked.store, self._asked.free_scores, [asked]
        )
        scores, text = list(answer.scores), reply_text(call)
        if self._asked.judging is not None:
            judged, _ = await self._asked.judging.score(context_of(job, text))
            scores += judged
        value = 0.0 if text is None else self._aim.value(scores)
        feedback = write_feedback(text, job.question.answers, scores)
        return TrainAnswer(job.question.text, text, value, feedback, _cost(call, scores))

    async def reflect(
        self, messages: tuple[Message, ...], repeat: int, most_usd: float | None
    ) -> tuple[str, float]:
        """See Asking."""
        request = build_request(self._reflector, messages, repeat)
        _require(
            worst_cost(self._asked.prices, self._reflector, worst_usage(request)), most_usd, "a reflection"
        )
        record, _ = await self._asked.caller.call(self._reflector, request, kind="reflect", repeat=repeat)
        return record.text if record.outcome == "ok" else "", record.cost_usd or 0.0


def _require(worst: float, most_usd: float | None, what: str) -> None:
    if most_usd is not None and worst > most_usd:
        raise LimitReached(
            f"The budget of this optimisation leaves ${max(0.0, most_usd):.4g}, "
            f"and {what} may cost ${worst:.4g}."
        )


def _cost(call: CallRecord | None, scores: Sequence[ScoreRecord]) -> float:
    """US dollars of an answer and of judging it, as if nothing had been stored."""
    judging = (score.detail.get("judging", {}).get("cost_usd") or 0.0 for score in scores)
    return (call.cost_usd or 0.0 if call else 0.0) + sum(judging)
