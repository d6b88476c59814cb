"""Reads the rows that a trial's summaries are computed from, and stores the summaries.
Knows nothing about statistics: analysis/ computes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, insert
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, delete, select

from workbench.corpus.types import PROBE, base_question_id
from workbench.space.scores import PASSAGE_TOKENS
from workbench.store.call_texts import answer_columns, read_answer
from workbench.store.cost_values import cost_value
from workbench.store.database import Store
from workbench.store.failed_answers import was_answered
from workbench.store.figures import AnswerFigures, Consistency, Figure, RepeatedAnswer, ScoreFigures, Summary
from workbench.store.learning.raters import counts
from workbench.store.ledger import batched
from workbench.store.tables import (
    AnswerRow,
    CallRow,
    RatingRow,
    ScoreRow,
    ScoreSummaryRow,
    TrialRow,
    TrialSummaryRow,
)


def get_answer_figures(store: Store, trial_id: str) -> list[AnswerFigures]:
    """A trial's answers to questions, without probes."""
    with store.read() as session:
        return [AnswerFigures(*row) for row in session.execute(_answer_figures(), {"trial": trial_id})]


@cache  # made once: a run sums its trials up again and again, and making it took as long as its answer
def _answer_figures() -> Any:
    row = AnswerRow
    columns = (row.question_id, row.repeat, row.part, row.state, row.cost_usd, row.seconds, row.tokens)
    return sqlalchemy_select(*map(col, columns), cost_value(PASSAGE_TOKENS)).where(
        col(row.trial_id) == bindparam("trial"), col(row.part) != PROBE
    )


def get_score_figures(store: Store, trial_id: str, names: Sequence[str] | None = None) -> list[ScoreFigures]:
    """A trial's scores, all or only those named.

    A probe's score counts on the search part, for the question that the probe varies.

    Every score of an answer that the server failed to give counts as failed, whatever is stored.
    """
    query = _score_figures()
    if names is not None:
        query = query.where(col(ScoreRow.name).in_(names))
    with store.read() as session:
        return [_with_base(ScoreFigures(*row)) for row in session.execute(query, {"trial": trial_id})]


@cache
def _score_figures() -> Any:
    columns = (AnswerRow.question_id, AnswerRow.part, ScoreRow.name)
    return (
        sqlalchemy_select(
            *map(col, columns),
            case((was_answered(), col(ScoreRow.value))),
            case((was_answered(), col(ScoreRow.status)), else_="failed"),
        )
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .where(col(AnswerRow.trial_id) == bindparam("trial"))
    )


def _with_base(figures: ScoreFigures) -> ScoreFigures:
    if figures.part != PROBE:
        return figures
    return replace(figures, part="search", question_id=base_question_id(figures.question_id))


def get_score_means(
    store: Store, trial_ids: Iterable[str], names: Sequence[str]
) -> list[tuple[str, str, str, float]]:
    """(trial id, question id, score name, mean over repeats and probes) of trials on the search part."""
    means: list[tuple[str, str, str, float]] = []
    with store.read() as session:
        for batch in batched(trial_ids):
            means += mean_scores(session, "search", names, col(AnswerRow.trial_id).in_(batch))
    return means


def mean_scores(
    session: Session, part: str, names: Sequence[str], condition: ColumnElement[bool]
) -> list[tuple[str, str, str, float]]:
    """(trial id, question id, score name, mean over repeats and probes), ordered by the trials' numbers.

    A probe's score counts on the search part, for the question that the probe varies. Answers that the
    server failed to give have no scores, whatever is stored.

    part: the part of the questions.
    names: the scores to read.
    condition: which answers to read, as SQL on answers and trials.
    """
    row, value = AnswerRow, col(ScoreRow.value)
    parts = (part, PROBE) if part == "search" else (part,)
    columns = (col(row.trial_id), col(row.question_id), col(row.part), col(ScoreRow.name))
    query = (
        sqlalchemy_select(*columns, func.sum(value), func.count(value))
        .join(ScoreRow, col(ScoreRow.answer_id) == col(row.id))
        .join(TrialRow, col(TrialRow.id) == col(row.trial_id))
        .where(condition, col(row.part).in_(parts), col(ScoreRow.name).in_(names))
        .where(col(ScoreRow.status) == "ok", was_answered())
        .group_by(col(TrialRow.number), *columns)
        .order_by(col(TrialRow.number), col(row.question_id))
    )
    sums: dict[tuple[str, str, str], tuple[float, int]] = {}
    for trial, question, answer_part, name, total, count in session.execute(query).all():
        key = (trial, base_question_id(question) if answer_part == PROBE else question, name)
        if count:
            so_far = sums.get(key, (0.0, 0))
            sums[key] = (so_far[0] + total, so_far[1] + count)
    return [(*key, total / count) for key, (total, count) in sums.items()]


def get_answer_means(
    store: Store, trial_ids: Iterable[str], measures: Sequence[str]
) -> list[tuple[str, str, dict[str, float | None]]]:
    """(trial id, question id, {cost: mean over repeats}) of these costs on the search part.

    Failed answers are left out. A value is None for an unpriced model. Of a percentile it is the mean of the
    seconds.
    """
    row = AnswerRow
    means: list[tuple[str, str, dict[str, float | None]]] = []
    with store.read() as session:
        for batch in batched(trial_ids):
            values = [func.avg(cost_value(measure)) for measure in measures]
            query = (
                sqlalchemy_select(col(row.trial_id), col(row.question_id), *values)
                .where(col(row.trial_id).in_(batch), col(row.part) == "search", col(row.state) == "ok")
                .group_by(col(row.trial_id), col(row.question_id))
            )
            for trial, question, *found in session.execute(query).all():
                means.append((trial, question, dict(zip(measures, found, strict=True))))
    return means


def get_repeated_answers(store: Store, trial_id: str) -> list[RepeatedAnswer]:
    """What consistency is computed from: a trial's answers that did not fail, by question and repeat."""
    query = (
        sqlalchemy_select(
            col(AnswerRow.question_id),
            col(AnswerRow.part),
            *answer_columns(),
            col(AnswerRow.refused),
            col(ScoreRow.value),
        )
        .join(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
        .outerjoin(
            ScoreRow,
            (col(ScoreRow.answer_id) == col(AnswerRow.id)) & (col(ScoreRow.name) == "correctness"),
        )
        .where(col(AnswerRow.trial_id) == trial_id, col(AnswerRow.state) == "ok")
        .order_by(col(AnswerRow.question_id), col(AnswerRow.repeat))
    )
    with store.read() as session:
        return [
            RepeatedAnswer(question, part, read_answer(text, is_old), *values)
            for question, part, text, is_old, *values in session.execute(query).all()
        ]


def write_summaries(session: Session, trial_id: str, summaries: list[Summary]) -> None:
    """Replace a trial's summaries."""
    session.execute(delete(ScoreSummaryRow).where(col(ScoreSummaryRow.trial_id) == trial_id))
    session.execute(delete(TrialSummaryRow).where(col(TrialSummaryRow.trial_id) == trial_id))
    for s in summaries:
        session.add(
            TrialSummaryRow(
                trial_id=trial_id,
                part=s.part,
                answers=s.answers,
                failed_answers=s.failed_answers,
                cost_per_1k_questions=s.cost_per_1k_questions,
                tokens_per_answer=s.tokens_per_answer,
                seconds_p50=s.seconds_p50,
                seconds_p95=s.seconds_p95,
                consistency=asdict(s.consistency) if s.consistency else None,
                defects=s.defects,
            )
        )
    rows = [
        {"trial_id": trial_id, "part": s.part, "name": name, **vars(figure)}
        for s in summaries
        for name, figure in s.scores.items()
    ]
    rows += [
        {"trial_id": trial_id, "part": s.part, "name": PASSAGE_TOKENS, **vars(_as_figure(s))}
        for s in summaries
    ]
    if rows:
        session.execute(insert(ScoreSummaryRow), rows)


def _as_figure(summary: Summary) -> Figure:
    """The passage tokens, which are kept among the scores' figures."""
    answered = summary.answers - summary.failed_answers
    return Figure(summary.passage_tokens_per_answer, None, None, answered, summary.failed_answers, 0)


def take_passage_tokens(figures: dict[str, Figure]) -> float | None:
    """Take the passage tokens out of the figures that are stored for a summary; None where they are not."""
    figure = figures.pop(PASSAGE_TOKENS, None)
    return figure.mean if figure else None


def find_score_names(store: Store, experiment_id: str) -> list[str]:
    """The names of the scores that some trial has on the search part, in alphabetical order."""
    summary = ScoreSummaryRow
    query = (
        sqlalchemy_select(col(summary.name))
        .join(TrialRow, col(TrialRow.id) == col(summary.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id, col(summary.part) == "search")
    )
    with store.read() as session:
        return sorted(name for name in session.scalars(query.distinct()) if name != PASSAGE_TOKENS)


def get_summaries(
    store: Store, experiment_id: str, scores: Sequence[str] | None = None
) -> dict[str, dict[str, Summary]]:
    """Trial id → part → summary, with all scores or only those named in `scores`."""
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    score_row, trial_row = ScoreSummaryRow, TrialSummaryRow
    # Columns instead of row objects: a thousand trials have thousands of rows.
    score_query = sqlalchemy_select(
        *map(
            col,
            (
                score_row.trial_id,
                score_row.part,
                score_row.name,
                score_row.mean,
                score_row.low,
                score_row.high,
                score_row.count,
                score_row.failed,
            ),
        ),
        *map(col, (score_row.not_applicable, score_row.note, score_row.groups)),
    ).where(col(score_row.trial_id).in_(of_experiment))
    if scores is not None:
        score_query = score_query.where(col(score_row.name).in_([*scores, PASSAGE_TOKENS]))
    trial_query = sqlalchemy_select(
        *map(col, (trial_row.trial_id, trial_row.part, trial_row.answers, trial_row.failed_answers)),
        *map(col, (trial_row.cost_per_1k_questions, trial_row.tokens_per_answer, trial_row.seconds_p50)),
        *map(col, (trial_row.seconds_p95, trial_row.consistency, trial_row.defects)),
    ).where(col(trial_row.trial_id).in_(of_experiment))
    figures: dict[tuple[str, str], dict[str, Figure]] = {}
    summaries: dict[str, dict[str, Summary]] = {}
    with store.read() as session:
        for trial_id, part, name, *values in session.execute(score_query).all():
            figures.setdefault((trial_id, part), {})[name] = Figure(*values)
        for trial_id, part, *values, consistency, defects in session.execute(trial_query).all():
            answers, failed, cost, tokens, p50, p95 = values
            trial_scores = figures.get((trial_id, part), {})
            passage_tokens = take_passage_tokens(trial_scores)
            summaries.setdefault(trial_id, {})[part] = Summary(
                trial_id,
                part,
                answers,
                failed,
                cost,
                tokens,
                p50,
                p95,
                trial_scores,
                consistency and Consistency.from_json(consistency),
                defects,
                passage_tokens,
            )
    return summaries


def count_ratings(store: Store, experiment_id: str) -> dict[str, tuple[int, int]]:
    """Trial id → (thumbs up, thumbs down) on anything its answers show."""
    # The join goes from the few thumbs to the answers. With the index on rating.seen, SQLite would go from
    # every answer to its thumbs instead; an expression has no index.
    query = (
        select(AnswerRow.trial_id, RatingRow.value, func.count(col(RatingRow.id).distinct()))
        .join(RatingRow, col(RatingRow.seen).concat("") == col(AnswerRow.seen))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(TrialRow.experiment_id == experiment_id, counts(RatingRow.rater))
        .group_by(col(AnswerRow.trial_id), col(RatingRow.value))
    )
    thumbs: dict[str, tuple[int, int]] = {}
    with store.read() as session:
        for trial_id, value, count in session.exec(query):
            up, down = thumbs.get(trial_id, (0, 0))
            thumbs[trial_id] = (up + int(count), down) if value > 0 else (up, down + int(count))
    return thumbs
