"""Model calls in the store: the ledger (what was spent) and the cache (what need not be asked again).
Knows nothing about prices or requests: it is given keys, texts and costs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import RowMapping, String, bindparam, cast, func, insert, text, update
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from workbench.errors import StoreUnavailable
from workbench.replies.system_passages import SystemPassage
from workbench.store.call_texts import read_reply
from workbench.store.database import Store
from workbench.store.dialects.inserts import insert_new
from workbench.store.dialects.sql import among
from workbench.store.records import CallRecord
from workbench.store.sharing.claims import delete_claims
from workbench.store.tables import AnswerRow, CallRow, TrialRow, sql_table

# SQLite allows 32,766 variables a statement; this leaves room for others.
BATCH = 5_000
Item = TypeVar("Item")


def batched(items: Iterable[Item], size: int = BATCH) -> Iterable[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


_CALL = sql_table(CallRow)
_FIELDS = tuple(f.name for f in fields(CallRecord))
_INSERT_CALLS = insert(_CALL)
# The state is written out: only then does SQLite use the index of successful calls.
_SUCCESSFUL = among(_CALL.c.key, bindparam("keys")) & text("call.outcome = 'ok'")
_FIND_CALLS = sqlalchemy_select(*(_CALL.c[name] for name in _FIELDS)).where(_SUCCESSFUL)
_FIND_CALL_IDS = sqlalchemy_select(_CALL.c.key, _CALL.c.id).where(_SUCCESSFUL)


@dataclass(frozen=True)
class Spend:
    """Sums of the ledger. spent_usd counts each call once; unpriced calls are counted beside it.

    estimated: calls whose tokens were counted here, since the server reported none.  disagreeing: calls of
    which the server counted over 20 % more or fewer input tokens than we.
    """

    calls: int
    failed: int
    spent_usd: float
    unpriced: int
    estimated: int
    disagreeing: int


# Calls whose names are looked at, with and without one: a server that answers to any name does so at once,
# and an older home has very many calls without.
SERVED_LOOKED_AT = 50


def find_calls(store: Store, keys: Iterable[str]) -> dict[str, CallRecord]:
    """The successful calls stored under these keys, with their texts."""
    wanted = {"keys": json.dumps(list(keys))}
    rows = store.query(lambda session: session.execute(_FIND_CALLS, wanted).mappings().all())
    return {row["key"]: _record(row) for row in rows}


def _record(row: RowMapping) -> CallRecord:
    reply = read_reply(row["text"], row["thinking"])
    fields_of_row = dict(row) | {"text": reply.answer, "thinking": reply.thinking}
    fields_of_row["passages"] = tuple(map(SystemPassage.from_json, row["passages"] or ()))
    return CallRecord(**(fields_of_row | {"flags": tuple(row["flags"])}))


def find_call_ids(session: Session, keys: Iterable[str]) -> dict[str, int]:
    rows = session.execute(_FIND_CALL_IDS, {"keys": json.dumps(list(keys))}).all()
    return {key: int(id_) for key, id_ in rows}


def count_successful(store: Store, keys: Iterable[str]) -> int:
    """How many of these calls are stored."""
    with store.read() as session:
        return len(find_call_ids(session, keys))


def add_calls(session: Session, calls: Sequence[CallRecord], asked_by: Sequence[str] = ()) -> set[str]:
    """Store calls, and delete the claims of those that succeeded.

    A success whose key is stored already (another worker was faster) is kept as spent money with outcome
    "duplicate", so that the ledger's sum stays true; returns the keys of those.

    asked_by: as in `delete_claims`.

    Raises StoreUnavailable when another worker stores one of them at the same moment: run again, the
    transaction finds it.
    """
    if not calls:
        return set()
    stored = set(find_call_ids(session, (c.key for c in calls if c.outcome == "ok")))
    rows: list[dict[str, Any]] = []
    duplicates = set()
    for call in calls:
        row = dict(vars(call))
        del row["id"]
        row["passages"] = [passage.to_json() for passage in call.passages] or None
        if call.outcome == "ok" and call.key in stored:
            row["outcome"] = "duplicate"
            duplicates.add(call.key)
        if call.outcome == "ok":
            stored.add(call.key)
        rows.append(row)
    successes = [row for row in rows if row["outcome"] == "ok"]
    if insert_new(session, _CALL, successes, in_order_of=("key",)) < len(successes):
        raise StoreUnavailable("Another process stored the same call at the same moment.")
    if len(successes) < len(rows):
        session.execute(_INSERT_CALLS, [row for row in rows if row["outcome"] != "ok"])
    delete_claims(session, (call.key for call in calls if call.outcome == "ok"), asked_by)
    return duplicates


def assign_calls(store: Store, key: str, experiment_id: str) -> None:
    """Say of the calls under a key that belong to no experiment that this one made them."""
    of_none = (col(CallRow.key) == key, col(CallRow.experiment_id).is_(None))
    with store.write() as session:
        session.execute(update(CallRow).where(*of_none).values(experiment_id=experiment_id))


def _count(condition: Any) -> Any:
    """Of the rows that meet it: less work for SQLite than a sum of ones."""
    return func.count().filter(condition)


def _disagrees() -> ColumnElement[bool]:
    return cast(CallRow.flags, String).contains("usage_disagrees")


def get_spend(store: Store, experiment_id: str | None = None) -> Spend:
    """What an experiment (or everything) has paid for."""
    query = sqlalchemy_select(
        func.count(),
        _count(col(CallRow.outcome) == "failed"),
        func.sum(CallRow.cost_usd),
        _count(col(CallRow.cost_usd).is_(None) & (col(CallRow.outcome) != "failed")),
        _count(CallRow.usage_estimated),
        _count(_disagrees()),
    )
    if experiment_id is not None:
        query = query.where(col(CallRow.experiment_id) == experiment_id)
    with store.read() as session:
        row = session.execute(query).one()
    calls, failed, spent, *others = (value or 0 for value in row)
    return Spend(int(calls), int(failed), float(spent), *map(int, others))


@dataclass(frozen=True)
class Bill:
    """calls: all of them.  unpriced: made, but without a price."""

    calls: int
    spent_usd: float
    unpriced: int


def get_bill(store: Store, since: float) -> Bill:
    """What was paid since a time (Unix seconds), for anything: as `get_spend`, with fewer figures to sum."""
    cost = col(CallRow.cost_usd)
    without = func.count() - func.count(cost) - _count(cost.is_(None) & (col(CallRow.outcome) == "failed"))
    query = sqlalchemy_select(func.count(), func.sum(cost), without).where(col(CallRow.created_at) >= since)
    with store.read() as session:
        calls, spent, unpriced = session.execute(query).one()
    return Bill(int(calls), float(spent or 0.0), int(unpriced))


def get_spends(store: Store) -> dict[str, float]:
    """Experiment id → dollars, of every experiment that has paid for something."""
    query = select(CallRow.experiment_id, func.sum(CallRow.cost_usd)).group_by(col(CallRow.experiment_id))
    with store.read() as session:
        return {key: float(spent or 0.0) for key, spent in session.exec(query) if key is not None}


@dataclass(frozen=True)
class LedgerSum:
    """The calls of one kind to one model. unpriced: made, but without a price; estimated, disagreeing:
    as in Spend."""

    kind: str
    model: str
    calls: int
    ok: int
    failed: int
    duplicate: int
    attempts: int
    items: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    estimated: int
    disagreeing: int
    seconds: float
    cost_usd: float
    unpriced: int


def sum_calls(store: Store, experiment_id: str | None = None) -> list[LedgerSum]:
    """The ledger by kind and model, dearest first; of one experiment, or of everything ever paid for."""
    outcome, cost = col(CallRow.outcome), col(CallRow.cost_usd)
    summed = ("attempts", "items", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
    columns: list[Any] = [
        CallRow.kind,
        CallRow.model_name,
        func.count(),
        _count(outcome.in_(("ok", "cleared"))),
        _count(outcome == "failed"),
        _count(outcome == "duplicate"),
        *(func.sum(getattr(CallRow, name)) for name in summed),
        _count(CallRow.usage_estimated),
        _count(_disagrees()),
        func.sum(CallRow.seconds),
        func.coalesce(func.sum(cost), 0.0),
        _count(cost.is_(None) & (outcome != "failed")),
    ]
    query = sqlalchemy_select(*columns).group_by(col(CallRow.kind), col(CallRow.model_name))
    if experiment_id is not None:
        query = query.where(col(CallRow.experiment_id) == experiment_id)
    with store.read() as session:
        sums = [LedgerSum(*row) for row in session.execute(query).all()]
    return sorted(sums, key=lambda line: (-line.cost_usd, -line.calls, line.kind, line.model))


def find_served_names(store: Store, model_key: str) -> list[str]:
    """The names that a model's server gave in its latest replies."""
    latest = (
        sqlalchemy_select(col(CallRow.served_model))
        .where(col(CallRow.kind) == "generate", col(CallRow.model_key) == model_key)
        .order_by(col(CallRow.id).desc())
        .limit(SERVED_LOOKED_AT)
    )
    with store.read() as session:
        return sorted({name for name in session.execute(latest).scalars() if name is not None})


def list_calls(store: Store, experiment_id: str | None = None) -> list[tuple[float, CallRecord]]:
    """Every row of the ledger, oldest first, without the replies' texts: (Unix seconds, the call)."""
    names = [f.name for f in fields(CallRecord) if f.name not in ("text", "thinking", "flags", "passages")]
    columns = [getattr(CallRow, name) for name in (*names, "flags", "created_at")]
    query = sqlalchemy_select(*columns).order_by(col(CallRow.id))
    if experiment_id is not None:
        query = query.where(col(CallRow.experiment_id) == experiment_id)
    with store.read() as session:
        return [
            (when, CallRecord(**dict(zip(names, values, strict=True)), flags=tuple(flags)))
            for *values, flags, when in session.execute(query).all()
        ]


def get_saved(store: Store, experiment_id: str) -> tuple[int, float]:
    """(answers whose call was stored already, what those calls had cost in dollars)."""
    query = (
        select(func.count(), func.sum(CallRow.cost_usd))
        .select_from(AnswerRow)
        .join(TrialRow, col(TrialRow.id) == col(AnswerRow.trial_id))
        .join(CallRow, col(CallRow.id) == col(AnswerRow.call_id))
        .where(TrialRow.experiment_id == experiment_id, col(AnswerRow.reused).is_(True))
    )
    with store.read() as session:
        count, saved = session.exec(query).one()
    return int(count or 0), float(saved or 0.0)


@dataclass(frozen=True)
class CallStatistics:
    """Means over stored calls of one model and kind; None where there are none or they are unpriced."""

    calls: int
    mean_seconds: float | None
    mean_cost_usd: float | None
    mean_input_tokens: float | None
    mean_output_tokens: float | None


def get_call_statistics(store: Store, kind: str, model_key: str) -> CallStatistics:
    """Per item: an embedding call of 64 texts counts as 64."""
    items = func.sum(CallRow.items)
    query = sqlalchemy_select(
        items,
        func.sum(CallRow.seconds) / items,
        func.sum(CallRow.cost_usd) / items,
        func.sum(CallRow.input_tokens) * 1.0 / items,
        func.sum(CallRow.output_tokens) * 1.0 / items,
    ).where(col(CallRow.kind) == kind, col(CallRow.model_key) == model_key, col(CallRow.outcome) != "failed")
    with store.read() as session:
        count, seconds, cost, tokens_in, tokens_out = session.execute(query).one()
    return CallStatistics(int(count or 0), seconds, cost, tokens_in, tokens_out)
