"""Counts what is wrong with the texts of replies: by trial, by model of an experiment, by model ever.
Knows nothing about words for it. The counts of a trial are stored with its summaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, String, bindparam, cast, func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.corpus.types import PROBE
from workbench.replies.defects import DEFECTS
from workbench.store.database import Store
from workbench.store.dialects.sql import entries_of, items_of
from workbench.store.tables import AnswerRow, CallRow, ConfigRow, TrialRow, TrialSummaryRow

Counts = dict[str, int]
"""Flag → how many answers have it; flags that none has are left out."""


@dataclass(frozen=True)
class ModelDefects:
    """What is wrong with the answers of one model."""

    model: str
    max_tokens: int | None
    """The model's limit; None without one."""
    answers: int
    """All of its answers, failed ones included."""
    counts: Mapping[str, int]
    """Flag → how many of them have it."""


def count_defects(store: Store, trial_id: str) -> dict[str, Counts]:
    """Part of the questions → counts, of a trial's answers. Probes are left out."""
    counts: dict[str, Counts] = {}
    with store.read() as session:
        for part, name, count in session.execute(_of_trial(), {"trial": trial_id}).all():
            counts.setdefault(part, {})[name] = int(count)
    return counts


@cache
def _of_trial() -> Any:
    flag = items_of(AnswerRow.flags, name="flag")
    return (
        sqlalchemy_select(col(AnswerRow.part), flag.c.value, func.count())
        .select_from(AnswerRow, flag)
        .where(col(AnswerRow.trial_id) == bindparam("trial"), col(AnswerRow.part) != PROBE)
        .where(flag.c.value.in_(DEFECTS))
        .group_by(col(AnswerRow.part), flag.c.value)
    )


def sum_defects(store: Store, experiment_id: str) -> list[ModelDefects]:
    """The models of an experiment whose answers have defects, from the summaries of its trials."""
    summary = TrialSummaryRow
    spec: Any = col(ConfigRow.spec)
    name = func.coalesce(*(spec[(what, "name")].as_string() for what in ("model", "system", "route")))
    model = (name, spec[("model", "max_tokens")].as_integer())
    flag = entries_of(summary.defects, name="flag")
    defective = (
        sqlalchemy_select(*model, flag.c.key, func.sum(cast(flag.c.value, Integer)))
        .select_from(summary, flag)
        .join(TrialRow, col(TrialRow.id) == col(summary.trial_id))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(col(TrialRow.experiment_id) == experiment_id, cast(summary.defects, String) != "{}")
        .group_by(*model, flag.c.key)
    )
    answered = (
        sqlalchemy_select(*model, func.sum(summary.answers))
        .select_from(summary)
        .join(TrialRow, col(TrialRow.id) == col(summary.trial_id))
        .join(ConfigRow, col(ConfigRow.id) == col(TrialRow.config_id))
        .where(col(TrialRow.experiment_id) == experiment_id)
        .group_by(*model)
    )
    counts: dict[tuple[str, int | None], Counts] = {}
    with store.read() as session:
        for name, limit, defect, count in session.execute(defective).all():
            counts.setdefault((name, limit), {})[defect] = int(count)
        answers = {(n, limit): int(a) for n, limit, a in session.execute(answered).all()} if counts else {}
    return [ModelDefects(*key, answers[key], by_flag) for key, by_flag in counts.items()]


def count_reply_defects(store: Store, model_key: str) -> tuple[int, Counts]:
    """(replies, counts) of all stored replies of a model to requests for answers."""

    def has(flag: str) -> Any:
        return cast(CallRow.flags, String).contains(f'"{flag}"')

    # A reply without text is a failed call; other failures are no replies.
    replied = (col(CallRow.outcome) != "failed") | has("empty")
    query = sqlalchemy_select(func.count(), *(func.count().filter(has(flag)) for flag in DEFECTS)).where(
        col(CallRow.kind) == "generate", col(CallRow.model_key) == model_key, replied
    )
    with store.read() as session:
        replies, *counts = session.execute(query).one()
    return int(replies), {flag: int(n) for flag, n in zip(DEFECTS, counts, strict=True) if n}
