"""What an answer cost by each cost that an objective may name, as SQL on answers.
Knows nothing about which answers count, nor how their costs are summed up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import col

from workbench.space.scores import PASSAGE_TOKENS
from workbench.store.dialects.sql import first_of, numbered_items_of
from workbench.store.tables import AnswerRow, ConfigRow, PassageRow, RankingRow, TrialRow


def cost_value(measure: str) -> ColumnElement[Any]:
    """One answer's value, or NULL where it is not known. Of a percentile it is the seconds themselves.

    measure: one of COST_MEASURES.
    """
    if measure == PASSAGE_TOKENS:
        return _passage_tokens()
    values: dict[str, Any] = {
        "cost_per_1k_questions": 1000 * col(AnswerRow.cost_usd),
        "tokens_per_answer": col(AnswerRow.tokens),
    }
    value: ColumnElement[Any] = values.get(measure, col(AnswerRow.seconds))
    return value


def _passage_tokens() -> ColumnElement[int | None]:
    """The tokens of the passages that the prompt held, table headers aside. An answer points to its ranking,
    and says how many of its passages were given; without a ranking it has 0. What a system was given that
    reported no passages is not known."""
    item = numbered_items_of(RankingRow.items, name="given")
    query = (
        sqlalchemy_select(func.coalesce(func.sum(PassageRow.tokens), 0))
        .select_from(RankingRow, item, PassageRow)
        .where(
            col(RankingRow.key) == col(AnswerRow.ranking_key),
            item.c.key < col(AnswerRow.passages),
            col(PassageRow.key) == first_of(item.c.value),
        )
    )
    unreported = and_(col(AnswerRow.passages) == 0, _is_of_system())
    return case((unreported, None), else_=query.correlate(AnswerRow).scalar_subquery())


def _is_of_system() -> ColumnElement[bool]:
    """Whether a system gave the answer."""
    trial, config = aliased(TrialRow), aliased(ConfigRow)
    spec: Any = col(config.spec)
    return (
        sqlalchemy_select(col(config.id))
        .join(trial, col(trial.config_id) == col(config.id))
        .where(col(trial.id) == col(AnswerRow.trial_id), spec[("system", "name")].as_string().is_not(None))
        .correlate(AnswerRow)
        .exists()
    )
