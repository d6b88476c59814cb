"""Lists a page of the answers that match a filter, to choose one: question, configuration and a few scores.
Knows nothing about passages, calls or the texts of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from workbench.corpus.conversation import as_line
from workbench.corpus.types import AskedQuestion
from workbench.store.answer_filters import AnswerFilter, Matches, conditions, locate_worst
from workbench.store.database import Store
from workbench.store.questions import read_history
from workbench.store.tables import AnswerRow, ExperimentQuestionRow, ScoreRow, TrialRow

PAGE = 50


@dataclass(frozen=True)
class ListedAnswer:
    """One line of the list."""

    answer_id: int
    question: str
    """The question's text."""
    trial_name: str
    state: str
    """The state of the answer: "ok" or "failed"."""
    scores: dict[str, tuple[float | None, str]]
    """Score's name → (value, status), for the scores that were asked for and that the answer has."""


def list_answers(
    store: Store,
    experiment_id: str,
    answer_filter: AnswerFilter,
    matches: Matches,
    at: int,
    scores: Sequence[str],
    count: int = PAGE,
) -> list[ListedAnswer]:
    """Return up to `count` answers from position `at` (from 0), in the filter's order.

    matches: the filter's, so that only the trials on this page are searched.
    """
    if answer_filter.worst_first is not None:
        ids = locate_worst(store, experiment_id, answer_filter, at, count)
    else:
        ids = _locate(store, experiment_id, answer_filter, matches, at, count)
    return _describe(store, experiment_id, ids, scores)


def _locate(
    store: Store, experiment_id: str, answer_filter: AnswerFilter, matches: Matches, at: int, count: int
) -> list[int]:
    trials, before = matches.locate_page(at, count)
    of_page = replace(answer_filter, trial_ids=trials)
    query = (
        sqlalchemy_select(col(AnswerRow.id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(ExperimentQuestionRow, _asked(experiment_id))
        .where(*conditions(experiment_id, of_page))
        .order_by(col(TrialRow.number), col(ExperimentQuestionRow.position), col(AnswerRow.repeat))
        .offset(before)
        .limit(count)
    )
    with store.read() as session:
        return list(session.scalars(query))


def _asked(experiment_id: str) -> ColumnElement[bool]:
    """The condition that joins an answer with its question."""
    return (col(ExperimentQuestionRow.experiment_id) == experiment_id) & (
        col(ExperimentQuestionRow.question_id) == col(AnswerRow.question_id)
    )


def _describe(
    store: Store, experiment_id: str, ids: Sequence[int], scores: Sequence[str]
) -> list[ListedAnswer]:
    described = (
        sqlalchemy_select(
            col(AnswerRow.id),
            col(ExperimentQuestionRow.text),
            col(ExperimentQuestionRow.history),
            col(TrialRow.name),
            col(AnswerRow.state),
        )
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(ExperimentQuestionRow, _asked(experiment_id))
        .where(col(AnswerRow.id).in_(ids))
    )
    scored = select(ScoreRow.answer_id, ScoreRow.name, ScoreRow.value, ScoreRow.status).where(
        col(ScoreRow.answer_id).in_(ids), col(ScoreRow.name).in_(scores)
    )
    with store.read() as session:
        values: dict[int, dict[str, tuple[float | None, str]]] = {}
        for answer_id, name, value, status in session.execute(scored):
            values.setdefault(answer_id, {})[name] = (value, status)
        rows = {
            id_: (as_line(AskedQuestion(text, read_history(history))), trial, state)
            for id_, text, history, trial, state in session.execute(described).all()
        }
    return [ListedAnswer(id_, *rows[id_], values.get(id_, {})) for id_ in ids if id_ in rows]
