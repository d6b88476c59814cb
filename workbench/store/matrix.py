"""Reads questions × trials: what some trials scored on each question, filtered, ordered and counted in SQL.
Knows nothing about which value is right: a `Scale` says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, false, func, literal_column, true
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from workbench.corpus.types import PROBE
from workbench.space.experiment import COST_MEASURES, LIKED
from workbench.store.answer_filters import question_clauses
from workbench.store.cost_values import cost_value
from workbench.store.database import Store
from workbench.store.failed_answers import was_answered
from workbench.store.learning.raters import counts
from workbench.store.matrix_types import (
    EQUAL_WITHIN,
    SHOWS,
    Cell,
    Column,
    MatrixFilter,
    Order,
    Row,
    Scale,
    Show,
)
from workbench.store.questions import read_history
from workbench.store.tables import AnswerRow, CallRow, ExperimentQuestionRow, RatingRow, ScoreRow

GROUNDING = "grounding"


def _base_id() -> ColumnElement[str]:
    """As SQL on answers: the question, for a probe the one it varies: what stands before its last "~"."""
    question = col(AnswerRow.question_id)
    # rtrim takes off all characters but "~" from the end; SQLite has no function that finds the last one.
    until = func.rtrim(question, func.replace(question, "~", ""))
    base = func.substr(until, literal_column("1"), func.length(until) - literal_column("1"))
    return case((col(AnswerRow.part) == PROBE, base), else_=question)


def _value(scale: Scale) -> ColumnElement[Any]:
    """As SQL on answers and their score: the value that counts, or NULL. Of `liked` it is the share of thumbs
    up on what the answer shows."""
    if scale.name == LIKED:
        thumb = sqlalchemy_select(func.avg((col(RatingRow.value) + 1) / 2.0))
        return thumb.where(
            col(RatingRow.seen) == col(AnswerRow.seen), counts(RatingRow.rater)
        ).scalar_subquery()
    if scale.name not in COST_MEASURES:
        return case((and_(col(ScoreRow.status) == "ok", was_answered()), col(ScoreRow.value)))
    counted = and_(col(AnswerRow.state) == "ok", col(AnswerRow.part) != PROBE)
    return case((counted, cost_value(scale.name)))


def _cells(trial_ids: Sequence[str], scale: Scale, question_ids: Sequence[str] | None = None) -> CTE:
    """One row per trial and question: the mean over repeats and probes, and counts of answers."""
    answer, grounding = AnswerRow, aliased(ScoreRow)
    value, is_probe = _value(scale), col(answer.part) == PROBE
    thumbs = {
        sign: col(answer.seen).in_(
            select(RatingRow.seen).where(RatingRow.value == sign, counts(RatingRow.rater))
        )
        for sign in (1, -1)
    }

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((and_(~is_probe, condition), 1), else_=0)), 0)

    found: Any = (
        sqlalchemy_select(
            col(answer.trial_id).label("trial_id"),
            _base_id().label("question_id"),
            (func.sum(value) / func.count(value)).label("value"),
            count(true()).label("answers"),
            count(~was_answered()).label("failed"),
            count(col(ScoreRow.status) == "not_applicable").label("not_applicable"),
            count(col(grounding.value) < scale.ungrounded_below).label("ungrounded"),
            count(thumbs[1]).label("liked"),
            count(thumbs[-1]).label("disliked"),
        )
        .outerjoin(
            ScoreRow, and_(col(ScoreRow.answer_id) == col(answer.id), col(ScoreRow.name) == scale.name)
        )
        .outerjoin(
            grounding,
            and_(col(grounding.answer_id) == col(answer.id), col(grounding.name) == GROUNDING),
        )
        .where(col(answer.trial_id).in_(trial_ids), col(answer.part).in_(("search", PROBE)))
        .group_by(col(answer.trial_id), _base_id())
    )
    if question_ids is not None:
        found = found.where(_base_id().in_(question_ids))
    cells: CTE = found.cte("cell")
    return cells


@dataclass(frozen=True)
class _Compared:
    """The cells with what they are compared with, as SQL: conditions on one cell."""

    cell: CTE
    joined: Any
    """The cells, each with the first trial's cell of the same question."""
    right: ColumnElement[bool]
    wrong: ColumnElement[bool]
    gain: ColumnElement[Any]
    """The difference from the first trial, positive for better; NULL for the first trial's own."""

    @property
    def better(self) -> ColumnElement[bool]:
        return self.gain > EQUAL_WITHIN

    @property
    def worse(self) -> ColumnElement[bool]:
        return self.gain < -EQUAL_WITHIN

    @property
    def same(self) -> ColumnElement[bool]:
        return func.abs(self.gain) <= EQUAL_WITHIN


def _compare(trial_ids: Sequence[str], scale: Scale, against: str | None = None) -> _Compared:
    cell = _cells(trial_ids, scale)
    first = cell.alias("first")
    joined = cell.outerjoin(
        first, and_(first.c.question_id == cell.c.question_id, first.c.trial_id == trial_ids[0])
    )
    other = cell.c.trial_id == against if against else cell.c.trial_id != trial_ids[0]
    gain = case((other, scale.sign * (cell.c.value - first.c.value)))
    if scale.right_from is None:
        return _Compared(cell, joined, false(), false(), gain)
    is_right = scale.sign * cell.c.value >= scale.sign * scale.right_from
    return _Compared(cell, joined, is_right, ~is_right, gain)


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """As SQL: in how many rows of a group the condition holds."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _questions(experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter) -> CTE:
    """One row per question that some of the trials were asked: facts to filter and order by."""
    asked, c = ExperimentQuestionRow, _compare(trial_ids, scale, wanted.against)
    value = c.cell.c.value
    # Summed before the questions are joined: SQLite, without statistics, scans all cells for each question.
    tally = (
        sqlalchemy_select(
            c.cell.c.question_id,
            func.count(value).label("scored"),
            _times(c.right).label("right"),
            _times(c.wrong).label("wrong"),
            _times(c.better).label("better"),
            _times(c.worse).label("worse"),
            _times(c.same).label("same"),
            func.sum(c.cell.c.failed).label("failed"),
            func.sum(c.cell.c.ungrounded).label("ungrounded"),
            func.sum(c.cell.c.disliked).label("disliked"),
            (func.max(value) - func.min(value)).label("spread"),
            func.avg(c.gain).label("gain"),
        )
        .select_from(c.joined)
        .group_by(c.cell.c.question_id)
        .cte("tally")
    )
    return (
        sqlalchemy_select(tally, col(asked.position).label("position"))
        .join(asked, col(asked.question_id) == tally.c.question_id)
        .where(col(asked.experiment_id) == experiment_id, *question_clauses(wanted.tag, wanted.holds))
        .cte("question")
    )


def _holds(question: CTE, show: Show, trial_ids: Sequence[str]) -> ColumnElement[bool]:
    """As SQL on a question: whether the filter shows it."""
    q = question.c
    conditions: dict[Show, ColumnElement[bool]] = {
        "all": true(),
        "wrong": and_(q.wrong > 0, q.right == 0),
        "flips": and_(q.wrong > 0, q.right > 0),
        "better": q.better > 0,
        "worse": q.worse > 0,
        "same": and_(q.same > 0, q.better == 0, q.worse == 0),
        "failed": q.failed > 0,
        "ungrounded": q.ungrounded > 0,
        "disliked": q.disliked > 0,
    }
    return conditions[show] if show != "differ" else q.question_id.in_(_with_different_texts(trial_ids))


def _with_different_texts(trial_ids: Sequence[str]) -> Any:
    """The questions whose answers in the first repeat are not all the same text; a failed one has none."""
    texts = func.count(func.coalesce(col(CallRow.text), "").distinct())
    return (
        sqlalchemy_select(col(AnswerRow.question_id))
        .outerjoin(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
        .where(
            col(AnswerRow.trial_id).in_(trial_ids),
            col(AnswerRow.part) == "search",
            col(AnswerRow.repeat) == 0,
        )
        .group_by(col(AnswerRow.question_id))
        .having(texts > 1)
    )


def _ordered(question: CTE, order: Order) -> tuple[Any, ...]:
    q = question.c
    by: dict[Order, Any] = {
        "spread": q.spread.desc(),
        "gain": q.gain.desc(),
        "loss": q.gain.asc(),
        "wrong": q.wrong.desc(),
        "position": q.position,
    }
    return by[order].nulls_last(), q.position


def count_questions(
    store: Store, experiment_id: str, trial_ids: Sequence[str], scale: Scale, wanted: MatrixFilter
) -> dict[Show, int]:
    """Show → how many questions it shows, under the filter's tag and words."""
    question = _questions(experiment_id, trial_ids, scale, wanted)
    query = sqlalchemy_select(*(_times(_holds(question, show, trial_ids)) for show in SHOWS))
    with store.read() as session:
        return dict(zip(SHOWS, map(int, session.execute(query).one()), strict=True))


def get_columns(store: Store, trial_ids: Sequence[str], scale: Scale) -> dict[str, Column]:
    """Trial id → its figures over all questions. A trial without answers is not there."""
    c = _compare(trial_ids, scale)
    value = c.cell.c.value
    query = (
        sqlalchemy_select(
            c.cell.c.trial_id,
            func.count(value),
            _times(c.right),
            func.avg(value),
            _times(c.better),
            _times(c.worse),
            _times(c.same),
        )
        .select_from(c.joined)
        .group_by(c.cell.c.trial_id)
    )
    with store.read() as session:
        return {trial_id: Column(*figures) for trial_id, *figures in session.execute(query).all()}


def find_rows(
    store: Store,
    experiment_id: str,
    trial_ids: Sequence[str],
    scale: Scale,
    wanted: MatrixFilter,
    *,
    offset: int = 0,
    limit: int | None = 50,
) -> list[Row]:
    """Return the questions that match, in order, with their cells. A limit of None returns all."""
    asked, question = ExperimentQuestionRow, _questions(experiment_id, trial_ids, scale, wanted)
    query = (
        sqlalchemy_select(
            question.c.question_id, question.c.position, col(asked.text), col(asked.tags), col(asked.history)
        )
        .join(asked, col(asked.question_id) == question.c.question_id)
        .where(col(asked.experiment_id) == experiment_id, _holds(question, wanted.show, trial_ids))
        .order_by(*_ordered(question, wanted.order))
        .offset(offset)
        .limit(limit)
    )
    with store.read() as session:
        found = session.execute(query).all()
        cells = _cells(trial_ids, scale, [row[0] for row in found] if limit is not None else None)
        of_question: dict[str, dict[str, Cell]] = {}
        for trial_id, question_id, *values in session.execute(sqlalchemy_select(cells)).all():
            of_question.setdefault(question_id, {})[trial_id] = _cell(*values)
    return [
        Row(q, at, text, tuple(tags), of_question.get(q, {}), read_history(history))
        for q, at, text, tags, history in found
    ]


def _cell(
    value: float | None,
    answers: int,
    failed: int,
    not_applicable: int,
    ungrounded: int,
    liked: int,
    disliked: int,
) -> Cell:
    return Cell(value, answers, failed, not_applicable, bool(ungrounded), bool(liked), bool(disliked))
