"""Asks a winner's canaries again, each answer stored as soon as it is there.
Knows nothing about what the answers say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.corpus.question_rows import LostEvidence
from workbench.corpus.questions import read_question_rows
from workbench.corpus.types import Document, Question
from workbench.errors import InputError, ProviderError, Stopped
from workbench.parts.registry import free_scores
from workbench.pipeline.asker import Asker
from workbench.pipeline.passages import chunk_to_record
from workbench.scoring.refusal import is_refusal
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext
from workbench.ship.kept_questions import SCORE_DIGITS, Canaries
from workbench.ship.serving import LivePipeline, Served
from workbench.space.config import Config
from workbench.store.database import Store
from workbench.store.failed_answers import EMPTY_KIND
from workbench.store.serving.checks import add_canary_answer
from workbench.store.serving.records import CanaryAnswer

AT_ONCE = 8
"""So many canaries are asked at the same time; the model's own limits may be lower."""
_REPEATS_OF_CHECKS = 1_000_000
_REPEATS_PER_CHECK = 10


@dataclass(frozen=True)
class ReadCanaries:
    """The canaries of a winner as questions about the documents as they are now."""

    questions: Mapping[str, Question]
    """By id. Evidence that is gone is left out."""
    lost: tuple[LostEvidence, ...]
    """The evidence that is gone; `line` counts the canaries from 1."""

    @classmethod
    def of(cls, canaries: Canaries | None, documents: Sequence[Document]) -> ReadCanaries:
        """Read them. Raises InputError for one that cannot be asked, because somebody edited the file."""
        rows = [canary.question for canary in canaries.questions] if canaries else []
        read = read_question_rows(rows, documents)
        if len(read.questions) < len(rows):
            wrong = next(problem for problem in read.problems if problem.severity == "error")
            raise InputError(f"The winner's file has a canary that cannot be asked: {wrong.what}.")
        return cls({question.id: question for _, question in read.questions}, read.lost)


def repeat_of(check_id: int, repeat: int) -> int:
    """The repeat under which a check's calls are stored: its own, so that no stored reply answers it, but
    those of the same check that was interrupted."""
    return _REPEATS_OF_CHECKS + check_id * _REPEATS_PER_CHECK + repeat


async def ask_canaries(
    store: Store,
    check_id: int,
    pipeline: LivePipeline,
    asker: Asker,
    todo: Sequence[tuple[Question, int]],
    *,
    today: str,
    scores: Sequence[str],
    on_answer: Callable[[], None],
) -> None:
    """Ask questions and store their answers.

    todo: (question, repeat of the check).
    today: the date that prompts show.
    scores: the names of the free scores that are computed.
    on_answer: called after each.

    Raises Stopped when the budget is spent or the models cannot be asked: what was answered is stored.
    """
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(question: Question, repeat: int) -> None:
        async with free:
            answer = await _ask(pipeline, asker, question, repeat, repeat_of(check_id, repeat), today, scores)
        await asyncio.to_thread(add_canary_answer, store, check_id, answer)
        on_answer()

    if not todo:
        return
    await ask(*todo[0])  # alone: it may index the documents, and meets what is wrong with the model
    # No task is cancelled for another's failure: what was sent is paid for, so its answer is stored.
    ended = await asyncio.gather(*(ask(*one) for one in todo[1:]), return_exceptions=True)
    failures = [error for error in ended if isinstance(error, BaseException)]
    if failures:
        raise next((error for error in failures if not isinstance(error, Stopped)), failures[0])


async def _ask(
    pipeline: LivePipeline,
    asker: Asker,
    question: Question,
    repeat: int,
    stored_repeat: int,
    today: str,
    scores: Sequence[str],
) -> CanaryAnswer:
    try:
        served = await pipeline.answer(question.asked, asker, repeat=stored_repeat, today=today)
    except ProviderError as error:
        if error.kind != EMPTY_KIND:
            return CanaryAnswer(question.id, "failed", error=str(error), repeat=repeat)
        values = _score(pipeline.config, question, "", None, scores)  # an empty reply is an answer, a bad one
        return CanaryAnswer(question.id, "ok", scores=values, repeat=repeat)
    values = await asyncio.to_thread(_score, pipeline.config, question, served.text, served, scores)
    return CanaryAnswer(
        question.id,
        "ok",
        request=served.request,
        answer=served.text,
        refused=is_refusal(served.text),
        passages=tuple(chunk_to_record(hit.chunk).key for hit in served.hits),
        scores=values,
        served_model=served.served_model,
        cost_usd=served.cost_usd,
        tokens=served.usage.input + served.usage.output,
        seconds=served.seconds,
        repeat=repeat,
    )


def _score(
    config: Config, question: Question, text: str, served: Served | None, names: Sequence[str]
) -> dict[str, float]:
    """The free scores that have a value, computed as in an experiment."""
    context = AnswerContext(
        question=question.text,
        history=question.history,
        answer=text,
        passages=tuple(chunk_to_record(hit.chunk) for hit in served.hits) if served else (),
        references=question.answers,
        evidence=question.evidence,
        answerable=question.answerable,
        instructions=config.instructions,
    )
    known = free_scores()
    values = score_answer(context, [name for name in names if name in known])
    return {v.name: round(v.value, SCORE_DIGITS) for v in values if v.value is not None}
