"""Which answers a page shows, and how many there are: filters as SQL, counts by trial.
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
from workbench.store.tables import AnswerRow, ExperimentQuestionRow, RatingRow, ScoreRow, TrialRow


@dataclass(frozen=True)
class WorstFirst:
    """The order of a score, the worst first, equal ones by id. Answers without a value of it are left out."""

    score: str
    more_is_better: bool = True

    def order(self, scores: type[ScoreRow]) -> tuple[Any, Any]:
        columns = (col(scores.value), col(scores.answer_id))
        return columns if self.more_is_better else (columns[0].desc(), columns[1].desc())


@dataclass(frozen=True)
class AnswerFilter:
    """Which answers a page shows. `below` keeps those whose score of that name is under its bound.

    rater: whose thumbs `liked` (1, -1) looks at; None means anybody's.  question_holds: words as they stand.
    worst_first: the order they are shown in, instead of that of trials and questions.
    Answers to probes are among them only when asked for, as a part or by id.
    """

    trial_id: str | None = None
    question_id: str | None = None
    part: str | None = None
    state: str | None = None
    refused: bool | None = None
    liked: int | None = None
    rater: str | None = None
    below: tuple[str, float] | None = None
    answer_id: int | None = None
    repeat: int | None = None
    trial_ids: tuple[str, ...] | None = None
    question_ids: tuple[str, ...] | None = None
    question_holds: str | None = None
    tag: str | None = None
    worst_first: WorstFirst | None = None


def conditions(
    experiment_id: str, wanted: AnswerFilter, *, counted: bool = False
) -> list[ColumnElement[bool]]:
    """counted: only how many there are is asked, so all that fit are looked at whatever the order."""
    found: list[Any] = [col(TrialRow.experiment_id) == experiment_id]
    for column, value in (
        (AnswerRow.trial_id, wanted.trial_id),
        (AnswerRow.question_id, wanted.question_id),
        (AnswerRow.part, wanted.part),
        (AnswerRow.state, wanted.state),
        (AnswerRow.refused, wanted.refused),
        (AnswerRow.id, wanted.answer_id),
        (AnswerRow.repeat, wanted.repeat),
    ):
        if value is not None:
            found.append(col(column) == value)
    if wanted.part is None and wanted.answer_id is None and wanted.question_id is None:
        found.append(col(AnswerRow.part) != PROBE)
    for column, values in (
        (AnswerRow.trial_id, wanted.trial_ids),
        (AnswerRow.question_id, wanted.question_ids),
    ):
        if values is not None:
            found.append(col(column).in_(values))
    if wanted.liked is not None:
        rated = select(RatingRow.seen).where(RatingRow.value == wanted.liked)
        if wanted.rater is not None:
            rated = rated.where(RatingRow.rater == wanted.rater)
        own = aliased(AnswerRow)  # looked up by what was seen, few, and not for each answer
        found.append(col(AnswerRow.id).in_(select(own.id).where(col(own.seen).in_(rated))))
    asked = select(ExperimentQuestionRow.question_id).where(
        ExperimentQuestionRow.experiment_id == experiment_id
    )
    if wanted.question_holds is not None:
        holds = col(ExperimentQuestionRow.text).icontains(wanted.question_holds, autoescape=True)
        found.append(col(AnswerRow.question_id).in_(asked.where(holds)))
    if wanted.tag is not None:
        tags = func.json_each(ExperimentQuestionRow.tags).table_valued("value")
        tagged = exists().where(tags.c.value == wanted.tag).correlate(ExperimentQuestionRow)
        found.append(col(AnswerRow.question_id).in_(asked.where(tagged)))
    listed = counted and wanted.trial_id is None
    if wanted.below is not None:
        name, bound = wanted.below
        found.append(_scored(name, lambda value: value < bound, listed=listed))
    if wanted.worst_first is not None:
        found.append(_scored(wanted.worst_first.score, lambda value: value.is_not(None), listed=listed))
    return found


def _scored(name: str, holds: Callable[[Any], ColumnElement[bool]], *, listed: bool) -> ColumnElement[bool]:
    """Answers with a value of this score of which something holds. listed: every such value in the store is
    read from their index in one go, which for very many answers is less than to look at each one's."""
    own = aliased(ScoreRow)
    found = (col(own.name) == name, holds(col(own.value)))
    if listed:
        return col(AnswerRow.id).in_(select(own.answer_id).where(*found))
    return exists().where(col(own.answer_id) == col(AnswerRow.id), *found)


def locate_worst(store: Store, experiment_id: str, wanted: AnswerFilter, at: int) -> int:
    """The id of the answer at a place from 0 in the order of a score, read from the index of its values: all
    else of an answer is looked up by that id."""
    assert wanted.worst_first is not None
    query = (
        sqlalchemy_select(col(ScoreRow.answer_id))
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(ScoreRow.name) == wanted.worst_first.score, col(ScoreRow.value).is_not(None))
        .where(*conditions(experiment_id, replace(wanted, worst_first=None)))
        .order_by(*wanted.worst_first.order(ScoreRow))
    )
    with store.read() as session:
        return int(session.scalars(query.offset(at).limit(1)).one())


def find_tags(store: Store, experiment_id: str) -> list[str]:
    """The tags of an experiment's questions, in order of the alphabet."""
    tags = func.json_each(ExperimentQuestionRow.tags).table_valued("value")
    query = sqlalchemy_select(tags.c.value).select_from(ExperimentQuestionRow).join(tags, true())
    with store.read() as session:
        of_experiment = query.where(col(ExperimentQuestionRow.experiment_id) == experiment_id)
        return sorted(session.scalars(of_experiment.distinct()))


@dataclass(frozen=True)
class Matches:
    """How many answers fit a filter: (trial id, answers), trials in order of number."""

    by_trial: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.by_trial)

    def locate(self, at: int) -> tuple[str, int]:
        """The trial that holds the answer at a place from 0, and how many of its answers come before it."""
        for trial_id, count in self.by_trial:
            if at < count:
                return trial_id, at
            at -= count
        raise IndexError(at)


def count_matches(store: Store, experiment_id: str, wanted: AnswerFilter | None = None) -> Matches:
    query = (
        sqlalchemy_select(col(TrialRow.id), func.count())
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(*conditions(experiment_id, wanted or AnswerFilter(), counted=True))
        .group_by(col(TrialRow.number), col(TrialRow.id))
        .order_by(col(TrialRow.number))
    )
    with store.read() as session:
        return Matches(tuple((trial_id, int(n)) for trial_id, n in session.execute(query).all()))


@dataclass(frozen=True)
class Tally:
    """Of an experiment. answers, failed: of questions; the others: of probes."""

    answers: int = 0
    failed: int = 0
    probes: int = 0
    failed_probes: int = 0


def tally_answers(store: Store, experiment_id: str) -> Tally:
    probe, failed = col(AnswerRow.part) == PROBE, col(AnswerRow.state) == "failed"
    # Counts beside each other: grouping would sort every answer first.
    query = (
        sqlalchemy_select(*(func.count().filter(c) for c in (~probe, ~probe & failed, probe, probe & failed)))
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id)
    )
    with store.read() as session:
        return Tally(*session.execute(query).one())
