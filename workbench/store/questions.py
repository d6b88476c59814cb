"""Stores the questions of experiments as they were when each experiment was created.
Knows nothing about where a corpus keeps its questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from workbench.corpus.questions import source_to_json
from workbench.corpus.types import PROBE, Evidence, Question, QuestionSource, Turn
from workbench.store.database import Store
from workbench.store.ledger import batched
from workbench.store.records import AskedQuestion, ExperimentQuestion
from workbench.store.tables import ExperimentQuestionRow, ExperimentRow


def question_values(experiment_id: str, item: ExperimentQuestion) -> dict[str, Any]:
    """The columns of a question's row."""
    question = item.question
    return {
        "experiment_id": experiment_id,
        "question_id": question.id,
        "position": item.position,
        "part": item.part,
        "text": question.text,
        "answers": list(question.answers),
        "evidence": [e.as_row() for e in question.evidence],
        "answerable": question.answerable,
        "tags": list(question.tags),
        "source": None if question.source is None else source_to_json(question.source),
        "group": question.group,
        "cluster": item.cluster,
        "history": [[turn.role, turn.text] for turn in question.history],
        "is_draft": question.is_draft,
    }


def question_from_row(row: ExperimentQuestionRow) -> Question:
    """The question that a row holds."""
    return Question(
        id=row.question_id,
        text=row.text,
        answers=tuple(row.answers),
        evidence=tuple(Evidence.from_row(item) for item in row.evidence),
        answerable=row.answerable,
        tags=tuple(row.tags),
        source=None if row.source is None else QuestionSource(**row.source),
        group=row.group,
        history=tuple(Turn(role, text) for role, text in row.history),  # type: ignore[arg-type]
        is_draft=row.is_draft,
    )


def get_questions(store: Store, experiment_id: str) -> list[ExperimentQuestion]:
    """The questions of an experiment in their order, probes last."""
    query = (
        select(ExperimentQuestionRow)
        .where(ExperimentQuestionRow.experiment_id == experiment_id)
        .order_by(col(ExperimentQuestionRow.position))
    )
    with store.read() as session:
        return [
            ExperimentQuestion(question_from_row(row), row.part, row.position, row.cluster)
            for row in session.exec(query)
        ]


def get_asked(store: Store, experiment_id: str) -> list[AskedQuestion]:
    """The questions of an experiment in their order, without their texts and without probes."""
    row = ExperimentQuestionRow
    columns = (row.question_id, row.part, row.cluster, row.source, row.is_draft)
    query = (
        sqlalchemy_select(*map(col, columns))
        .where(col(row.experiment_id) == experiment_id, col(row.part) != PROBE)
        .order_by(col(row.position))
    )
    with store.read() as session:
        return [
            AskedQuestion(id_, part, cluster or id_, source and QuestionSource(**source), is_draft)
            for id_, part, cluster, source, is_draft in session.execute(query).all()
        ]


def find_question_ids(store: Store, texts: Iterable[str]) -> dict[str, str]:
    """Question text → id, for questions of any experiment; of several ids, the newest experiment's."""
    question_ids: dict[str, str] = {}
    with store.read() as session:
        for batch in batched(dict.fromkeys(texts)):
            query = (
                select(ExperimentQuestionRow.text, ExperimentQuestionRow.question_id)
                .join(ExperimentRow)
                .where(col(ExperimentQuestionRow.text).in_(batch), ExperimentQuestionRow.part != PROBE)
                .order_by(col(ExperimentRow.created_at))
            )
            question_ids.update(session.exec(query).all())
    return question_ids
