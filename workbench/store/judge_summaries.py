"""What judges said of an experiment's answers, summed up in the database.
Knows nothing about judges: it reads scores whose detail says what asking took (judges/judge_scores.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Float, Integer, String, case, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.figures import JudgeFacts
from workbench.store.ledger import batched
from workbench.store.tables import AnswerRow, ScoreRow, TrialRow


def _fact(*path: str) -> Any:
    found: Any = col(ScoreRow.detail)
    for step in path:
        found = found[step]
    return found


def _distinct(condition: ColumnElement[bool]) -> Any:
    return func.count(func.distinct(case((condition, col(ScoreRow.key)))))


def get_judge_facts(store: Store, experiment_id: str, names: Sequence[str]) -> list[JudgeFacts]:
    """In the order of the names; those without a score yet are left out."""
    if not names:
        return []
    ok = col(ScoreRow.status) == "ok"
    asked = _fact("judging", "calls").as_integer() > 0
    cost = cast(_fact("judging", "cost_usd").as_float(), Float)
    stored = asked & (_fact("judging", "made").as_integer() == 0)
    climbed = _fact("escalated").as_integer()
    query = (
        sqlalchemy_select(
            col(ScoreRow.name),
            func.group_concat(func.distinct(_fact("judging", "judge").as_string())),
            func.count(),
            func.sum(cast(ok, Integer)),
            func.sum(cast(col(ScoreRow.status) == "failed", Integer)),
            _distinct(ok & asked),
            func.min(case((ok & asked, col(ScoreRow.value)))),
            func.max(case((ok & asked, col(ScoreRow.value)))),
            _distinct(climbed == 1),
            _distinct((climbed == 0) & ok),
            func.avg(case((ok & asked, cost))),
            func.sum(case((stored, cost), else_=0.0)),
            func.sum(case((_fact("judging", "language").as_string().is_not(None), 1), else_=0)),
        )
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id, col(ScoreRow.name).in_(names))
        .group_by(col(ScoreRow.name))
    )
    with store.read() as session:
        rows = session.execute(query).all()
    found = {
        name: JudgeFacts(name, tuple((judges or "").split(",")), *figures) for name, judges, *figures in rows
    }
    return [found[name] for name in names if name in found]


def count_judged(store: Store, config_ids: Iterable[str], name: str, judge_key: str) -> dict[str, int]:
    """Configuration → its distinct answers that this judge has scored under this name, anywhere."""
    found: dict[str, int] = {}
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
            found.update({config_id: int(n) for config_id, n in session.execute(query).all()})
    return found
