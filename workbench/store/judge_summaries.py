"""Sums up, in the database, the verdicts of judges on an experiment's answers.
Knows nothing about judges: it reads the detail that judges/judge_scores.py stores with each score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Float, Integer, String, case, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.dialects.sql import distinct_texts
from workbench.store.figures import JudgeFacts
from workbench.store.ledger import batched
from workbench.store.tables import AnswerRow, ScoreRow, TrialRow


def _fact(*path: str) -> Any:
    """The value at a path inside a score's detail, as SQL."""
    value: Any = col(ScoreRow.detail)
    for step in path:
        value = value[step]
    return value


def _distinct(condition: ColumnElement[bool]) -> Any:
    return func.count(func.distinct(case((condition, col(ScoreRow.key)))))


def get_judge_facts(store: Store, experiment_id: str, names: Sequence[str]) -> list[JudgeFacts]:
    """The figures of these judged scores, in the order of `names`; one without any score yet is left out."""
    if not names:
        return []
    ok = col(ScoreRow.status) == "ok"
    judged = _fact("judging", "calls").as_integer() > 0
    cost = cast(_fact("judging", "cost_usd").as_float(), Float)
    reused = judged & (_fact("judging", "made").as_integer() == 0)
    escalated = _fact("escalated").as_boolean()
    query = (
        sqlalchemy_select(
            col(ScoreRow.name),
            distinct_texts(_fact("judging", "judge").as_string()),
            func.count(),
            func.sum(cast(ok, Integer)),
            func.sum(cast(col(ScoreRow.status) == "failed", Integer)),
            _distinct(ok & judged),
            func.min(case((ok & judged, col(ScoreRow.value)))),
            func.max(case((ok & judged, col(ScoreRow.value)))),
            _distinct(escalated.is_(True)),
            _distinct(escalated.is_(False) & ok),
            func.avg(case((ok & judged, cost))),
            func.sum(case((reused, cost), else_=0.0)),
            func.sum(case((_fact("judging", "language").as_string().is_not(None), 1), else_=0)),
        )
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id, col(ScoreRow.name).in_(names))
        .group_by(col(ScoreRow.name))
    )
    with store.read() as session:
        rows = session.execute(query).all()
    facts = {
        name: JudgeFacts(name, tuple((judges or "").split(",")), *figures) for name, judges, *figures in rows
    }
    return [facts[name] for name in names if name in facts]


def count_judged(store: Store, config_ids: Iterable[str], name: str, judge_key: str) -> dict[str, int]:
    """Configuration id → how many of its distinct answers this judge has scored, in any experiment.

    name: the name of the score.
    judge_key: identifies the judge and its instructions.
    """
    counts: dict[str, int] = {}
    identity = col(AnswerRow.ranking_key) + cast(AnswerRow.repeat, String)
    with store.read() as session:
        for batch in batched(config_ids):
            query = (
                sqlalchemy_select(col(TrialRow.config_id), func.count(func.distinct(identity)))
                .join(AnswerRow, col(AnswerRow.trial_id) == col(TrialRow.id))
                .join(ScoreRow, col(ScoreRow.answer_id) == col(AnswerRow.id))
                .where(col(TrialRow.config_id).in_(batch), col(ScoreRow.name) == name)
                .where(col(ScoreRow.status) != "failed", _fact("judging", "key").as_string() == judge_key)
                .group_by(col(TrialRow.config_id))
            )
            counts.update({config_id: int(n) for config_id, n in session.execute(query).all()})
    return counts
