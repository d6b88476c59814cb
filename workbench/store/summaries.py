"""A trial's figures in the store: rows to summarise out, summaries in.
Knows nothing about statistics: analysis/ turns one into the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, delete, select

from workbench.store.engine import Store
from workbench.store.ledger import batched
from workbench.store.records import Consistency, Figure, Summary
from workbench.store.tables import (
    AnswerRow,
    CallRow,
    RatingRow,
    ScoreRow,
    ScoreSummaryRow,
    TrialRow,
    TrialSummaryRow,
)


@dataclass(frozen=True)
class AnswerFigures:
    """What a summary needs of one answer."""

    question_id: str
    repeat: int
    part: str
    state: str
    cost_usd: float | None
    seconds: float
    tokens: int


@dataclass(frozen=True)
class ScoreFigures:
    question_id: str
    part: str
    name: str
    value: float | None
    status: str


def get_answer_figures(store: Store, trial_id: str) -> list[AnswerFigures]:
    row = AnswerRow
    columns = (row.question_id, row.repeat, row.part, row.state, row.cost_usd, row.seconds, row.tokens)
    query = sqlalchemy_select(*map(col, columns)).where(col(row.trial_id) == trial_id)
    with store.read() as session:
        return [AnswerFigures(*found) for found in session.execute(query).all()]


def get_score_figures(store: Store, trial_id: str) -> list[ScoreFigures]:
    columns = (AnswerRow.question_id, AnswerRow.part, ScoreRow.name, ScoreRow.value, ScoreRow.status)
    query = (
        sqlalchemy_select(*map(col, columns))
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .where(col(AnswerRow.trial_id) == trial_id)
    )
    with store.read() as session:
        return [ScoreFigures(*found) for found in session.execute(query).all()]


def get_score_means(
    store: Store, trial_ids: Iterable[str], names: Sequence[str]
) -> list[tuple[str, str, str, float | None]]:
    """(trial, question, score, mean over repeats) of these trials' answers on the search part."""
    found: list[tuple[str, str, str, float | None]] = []
    with store.read() as session:
        for batch in batched(trial_ids):
            query = (
                select(AnswerRow.trial_id, AnswerRow.question_id, ScoreRow.name, func.avg(ScoreRow.value))
                .join(ScoreRow, col(ScoreRow.answer_id) == col(AnswerRow.id))
                .where(col(AnswerRow.trial_id).in_(batch), AnswerRow.part == "search")
                .where(col(ScoreRow.name).in_(names), ScoreRow.status == "ok")
                .group_by(col(AnswerRow.trial_id), col(AnswerRow.question_id), col(ScoreRow.name))
            )
            found.extend((t, q, n, v) for t, q, n, v in session.exec(query))
    return found


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


@dataclass(frozen=True)
class RepeatedAnswer:
    """One of several answers to the same question; correctness: None where it has no such score."""

    question_id: str
    part: str
    text: str
    refused: bool
    correctness: float | None


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


def get_summaries(store: Store, experiment_id: str) -> dict[str, dict[str, Summary]]:
    """Trial id → part → summary."""
    of_experiment = select(TrialRow.id).where(TrialRow.experiment_id == experiment_id)
    found: dict[str, dict[str, Summary]] = {}
    with store.read() as session:
        figures: dict[tuple[str, str], dict[str, Figure]] = {}
        for row in session.exec(
            select(ScoreSummaryRow).where(col(ScoreSummaryRow.trial_id).in_(of_experiment))
        ):
            figures.setdefault((row.trial_id, row.part), {})[row.name] = Figure(
                row.mean, row.low, row.high, row.count, row.failed, row.not_applicable, row.note
            )
        for t in session.exec(
            select(TrialSummaryRow).where(col(TrialSummaryRow.trial_id).in_(of_experiment))
        ):
            found.setdefault(t.trial_id, {})[t.part] = Summary(
                trial_id=t.trial_id,
                part=t.part,
                answers=t.answers,
                failed_answers=t.failed_answers,
                cost_per_1k_questions=t.cost_per_1k_questions,
                tokens_per_answer=t.tokens_per_answer,
                seconds_p50=t.seconds_p50,
                seconds_p95=t.seconds_p95,
                scores=figures.get((t.trial_id, t.part), {}),
                consistency=_consistency(t.consistency),
            )
    return found


def _consistency(stored: dict[str, Any] | None) -> Consistency | None:
    if stored is None:
        return None
    found: dict[str, Any] = {n: Figure(**v) if isinstance(v, dict) else v for n, v in stored.items()}
    return Consistency(**found)


def count_ratings(store: Store, experiment_id: str) -> dict[str, tuple[int, int]]:
    """Trial id → (thumbs up, thumbs down) on anything its answers show."""
    query = (
        select(AnswerRow.trial_id, RatingRow.value, func.count(col(RatingRow.id).distinct()))
        .join(RatingRow, col(RatingRow.seen) == col(AnswerRow.seen))
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
