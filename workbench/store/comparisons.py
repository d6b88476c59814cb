"""Comparisons of trials and effects of axes in the store, and the scores by question they are made from.
Knows nothing about statistics: analysis/ turns one into the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, delete

from workbench.space.experiment import COST_MEASURES
from workbench.store.database import Store
from workbench.store.figures import Comparison
from workbench.store.summaries import mean_scores
from workbench.store.tables import AnswerRow, ComparisonRow, EffectsRow, TrialRow

Cell = tuple[str, str, float]


def get_score_cells(
    store: Store, experiment_id: str, score: str, trial_ids: Sequence[str] | None = None
) -> list[Cell]:
    """(trial id, question id, mean over repeats) of a score or a cost on the search part, trials in order of
    number; of all trials, or of these. Answers without the score are left out; of costs, failed answers too.
    Seconds are means: a median has no value by question."""
    of = col(TrialRow.experiment_id) == experiment_id
    if trial_ids is not None:
        of = of & col(TrialRow.id).in_(trial_ids)
    if score not in COST_MEASURES:
        with store.read() as session:
            found = mean_scores(session, "search", [score], of)
        return [(trial, question, mean) for trial, question, _, mean in found]
    value: Any = {
        "cost_per_1k_questions": 1000 * col(AnswerRow.cost_usd),
        "tokens_per_answer": col(AnswerRow.tokens),
    }.get(score, col(AnswerRow.seconds))
    query = _cells(value).where(of, col(AnswerRow.state) == "ok", value.is_not(None))
    with store.read() as session:
        return [(trial, question, float(mean)) for trial, question, mean in session.execute(query).all()]


def _cells(value: Any) -> Any:
    return (
        sqlalchemy_select(col(AnswerRow.trial_id), col(AnswerRow.question_id), func.avg(value))
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(AnswerRow.part) == "search")
        .group_by(col(TrialRow.number), col(AnswerRow.trial_id), col(AnswerRow.question_id))
        .order_by(col(TrialRow.number), col(AnswerRow.question_id))
    )


def write_comparisons(session: Session, experiment_id: str, comparisons: Sequence[Comparison]) -> None:
    """Replace those of the same kinds and score; of pairs, the same pairs only."""
    for kind, score in dict.fromkeys((c.kind, c.score) for c in comparisons):
        gone = delete(ComparisonRow).where(
            col(ComparisonRow.experiment_id) == experiment_id,
            col(ComparisonRow.kind) == kind,
            col(ComparisonRow.score) == score,
        )
        if kind == "pair":
            for c in comparisons:
                session.execute(
                    gone.where(
                        col(ComparisonRow.trial_id) == c.trial_id, col(ComparisonRow.other_id) == c.other_id
                    )
                )
        else:
            session.execute(gone)
    if comparisons:
        rows = [{"experiment_id": experiment_id, **asdict(c)} for c in comparisons]
        session.execute(insert(ComparisonRow), rows)


def get_comparisons(store: Store, experiment_id: str, score: str) -> list[Comparison]:
    """All stored ones by this score, of every kind."""
    columns = [col(getattr(ComparisonRow, f.name)) for f in fields(Comparison)]
    query = sqlalchemy_select(*columns).where(
        col(ComparisonRow.experiment_id) == experiment_id, col(ComparisonRow.score) == score
    )
    with store.read() as session:
        return [Comparison(*found) for found in session.execute(query).all()]


def write_effects(session: Session, experiment_id: str, score: str, found: dict[str, Any]) -> None:
    session.merge(EffectsRow(experiment_id=experiment_id, score=score, found=found))


def find_effects(store: Store, experiment_id: str, score: str) -> dict[str, Any] | None:
    with store.read() as session:
        row = session.get(EffectsRow, (experiment_id, score))
        return dict(row.found) if row else None
