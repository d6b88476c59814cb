"""Reads how much the trials of an experiment differ on each selection question, summed up in SQL.
Knows nothing about which values are right, or which differences matter."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.failed_answers import was_answered
from workbench.store.figures import Spread
from workbench.store.tables import AnswerRow, ScoreRow, TrialRow


def get_spreads(store: Store, experiment_id: str, score: str) -> list[Spread]:
    """The spread of a score on each selection question that has one."""
    value = col(ScoreRow.value)
    of_trial = (
        sqlalchemy_select(
            col(AnswerRow.question_id).label("question_id"),
            func.count(value).label("answers"),
            func.sum(value).label("total"),
            func.sum(value * value).label("squares"),
        )
        .join(ScoreRow, col(ScoreRow.answer_id) == col(AnswerRow.id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(
            col(TrialRow.experiment_id) == experiment_id,
            col(AnswerRow.part) == "search",
            col(ScoreRow.name) == score,
            col(ScoreRow.status) == "ok",
            was_answered(),
        )
        .group_by(col(AnswerRow.trial_id), col(AnswerRow.question_id))
        .having(func.count(value) > 0)
        .cte("of_trial")
    )
    c = of_trial.c
    mean = c.total / c.answers
    query = sqlalchemy_select(
        c.question_id,
        func.count(),
        func.sum(c.answers),
        func.min(mean),
        func.max(mean),
        func.sum(c.total * c.total / c.answers) - func.sum(c.total) * func.sum(c.total) / func.sum(c.answers),
        func.sum(c.squares) - func.sum(c.total * c.total / c.answers),
    ).group_by(c.question_id)
    with store.read() as session:
        return [
            Spread(question, trials, int(answers), lowest, highest, max(0.0, between), max(0.0, within))
            for question, trials, answers, lowest, highest, between, within in session.execute(query).all()
        ]
