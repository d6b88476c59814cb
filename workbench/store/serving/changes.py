"""Finds when a service's answers first rested on a version of the corpus, came from a model, or were scored
by some versions of the scores.
Knows nothing about whether a change did any harm."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import func
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col

from workbench.store.database import Store
from workbench.store.serving.tables import ServedRequestRow

Changed = Literal["corpus_version", "served_model", "score_versions"]


def find_first_times(store: Store, service_id: str, what: Changed) -> list[tuple[str, float]]:
    """(corpus version, the model's name in the reply or the versions of the scores, when a request first had
    it in Unix seconds), the first one first."""
    request = ServedRequestRow
    value, first = col(getattr(request, what)), func.min(col(request.asked_at))
    query: Any = (
        sqlalchemy_select(value, first)
        .where(col(request.service_id) == service_id, value.is_not(None), value != "")
        .group_by(value)
        .order_by(first)
    )
    with store.read() as session:
        return [(str(name), float(at)) for name, at in session.execute(query)]
