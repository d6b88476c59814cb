"""A trial's figures in the store: rows to summarise out, summaries in.
Knows nothing about statistics: analysis/ turns one into the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, delete, select

from workbench.corpus.types import PROBE, base_question_id
from workbench.store.database import Store
from workbench.store.figures import AnswerFigures, Consistency, Figure, RepeatedAnswer, ScoreFigures, Summary
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
    row = AnswerRow
    columns = (row.question_id, row.repeat, row.part, row.state, row.cost_usd, row.seconds, row.tokens)
    query = sqlalchemy_select(*map(col, columns)).where(col(row.trial_id) == trial_id, col(row.part) != PROBE)
    with store.read() as session:
        return [AnswerFigures(*found) for found in session.execute(query).all()]


def get_score_figures(store: Store, trial_id: str) -> list[ScoreFigures]:
    """A probe's score stands with the search part, as one of the question it varies."""
    columns = (AnswerRow.question_id, AnswerRow.part, ScoreRow.name, ScoreRow.value, ScoreRow.status)
    query = (
        sqlalchemy_select(*map(col, columns))
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .where(col(AnswerRow.trial_id) == trial_id)
    )
    with store.read() as session:
        return [_with_base(ScoreFigures(*found)) for found in session.execute(query).all()]


def _with_base(figures: ScoreFigures) -> ScoreFigures:
    if figures.part != PROBE:
        return figures
    return replace(figures, part="search", question_id=base_question_id(figures.question_id))


def get_score_means(
    store: Store, trial_ids: Iterable[str], names: Sequence[str]
) -> list[tuple[str, str, str, float]]:
    """(trial, question, score, mean over repeats and probes) of these trials' answers on the search part."""
    found: list[tuple[str, str, str, float]] = []
    with store.read() as session:
        for batch in batched(trial_ids):
            found += mean_scores(session, "search", names, col(AnswerRow.trial_id).in_(batch))
    return found


def mean_scores(
    session: Session, part: str, names: Sequence[str], of: ColumnElement[bool]
) -> list[tuple[str, str, str, float]]:
    """(trial, question, score, mean over repeats) of the answers of a part that `of` chooses. A probe's score
    counts for the question it varies, on the search part."""
    row, value = AnswerRow, col(ScoreRow.value)
    parts = (part, PROBE) if part == "search" else (part,)
    columns = (col(row.trial_id), col(row.question_id), col(row.part), col(ScoreRow.name))
    query = (
        sqlalchemy_select(*columns, func.sum(value), func.count(value))
        .join(ScoreRow, col(ScoreRow.answer_id) == col(row.id))
        .join(TrialRow, col(TrialRow.id) == col(row.trial_id))
        .where(of, col(row.part).in_(parts), col(ScoreRow.name).in_(names))
        .where(col(ScoreRow.status) == "ok")
        .group_by(col(TrialRow.number), *columns)
        .order_by(col(TrialRow.number), col(row.question_id))
    )
    sums: dict[tuple[str, str, str], tuple[float, int]] = {}
    for trial, question, own_part, name, total, count in session.execute(query).all():
        key = (trial, base_question_id(question) if own_part == PROBE else question, name)
        if count:
            before = sums.get(key, (0.0, 0))
            sums[key] = (before[0] + total, before[1] + count)
    return [(*key, total / count) for key, (total, count) in sums.items()]


def get_answer_means(
    store: Store, trial_ids: Iterable[str]
) -> list[tuple[str, str, dict[str, float | None]]]:
    """(trial, question, mean cost, tokens, seconds over repeats) of the search answers that did not fail."""
    row = AnswerRow
    found = []
    with store.read() as session:
        for batch in batched(trial_ids):
            query = (
                sqlalchemy_select(
                    col(row.trial_id),
                    col(row.question_id),
                    func.avg(row.cost_usd),
                    func.avg(row.tokens),
                    func.avg(row.seconds),
                )
                .where(col(row.trial_id).in_(batch), col(row.part) == "search", col(row.state) == "ok")
                .group_by(col(row.trial_id), col(row.question_id))
            )
            for trial, question, cost, tokens, seconds in session.execute(query).all():
                found.append((trial, question, {"cost_usd": cost, "tokens": tokens, "seconds": seconds}))
    return found


def get_repeated_answers(store: Store, trial_id: str) -> list[RepeatedAnswer]:
    """A trial's sound answers with what consistency looks at."""
    query = (
        sqlalchemy_select(
            col(AnswerRow.question_id),
            col(AnswerRow.part),
            col(CallRow.text),
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
        return [RepeatedAnswer(*found) for found in session.execute(query).all()]


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
            )
        )
    rows = [
        {"trial_id": trial_id, "part": s.part, "name": name, **vars(figure)}
        for s in summaries
        for name, figure in s.scores.items()
    ]
    if rows:
        session.execute(insert(ScoreSummaryRow), rows)


def find_score_names(store: Store, experiment_id: str) -> list[str]:
    """The scores that some trial has on the search part, in order of the alphabet."""
    own = ScoreSummaryRow
    query = (
        sqlalchemy_select(col(own.name))
        .join(TrialRow, col(TrialRow.id) == col(own.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id, col(own.part) == "search")
    )
    with store.read() as session:
        return sorted(session.scalars(query.distinct()))


def get_summaries(
    store: Store, experiment_id: str, scores: Sequence[str] | None = None
) -> dict[str, dict[str, Summary]]:
    """Trial id → part → summary; with all scores, or those of these names."""
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    one, whole = ScoreSummaryRow, TrialSummaryRow
    # By columns, not rows: a thousand trials have thousands of them.
    own_scores = sqlalchemy_select(
        *map(col, (one.trial_id, one.part, one.name, one.mean, one.low, one.high, one.count, one.failed)),
        *map(col, (one.not_applicable, one.note)),
    ).where(col(one.trial_id).in_(of_experiment))
    if scores is not None:
        own_scores = own_scores.where(col(one.name).in_(scores))
    trials = sqlalchemy_select(
        *map(col, (whole.trial_id, whole.part, whole.answers, whole.failed_answers)),
        *map(col, (whole.cost_per_1k_questions, whole.tokens_per_answer, whole.seconds_p50)),
        *map(col, (whole.seconds_p95, whole.consistency)),
    ).where(col(whole.trial_id).in_(of_experiment))
    figures: dict[tuple[str, str], dict[str, Figure]] = {}
    found: dict[str, dict[str, Summary]] = {}
    with store.read() as session:
        for trial_id, part, name, *values in session.execute(own_scores).all():
            figures.setdefault((trial_id, part), {})[name] = Figure(*values)
        for trial_id, part, answers, failed, cost, tokens, p50, p95, consistency in session.execute(
            trials
        ).all():
            own = figures.get((trial_id, part), {})
            found.setdefault(trial_id, {})[part] = Summary(
                trial_id, part, answers, failed, cost, tokens, p50, p95, own, _consistency(consistency)
            )
    return found


def _consistency(stored: dict[str, Any] | None) -> Consistency | None:
    if stored is None:
        return None
    found: dict[str, Any] = {n: Figure(**v) if isinstance(v, dict) else v for n, v in stored.items()}
    return Consistency(**found)


def count_ratings(store: Store, experiment_id: str) -> dict[str, tuple[int, int]]:
    """Trial id → (thumbs up, thumbs down) on anything its answers show."""
    # From the thumbs to what shows them: by its index SQLite would go from every answer to its thumbs, not
    # knowing how few those are. An expression has no index.
    query = (
        select(AnswerRow.trial_id, RatingRow.value, func.count(col(RatingRow.id).distinct()))
        .join(RatingRow, col(RatingRow.seen).concat("") == col(AnswerRow.seen))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(TrialRow.experiment_id == experiment_id)
        .group_by(col(AnswerRow.trial_id), col(RatingRow.value))
    )
    found: dict[str, tuple[int, int]] = {}
    with store.read() as session:
        for trial_id, value, count in session.exec(query):
            up, down = found.get(trial_id, (0, 0))
            found[trial_id] = (up + int(count), down) if value > 0 else (up, down + int(count))
    return found
