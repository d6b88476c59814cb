"""Reads what a trial answered, with what a route would see of it: costs, signs, passages.
Knows nothing about routes or statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from workbench.corpus.types import PROBE
from workbench.store.database import Store
from workbench.store.dialects.sql import among
from workbench.store.tables import AnswerRow, ExperimentQuestionRow, PassageRow, RankingRow, ScoreRow


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """One answer of a trial that did not fail."""

    question_id: str
    repeat: int
    part: str
    """"search" or "holdout"."""
    refused: bool
    """Whether it declines."""
    cost_usd: float | None
    """US dollars of retrieval and generation; None when a model has no price."""
    tokens: int
    """Input and output tokens of the answering call."""
    ranking_key: str | None
    ranking_cost_usd: float | None
    """US dollars of retrieval alone."""
    ranking: tuple[tuple[str, float], ...]
    """(passage key, score) of what was retrieved, best first; more than the prompt held, where it took the
    first as they are."""
    passages: tuple[str, ...]
    """The keys of the passages that the prompt held."""
    score: float | None
    """The score by which a route is judged; None where it has none."""
    grounding: float | None
    """None where nothing is claimed, or grounding was not scored."""


def get_route_answers(store: Store, trial_id: str, score: str) -> list[RouteAnswer]:
    """A trial's answers to questions, without probes and failures. score: the name of the score to read."""
    row, target, grounding = AnswerRow, aliased(ScoreRow), aliased(ScoreRow)
    query = (
        sqlalchemy_select(
            col(row.question_id),
            col(row.repeat),
            col(row.part),
            col(row.refused),
            col(row.cost_usd),
            col(row.tokens),
            col(row.ranking_key),
            col(row.passages),
            col(RankingRow.cost_usd),
            col(RankingRow.items),
            col(target.value),
            col(grounding.value),
        )
        .outerjoin(RankingRow, col(RankingRow.key) == col(row.ranking_key))
        .outerjoin(target, (col(target.answer_id) == col(row.id)) & (col(target.name) == score))
        .outerjoin(
            grounding, (col(grounding.answer_id) == col(row.id)) & (col(grounding.name) == "grounding")
        )
        .where(col(row.trial_id) == trial_id, col(row.state) == "ok", col(row.part) != PROBE)
        .order_by(col(row.question_id), col(row.repeat))
    )
    with store.read() as session:
        rows = session.execute(query).all()
    return [
        RouteAnswer(
            question, repeat, part, refused, cost, tokens, key, ranking_cost,
            tuple((key_, score_) for key_, score_ in items or ()),
            tuple(item[0] for item in (items or ())[:passages]), value, grounded,
        )
        for question, repeat, part, refused, cost, tokens, key, passages, ranking_cost, items, value, grounded
        in rows
    ]  # fmt: skip


def get_asked_texts(store: Store, experiment_id: str) -> dict[str, tuple[str, bool]]:
    """Question id → its text, and whether it follows earlier turns."""
    row = ExperimentQuestionRow
    query = select(row.question_id, row.text, row.history).where(
        row.experiment_id == experiment_id, row.part != PROBE
    )
    with store.read() as session:
        return {id_: (text, bool(history)) for id_, text, history in session.exec(query)}


def get_passage_texts(store: Store, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Key → the document and the text of a passage."""
    query = select(PassageRow.key, PassageRow.document, PassageRow.text)
    with store.read() as session:
        rows = session.exec(query.where(among(PassageRow.key, keys)))
        return {key: (document, text) for key, document, text in rows}
