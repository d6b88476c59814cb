"""Answers, their passages and scores in the store: batches in, pages out.
Knows nothing about how an answer came about or what a score means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import String, bindparam, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select

from workbench.replies.thinking import SplitReply
from workbench.store.answer_filters import AnswerFilter, conditions
from workbench.store.call_texts import read_reply
from workbench.store.database import Store
from workbench.store.dialects.inserts import insert_absent, insert_new
from workbench.store.dialects.sql import among
from workbench.store.ledger import batched, find_call_ids
from workbench.store.questions import question_from_row
from workbench.store.ratings import seen_key
from workbench.store.records import AnswerRecord, NewAnswer, PassageRecord, RankingRecord, ScoreRecord
from workbench.store.tables import (
    AnswerRow,
    CallRow,
    ExperimentQuestionRow,
    PassageRow,
    RankingRow,
    ScoreRow,
    TrialRow,
    sql_table,
)

_ANSWER, _PASSAGE, _RANKING = sql_table(AnswerRow), sql_table(PassageRow), sql_table(RankingRow)
_SCORE = sql_table(ScoreRow)
_PLACE = ("trial_id", "question_id", "repeat")
_FIND_FAILED = sqlalchemy_select(
    _ANSWER.c.id, _ANSWER.c.trial_id, _ANSWER.c.question_id, _ANSWER.c.repeat
).where(among(_ANSWER.c.trial_id, bindparam("trials")), _ANSWER.c.state == "failed")
_FIND_PASSAGES = sqlalchemy_select(*(_PASSAGE.c[f.name] for f in fields(PassageRecord))).where(
    among(_PASSAGE.c.key, bindparam("keys"))
)
_FIND_RANKINGS = sqlalchemy_select(
    _RANKING.c.key, _RANKING.c["items"], _RANKING.c.seconds, _RANKING.c.cost_usd, _RANKING.c.flags
).where(among(_RANKING.c.key, bindparam("keys")))

_FIND_SCORES = sqlalchemy_select(*(_SCORE.c[f.name] for f in fields(ScoreRecord))).where(
    among(_SCORE.c.key, bindparam("keys")), _SCORE.c.status != "failed"
)


SEARCHED_WHERE = "searched_where:"
"""Before a condition, as JSON, among the flags of a stored ranking."""


def _split_condition(flags: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """(flags, condition), from what is stored as the flags of a ranking."""
    conditions = [flag.removeprefix(SEARCHED_WHERE) for flag in flags if flag.startswith(SEARCHED_WHERE)]
    return tuple(f for f in flags if not f.startswith(SEARCHED_WHERE)), next(iter(conditions), None)


def _ranking_values(ranking: RankingRecord) -> dict[str, Any]:
    values = dict(vars(ranking))
    condition = values.pop("condition")
    return values | {"flags": [*ranking.flags, *([] if condition is None else [SEARCHED_WHERE + condition])]}


def add_rankings(
    session: Session, rankings: Sequence[RankingRecord], passages: Sequence[PassageRecord]
) -> None:
    """Store rankings and the passages they name; what is stored already stays."""
    insert_new(session, _PASSAGE, [vars(p) for p in passages])
    insert_new(session, _RANKING, [_ranking_values(r) for r in rankings])


def find_rankings(store: Store, keys: Iterable[str]) -> dict[str, RankingRecord]:
    with store.read() as session:
        rows = session.execute(_FIND_RANKINGS, {"keys": json.dumps(list(keys))}).all()
    return {
        key: RankingRecord(
            key, tuple((str(k), float(score)) for k, score in items), seconds, cost, *_split_condition(flags)
        )
        for key, items, seconds, cost, flags in rows
    }


def find_ranking_flags(store: Store, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Key → flags of the rankings that are stored."""
    with store.read() as session:
        rows = session.exec(select(RankingRow.key, RankingRow.flags).where(among(RankingRow.key, keys)))
        return {key: _split_condition(flags)[0] for key, flags in rows}


def find_passages(store: Store, keys: Iterable[str]) -> dict[str, PassageRecord]:
    with store.read() as session:
        rows = session.execute(_FIND_PASSAGES, {"keys": json.dumps(list(keys))}).all()
    return {passage.key: passage for passage in (PassageRecord(*row) for row in rows)}


def _passage(row: PassageRow) -> PassageRecord:
    return PassageRecord(**{f.name: getattr(row, f.name) for f in fields(PassageRecord)})


def add_answers(session: Session, answers: Sequence[NewAnswer]) -> None:
    """Store answers with their scores. A failed answer of an earlier try is replaced; a good one that
    somebody else has stored in the meantime stays, with its scores."""
    if not answers:
        return
    calls = find_call_ids(session, (a.call_key for a in answers if a.call_key))
    _remove_failed(session, answers)
    by_place = {(a.trial_id, a.question_id, a.repeat): a for a in reversed(answers)}  # of two, the first
    rows = []
    for answer in by_place.values():
        row = vars(answer) | {"call_id": calls.get(answer.call_key or "")}
        del row["call_key"], row["scores"]
        rows.append(row)
    stored = insert_absent(session, _ANSWER, rows, in_order_of=_PLACE, returning=("id", *_PLACE))
    scores = [
        vars(score) | {"answer_id": answer_id}
        for answer_id, *place in stored
        for score in by_place[tuple(place)].scores
    ]
    if scores:
        insert_new(session, _SCORE, scores, in_order_of=("answer_id", "name"))


def _remove_failed(session: Session, answers: Sequence[NewAnswer]) -> None:
    places = {(a.trial_id, a.question_id, a.repeat) for a in answers}
    trials = json.dumps(sorted({a.trial_id for a in answers}))
    failed = session.execute(_FIND_FAILED, {"trials": trials}).all()
    old = [id_ for id_, *place in failed if tuple(place) in places]
    if old:
        session.execute(delete(AnswerRow).where(col(AnswerRow.id).in_(old)))


def find_done(store: Store, trial_id: str) -> set[tuple[str, int]]:
    """(question id, repeat) of the answers a trial has that did not fail."""
    query = select(AnswerRow.question_id, AnswerRow.repeat).where(
        AnswerRow.trial_id == trial_id, AnswerRow.state == "ok"
    )
    with store.read() as session:
        return {(q, r) for q, r in session.exec(query)}


def find_answered(store: Store, config_ids: Iterable[str]) -> dict[tuple[str, str, int], int]:
    """(configuration, ranking key, repeat) of every good answer these configurations have anywhere → to how
    many questions. Follow-up questions of the same words may share a ranking."""
    what = (col(TrialRow.config_id), col(AnswerRow.ranking_key), col(AnswerRow.repeat))
    query = (
        sqlalchemy_select(*what, func.count(func.distinct(col(AnswerRow.question_id))))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(among(TrialRow.config_id, config_ids), col(AnswerRow.state) == "ok")
        .group_by(*what)
    )
    with store.read() as session:
        rows = session.execute(query).all()
    return {(c, key, r): count for c, key, r, count in rows if key is not None}


def count_stored_scores(store: Store, config_ids: Iterable[str], names: Sequence[str]) -> int:
    """Scores of these names on the distinct answers of these configurations."""
    identity = (
        col(TrialRow.config_id)
        + col(AnswerRow.ranking_key)
        + col(AnswerRow.question_id)
        + col(ScoreRow.name)
        + cast(AnswerRow.repeat, String)
    )
    query = (
        select(func.count(func.distinct(identity)))
        .select_from(ScoreRow)
        .join(AnswerRow, col(AnswerRow.id) == col(ScoreRow.answer_id))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(among(TrialRow.config_id, config_ids), col(ScoreRow.name).in_(names))
    )
    with store.read() as session:
        return int(session.exec(query).one())


def find_scores(store: Store, keys: Iterable[str]) -> dict[str, ScoreRecord]:
    """Scores stored under these content keys, whichever answer they belong to; failures are not reused."""
    with store.read() as session:
        rows = session.execute(_FIND_SCORES, {"keys": json.dumps(list(keys))}).all()
    return {score.key: score for score in (ScoreRecord(*row) for row in rows)}


def _score(row: ScoreRow) -> ScoreRecord:
    return ScoreRecord(row.name, row.key, row.value, row.status, row.reason, row.detail or {})


def find_answers(
    store: Store,
    experiment_id: str,
    answer_filter: AnswerFilter | None = None,
    *,
    offset: int = 0,
    limit: int | None = 50,
) -> list[AnswerRecord]:
    """Return answers in the filter's order: by trial, question and repeat, or the worst by a score first.

    offset, limit: how many answers to skip and the most to return; a limit of None returns all.
    """
    answer_filter = answer_filter or AnswerFilter()
    query = (
        sqlalchemy_select(AnswerRow, TrialRow, ExperimentQuestionRow, CallRow, RankingRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(
            ExperimentQuestionRow,
            (col(ExperimentQuestionRow.experiment_id) == col(TrialRow.experiment_id))
            & (col(ExperimentQuestionRow.question_id) == col(AnswerRow.question_id)),
        )
        .outerjoin(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
        .outerjoin(RankingRow, col(RankingRow.key) == col(AnswerRow.ranking_key))
        .where(*conditions(experiment_id, replace(answer_filter, worst_first=None)))
        .offset(offset)
    )
    if answer_filter.worst_first is not None:
        order = answer_filter.worst_first
        ordering = aliased(ScoreRow)
        of_answer = (col(ordering.answer_id) == col(AnswerRow.id)) & (col(ordering.name) == order.score)
        query = query.join(ordering, of_answer).where(col(ordering.value).is_not(None))
        query = query.order_by(*order.order(ordering))
    else:
        query = query.order_by(
            col(TrialRow.number), col(ExperimentQuestionRow.position), col(AnswerRow.repeat)
        )
    if limit is not None:
        query = query.limit(limit)
    with store.read() as session:
        rows = session.execute(query).all()
        keys = {
            item[0]
            for answer, _, _, _, ranking in rows
            if ranking
            for item in ranking.items[: answer.passages]
        }
        passages: dict[str, PassageRecord] = {}
        for batch in batched(keys):
            for row in session.exec(select(PassageRow).where(col(PassageRow.key).in_(batch))):
                passages[row.key] = _passage(row)
        scores: dict[int, list[ScoreRecord]] = {}
        for ids in batched([answer.id for answer, *_ in rows]):
            for score in session.exec(
                select(ScoreRow).where(col(ScoreRow.answer_id).in_(ids)).order_by(col(ScoreRow.name))
            ):
                scores.setdefault(score.answer_id, []).append(_score(score))
        return [_answer(a, t, q, c, r, passages, scores) for a, t, q, c, r in rows]


def _answer(
    answer: AnswerRow,
    trial: TrialRow,
    question: ExperimentQuestionRow,
    call: CallRow | None,
    ranking: RankingRow | None,
    passages: dict[str, PassageRecord],
    scores: dict[int, list[ScoreRecord]],
) -> AnswerRecord:
    shown = ranking.items[: answer.passages] if ranking else []
    reply = read_reply(call.text, call.thinking) if call else SplitReply("")
    flags = tuple(answer.flags)
    if call is not None and reply.answer != call.text:
        seen = seen_key(question_from_row(question).asked, reply.answer, [key for key, _ in shown])
        flags = flags if seen == answer.seen else (*flags, "scored_with_thinking")
    return AnswerRecord(
        id=answer.id or 0,
        experiment_id=trial.experiment_id,
        trial_id=trial.id,
        trial_name=trial.name,
        question=question_from_row(question),
        part=answer.part,
        repeat=answer.repeat,
        state=answer.state,
        error=answer.error,
        flags=flags,
        refused=answer.refused,
        reused=answer.reused,
        text=reply.answer,
        thinking=reply.thinking,
        passages=tuple(passages[key] for key, _ in shown),
        passage_scores=tuple(float(score) for _, score in shown),
        scores=tuple(scores.get(answer.id or 0, ())),
        seen=answer.seen,
        cost_usd=answer.cost_usd,
        seconds=answer.seconds,
        input_tokens=call.input_tokens if call else 0,
        output_tokens=call.output_tokens if call else 0,
        thinking_tokens=call.reasoning_tokens if call else 0,
        call_key=call.key if call else "",
        served_model=call.served_model if call else None,
        condition=_split_condition(ranking.flags)[1] if ranking else None,
    )


def find_experiment_of_answer(store: Store, answer_id: int) -> str | None:
    query = (
        select(TrialRow.experiment_id)
        .join(AnswerRow, col(AnswerRow.trial_id) == col(TrialRow.id))
        .where(AnswerRow.id == answer_id)
    )
    with store.read() as session:
        return session.exec(query).first()


@dataclass(frozen=True)
class FailureGroup:
    """Failed answers of one cause. example: the error of one of them, and its question."""

    kind: str
    count: int
    error: str
    question: str


def group_failures(store: Store, experiment_id: str) -> list[FailureGroup]:
    """Failed answers by the kind of error, most frequent first, each with one example."""
    of_kind = (
        sqlalchemy_select(func.count().label("count"), func.min(AnswerRow.id).label("example"))
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .where(col(TrialRow.experiment_id) == experiment_id, col(AnswerRow.state) == "failed")
        .group_by(col(AnswerRow.error_kind))
        .subquery()
    )
    asked = ExperimentQuestionRow
    query = (
        sqlalchemy_select(col(AnswerRow.error_kind), of_kind.c.count, col(AnswerRow.error), col(asked.text))
        .join(of_kind, of_kind.c.example == col(AnswerRow.id))
        .outerjoin(
            asked,
            (col(asked.experiment_id) == experiment_id)
            & (col(asked.question_id) == col(AnswerRow.question_id)),
        )
        .order_by(of_kind.c.count.desc())
    )
    with store.read() as session:
        return [
            FailureGroup(kind or "other", int(count), error, question or "")
            for kind, count, error, question in session.execute(query).all()
        ]
