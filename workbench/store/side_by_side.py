"""Reads several trials' answers side by side, question by question: scores and texts.
Knows nothing about which differences matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.store.call_texts import answer_columns, read_answer
from workbench.store.database import Store
from workbench.store.summaries import mean_scores
from workbench.store.tables import AnswerRow, CallRow, ExperimentQuestionRow


@dataclass(frozen=True)
class Compared:
    """The answers of several trials, by question."""

    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    """Question id → trial id → the score, a mean over repeats."""
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Question id → trial id → the text of the first repeat; "" for a failed answer."""
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Question id → the question's tags."""
    texts: dict[str, str] = field(default_factory=dict)
    """Question id → the question's text."""


def compare_by_question(store: Store, experiment_id: str, trial_ids: Sequence[str], score: str) -> Compared:
    """Read the answers of these trials to the search questions. For a cost, `scores` is empty."""
    compared = Compared()
    searched = (col(AnswerRow.trial_id).in_(trial_ids), col(AnswerRow.part) == "search")
    with store.read() as session:
        means = mean_scores(session, "search", [score], col(AnswerRow.trial_id).in_(trial_ids))
        for trial_id, question_id, _, value in means:
            compared.scores.setdefault(question_id, {})[trial_id] = value
        shown = sqlalchemy_select(col(AnswerRow.question_id), col(AnswerRow.trial_id), *answer_columns())
        shown = shown.outerjoin(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
        for question_id, trial_id, text, is_old in session.execute(
            shown.where(*searched, col(AnswerRow.repeat) == 0)
        ).all():
            compared.answers.setdefault(question_id, {})[trial_id] = read_answer(text, is_old)
        questions = select(ExperimentQuestionRow).where(ExperimentQuestionRow.experiment_id == experiment_id)
        for row in session.exec(questions):
            compared.tags[row.question_id] = tuple(row.tags)
            compared.texts[row.question_id] = row.text
    return compared
