"""Stores the questions of experiments as they were when each experiment was created.
Knows nothing about where a corpus keeps its questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from workbench.corpus.questions import source_to_json
from workbench.corpus.types import PROBE, AskedQuestion, Evidence, History, Question, QuestionSource, Turn
from workbench.store.database import Store
from workbench.store.ledger import batched
from workbench.store.records import ExperimentQuestion, QuestionHeader
from workbench.store.tables import ExperimentQuestionRow, ExperimentRow, TrialRow


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
        "history": history_values(question.history),
        "is_draft": question.is_draft,
        "filter": None if question.filter is None else dict(question.filter),
    }


def history_values(history: History) -> list[list[str]]:
    """Earlier turns as a column holds them."""
    return [[turn.role, turn.text] for turn in history]


def read_history(values: Iterable[Sequence[str]]) -> History:
    """The earlier turns that a column holds."""
    return tuple(Turn(role, text) for role, text in values)  # type: ignore[arg-type]


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
        history=read_history(row.history),
        is_draft=row.is_draft,
        filter=row.filter,
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


def count_questions(store: Store, experiment_id: str, part: str) -> tuple[int, int | None]:
    """(questions of a part, groups that they fall into, or None where each stands alone)."""
    row = ExperimentQuestionRow
    clusters = func.count(func.distinct(func.nullif(row.cluster, "")))
    alone = func.count(case((col(row.cluster) == "", 1)))
    query = select(func.count(), clusters + alone).where(row.experiment_id == experiment_id, row.part == part)
    with store.read() as session:
        questions, groups = session.exec(query).one()
    return questions, groups if groups < questions else None


def get_question_headers(store: Store, experiment_id: str) -> list[QuestionHeader]:
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
            QuestionHeader(id_, part, cluster or id_, source and QuestionSource(**source), is_draft)
            for id_, part, cluster, source, is_draft in session.execute(query).all()
        ]


def get_tags(store: Store, experiment_id: str) -> dict[str, list[str]]:
    """Question id → its tags, for the questions of an experiment that have some."""
    row = ExperimentQuestionRow
    query = select(row.question_id, row.tags).where(row.experiment_id == experiment_id, row.part != PROBE)
    with store.read() as session:
        return {id_: list(tags) for id_, tags in session.exec(query) if tags}


def get_clusters(store: Store, experiment_id: str) -> dict[str, str]:
    """Question id → the name of its cluster, for the questions of an experiment that have one."""
    return _read_clusters(store, col(ExperimentQuestionRow.experiment_id) == experiment_id)


def get_clusters_of_trial(store: Store, trial_id: str) -> dict[str, str]:
    """The same for the experiment of a trial."""
    experiment = select(TrialRow.experiment_id).where(TrialRow.id == trial_id).scalar_subquery()
    return _read_clusters(store, col(ExperimentQuestionRow.experiment_id) == experiment)


def _read_clusters(store: Store, condition: ColumnElement[bool]) -> dict[str, str]:
    row = ExperimentQuestionRow
    query = select(row.question_id, row.cluster).where(condition, row.part != PROBE, row.cluster != "")
    with store.read() as session:
        return dict(session.exec(query).all())


def find_known(
    store: Store, questions: Iterable[AskedQuestion]
) -> dict[AskedQuestion, tuple[str, str | None]]:
    """What is asked → (id, group), for questions of any experiment; of several, the newest experiment's.

    A filter of documents makes no difference: the question is the same.
    """
    asked = set(questions)
    known: dict[AskedQuestion, tuple[str, str | None]] = {}
    row = ExperimentQuestionRow
    with store.read() as session:
        for batch in batched(dict.fromkeys(question.text for question in asked)):
            query = (
                select(row.text, row.history, row.question_id, row.group)
                .join(ExperimentRow)
                .where(col(row.text).in_(batch), row.part != PROBE)
                .order_by(col(ExperimentRow.created_at))
            )
            for text, history, question_id, group in session.exec(query):
                known[AskedQuestion(text, read_history(history))] = (question_id, group)
    plain = {question: replace(question, filter="") for question in asked}
    return {question: known[same] for question, same in plain.items() if same in known}


def list_asked(store: Store) -> list[tuple[Question, str]]:
    """The questions that any experiment asks, each with its part, without probes; every wording once."""
    row = ExperimentQuestionRow
    query = select(row).where(col(row.part) != PROBE).order_by(col(row.experiment_id), col(row.position))
    with store.read() as session:
        rows = session.exec(query)
        found = {(r.question_id, r.text, r.part): (question_from_row(r), r.part) for r in rows}
    return list(found.values())
