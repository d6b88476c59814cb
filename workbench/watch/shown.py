"""Gives a served request the form in which answers of experiments are shown, so that all look alike.
Knows nothing about pages."""

from __future__ import annotations

from workbench.corpus.types import Question
from workbench.store.records import AnswerRecord, ScoreRecord
from workbench.store.serving.records import ServedRequest, Service

PART = "served"
"""The part of the questions to which a served one belongs: to none of an experiment."""


def as_answer(request: ServedRequest, service: Service) -> AnswerRecord:
    """Return the request as an answer. It belongs to no experiment, and its passages have no scores."""
    return AnswerRecord(
        id=0,
        experiment_id="",
        trial_id="",
        trial_name=service.name,
        question=Question(request.id, request.question, history=request.history),
        part=PART,
        repeat=0,
        state="ok" if request.state == "ok" else "failed",
        error=request.error or "The client hung up before the answer was whole.",
        flags=request.flags,
        refused=request.refused,
        reused=request.cached,
        text=request.answer,
        thinking="",
        passages=request.passages,
        passage_scores=(),
        scores=tuple(
            ScoreRecord(score.name, "", score.value, score.status, score.reason, score.detail)
            for score in request.scores
        ),
        seen=request.seen,
        cost_usd=request.cost_usd,
        seconds=request.seconds,
        input_tokens=request.input_tokens,
        output_tokens=request.output_tokens,
        thinking_tokens=0,
    )
