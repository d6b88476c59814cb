"""Selects the answers that a page shows, and counts them: filters as SQL, counts by trial.
Knows nothing about loading answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, func, true
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from workbench.corpus.types import PROBE
from workbench.store.database import Store
from workbench.store.dialects.sql import items_of
from workbench.store.learning.raters import counts
from workbench.store.tables import AnswerRow, ExperimentQuestionRow, RatingRow, ScoreRow, TrialRow


@dataclass(frozen=True)
class WorstFirst:
    """Orders answers by one score, worst first, ties by id. Answers without a value of it are left out."""

    score: str
    """The name of the score."""
    more_is_better: bool = True
    """Whether a higher value is better, so that the lowest comes first."""

    def order(self, scores: type[ScoreRow]) -> tuple[Any, Any]:
        """The ORDER BY columns, of the given score table or alias."""
        columns = (col(scores.value), col(scores.answer_id))
        return columns if self.more_is_better else (columns[0].desc(), columns[1].desc())


@dataclass(frozen=True)
class AnswerFilter:
    """Which answers a page shows. A field that is None does not filter.

    Answers to probes are included only when they are named by part, question or answer id.
    """

    trial_id: str | None = None
    question_id: str | None = None
    part: str | None = None
    """A part of the questions ("search", "holdout"), or "probe"."""
    state: str | None = None
    """The state of the answer: "ok" or "failed"."""
    refused: bool | None = None
    """Whether the answer declines the question."""
    liked: int | None = None
    """The value of a thumb that the answer must have: 1 is up, -1 is down."""
    rater: str | None = None
    """Whose thumbs `liked` looks at; None means anybody's."""
    below: tuple[str, float] | None = None
    """(score name, bound): keeps answers whose score is below the bound."""
    answer_id: int | None = None
    repeat: int | None = None
    """The number of the repeat, from 0."""
    trial_ids: tuple[str, ...] | None = None
    question_ids: tuple[str, ...] | None = None
    question_holds: str | None = None
    """Text that the question must contain, upper or lower case."""
    tag: str | None = None
    """A tag that the question must have."""
    worst_first: WorstFirst | None = None
    """The order in which answers are shown; None means by trial and question."""


def conditions(
    experiment_id: str, answer_filter: AnswerFilter, *, counted: bool = False
) -> list[ColumnElement[bool]]:
    """The WHERE clauses of a filter, for a query that joins answers and trials.

    counted: the query only counts, so every match is visited whatever the order.
    """
    clauses: list[Any] = [col(TrialRow.experiment_id) == experiment_id]
    for column, value in (
        (AnswerRow.trial_id, answer_filter.trial_id),
        (AnswerRow.question_id, answer_filter.question_id),
        (AnswerRow.part, answer_filter.part),
        (AnswerRow.state, answer_filter.state),
        (AnswerRow.refused, answer_filter.refused),
        (AnswerRow.id, answer_filter.answer_id),
        (AnswerRow.repeat, answer_filter.repeat),
    ):
        if value is not None:
            clauses.append(col(column) == value)
    if answer_filter.part is None and answer_filter.answer_id is None and answer_filter.question_id is None:
        clauses.append(col(AnswerRow.part) != PROBE)
    for column, values in (
        (AnswerRow.trial_id, answer_filter.trial_ids),
        (AnswerRow.question_id, answer_filter.question_ids),
    ):
        if values is not None:
            clauses.append(col(column).in_(values))
    if answer_filter.liked is not None:
        rated = select(RatingRow.seen).where(RatingRow.value == answer_filter.liked)
        if answer_filter.rater is not None:
            rated = rated.where(RatingRow.rater == answer_filter.rater)
        else:
            rated = rated.where(counts(RatingRow.rater))
        shown = aliased(AnswerRow)  # looked up from the few rated things, not answer by answer
        clauses.append(col(AnswerRow.id).in_(select(shown.id).where(col(shown.seen).in_(rated))))
    if about := question_clauses(answer_filter.tag, answer_filter.question_holds):
        questions = select(ExperimentQuestionRow.question_id).where(
            ExperimentQuestionRow.experiment_id == experiment_id
        )
        clauses.append(col(AnswerRow.question_id).in_(questions.where(*about)))
    listed = counted and answer_filter.trial_id is None
    if answer_filter.below is not None:
        name, bound = answer_filter.below
        clauses.append(_scored(name, lambda value: value < bound, listed=listed))
    if answer_filter.worst_first is not None:
        clauses.append(
            _scored(answer_filter.worst_first.score, lambda value: value.is_not(None), listed=listed)
        )
    return clauses


def question_clauses(tag: str | None, holds: str | None) -> list[ColumnElement[bool]]:
    """The WHERE clauses of a filter on an experiment's questions.

    tag: a tag that the question must have; None for any.
    holds: text that the question must contain, upper or lower case; None for any.
    """
    clauses: list[ColumnElement[bool]] = []
    if holds is not None:
        clauses.append(col(ExperimentQuestionRow.text).icontains(holds, autoescape=True))
    if tag is not None:
        tags = items_of(ExperimentQuestionRow.tags)
        clauses.append(exists().where(tags.c.value == tag).correlate(ExperimentQuestionRow))
    return clauses


def _scored(name: str, holds: Callable[[Any], ColumnElement[bool]], *, listed: bool) -> ColumnElement[bool]:
    """Answers whose value of this score meets a condition.

    holds: the condition, as SQL on the column of values.
    listed: read every such value of the store from its index in one go. For very many answers this is faster
        than looking each of them up.
    """
    scores = aliased(ScoreRow)
    clauses = (col(scores.name) == name, holds(col(scores.value)))
    if listed:
        return col(AnswerRow.id).in_(select(scores.answer_id).where(*clauses))
    return exists().where(col(scores.answer_id) == col(AnswerRow.id), *clauses)


def locate_worst(
    store: Store, experiment_id: str, answer_filter: AnswerFilter, at: int, count: int = 1
) -> list[int]:
    """The ids of `count` answers from position `at` (from 0), ordered by a score, worst first.

    They are read from the index of score values; the rest of an answer is then looked up by its id.
    """
    assert answer_filter.worst_first is not None
    query = (
        sqlalchemy_select(col(ScoreRow.answer_id))
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(ScoreRow.name) == answer_filter.worst_first.score, col(ScoreRow.value).is_not(None))
        .where(*conditions(experiment_id, replace(answer_filter, worst_first=None)))
        .order_by(*answer_filter.worst_first.order(ScoreRow))
    )
    with store.read() as session:
        return [int(id_) for id_ in session.scalars(query.offset(at).limit(count))]


def find_tags(store: Store, experiment_id: str) -> list[str]:
    """The tags of an experiment's questions, in alphabetical order."""
    tags = items_of(ExperimentQuestionRow.tags)
    query = sqlalchemy_select(tags.c.value).select_from(ExperimentQuestionRow).join(tags, true())
    with store.read() as session:
        of_experiment = query.where(col(ExperimentQuestionRow.experiment_id) == experiment_id)
        return sorted(session.scalars(of_experiment.distinct()))


@dataclass(frozen=True)
class Matches:
    """How many answers match a filter."""

    by_trial: tuple[tuple[str, int], ...]
    """(trial id, number of answers), ordered by the trials' numbers."""

    @property
    def total(self) -> int:
        return sum(count for _, count in self.by_trial)

    def locate(self, at: int) -> tuple[str, int]:
        """The trial of the answer at position `at` (from 0), and the answer's position within that trial.

        Raises IndexError beyond the last answer.
        """
        for trial_id, count in self.by_trial:
            if at < count:
                return trial_id, at
            at -= count
        raise IndexError(at)

    def locate_page(self, at: int, count: int) -> tuple[tuple[str, ...], int]:
        """The trials of `count` answers from position `at`, and how many answers of the first come before.

        No trials beyond the last answer.
        """
        trials: list[str] = []
        before = -1
        for trial_id, answers in self.by_trial:
            if at < answers and count > 0:
                before = at if before < 0 else before
                trials.append(trial_id)
                count -= answers - at
            at = max(0, at - answers)
        return tuple(trials), max(0, before)


def count_matches(store: Store, experiment_id: str, answer_filter: AnswerFilter | None = None) -> Matches:
    """Count the answers that match a filter, by trial; without one, all answers to questions."""
    query = (
        sqlalchemy_select(col(TrialRow.id), func.count())
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(*conditions(experiment_id, answer_filter or AnswerFilter(), counted=True))
        .group_by(col(TrialRow.number), col(TrialRow.id))
        .order_by(col(TrialRow.number))
    )
    with store.read() as session:
        return Matches(tuple((trial_id, int(n)) for trial_id, n in session.execute(query).all()))


@dataclass(frozen=True)
class AnswerCounts:
    """How many answers an experiment has."""

    answers: int = 0
    """Answers to questions, failed ones included."""
    failed: int = 0
    """Answers to questions that failed."""
    probes: int = 0
    """Answers to probes, failed ones included."""
    failed_probes: int = 0
    """Answers to probes that failed."""


def count_experiment_answers(store: Store, experiment_id: str) -> AnswerCounts:
    """Count an experiment's answers, those to probes apart."""
    probe, failed = col(AnswerRow.part) == PROBE, col(AnswerRow.state) == "failed"
    # Four filtered counts in one pass: GROUP BY would sort every answer first.
    query = (
        sqlalchemy_select(*(func.count().filter(c) for c in (~probe, ~probe & failed, probe, probe & failed)))
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id)
    )
    with store.read() as session:
        return AnswerCounts(*session.execute(query).one())
