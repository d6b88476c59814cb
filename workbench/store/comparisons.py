"""Stores comparisons of trials and effects of axes, and reads the scores by question that they rest on.
Knows nothing about statistics: analysis/ computes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col, delete

from workbench.space.experiment import COST_MEASURES
from workbench.store.cost_values import cost_value
from workbench.store.database import Store
from workbench.store.figures import Comparison
from workbench.store.summaries import mean_scores
from workbench.store.tables import AnswerRow, ComparisonRow, EffectsRow, TrialRow

Cell = tuple[str, str, float]
"""(trial id, question id, mean over repeats)"""


def get_score_cells(store: Store, experiment_id: str, score: str, part: str = "search") -> list[Cell]:
    """Means over repeats of a score or a cost on one part of the questions, ordered by the trials' numbers.

    Answers without the score are left out; for costs, failed answers too. Seconds are means, since a median
    has no value by question.
    """
    condition = col(TrialRow.experiment_id) == experiment_id
    if score not in COST_MEASURES:
        with store.read() as session:
            means = mean_scores(session, part, [score], condition)
        return [(trial, question, mean) for trial, question, _, mean in means]
    value = cost_value(score)
    query = _cells(value, part).where(condition, col(AnswerRow.state) == "ok", value.is_not(None))
    with store.read() as session:
        return [(trial, question, float(mean)) for trial, question, mean in session.execute(query).all()]


def _cells(value: Any, part: str) -> Any:
    return (
        sqlalchemy_select(col(AnswerRow.trial_id), col(AnswerRow.question_id), func.avg(value))
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(AnswerRow.part) == part)
        .group_by(col(TrialRow.number), col(AnswerRow.trial_id), col(AnswerRow.question_id))
        .order_by(col(TrialRow.number), col(AnswerRow.question_id))
    )


def write_comparisons(
    session: Session, experiment_id: str, score: str, comparisons: Sequence[Comparison], *, anew: bool
) -> None:
    """Store comparisons by a score.

    anew: replace everything that is stored by this score, because there may be new answers. Else only those
        of the same two trials are replaced, and those with another baseline; comparisons with the leader by
        another objective stay.
    """
    row = ComparisonRow
    of_score = delete(row).where(col(row.experiment_id) == experiment_id, col(row.score) == score)
    if anew:
        session.execute(of_score)
    if not anew and any(c.kind == "baseline" for c in comparisons):  # there is one baseline at a time
        session.execute(of_score.where(col(row.kind) == "baseline"))
    for kind, other_id in dict.fromkeys((c.kind, c.other_id) for c in comparisons if not anew):
        trial_ids = [c.trial_id for c in comparisons if (c.kind, c.other_id) == (kind, other_id)]
        same = of_score.where(col(row.kind) == kind, col(row.other_id) == other_id)
        session.execute(same.where(col(row.trial_id).in_(trial_ids)))
    if comparisons:
        rows = [{"experiment_id": experiment_id, **asdict(c)} for c in comparisons]
        session.execute(insert(ComparisonRow), rows)


def get_comparisons(store: Store, experiment_id: str, score: str) -> list[Comparison]:
    """Every stored comparison by this score, of every kind."""
    columns = [col(getattr(ComparisonRow, f.name)) for f in fields(Comparison)]
    query = sqlalchemy_select(*columns).where(
        col(ComparisonRow.experiment_id) == experiment_id, col(ComparisonRow.score) == score
    )
    with store.read() as session:
        return [Comparison(*row) for row in session.execute(query).all()]


def count_comparisons(store: Store, experiment_id: str) -> int:
    query = sqlalchemy_select(func.count()).where(col(ComparisonRow.experiment_id) == experiment_id)
    with store.read() as session:
        return int(session.execute(query).scalar_one())


def write_effects(session: Session, experiment_id: str, score: str, effects: dict[str, Any]) -> None:
    """Store the effects of axes on a score: the document of `effects --json`."""
    session.merge(EffectsRow(experiment_id=experiment_id, score=score, found=effects))


def find_effects(store: Store, experiment_id: str, score: str) -> dict[str, Any] | None:
    """The stored effects of axes on a score; None when they have not been computed."""
    with store.read() as session:
        row = session.get(EffectsRow, (experiment_id, score))
        return dict(row.found) if row else None
