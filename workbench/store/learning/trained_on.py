"""Finds the questions that a model learned from: its own training, and those of the models it was made from.
Knows nothing about experiments, nor about what follows from it."""

from __future__ import annotations

from sqlmodel import col, select

from workbench.space.model import Model
from workbench.store.catalogue import StoreCatalogue
from workbench.store.database import Store
from workbench.store.learning.tables import TuningJobRow


def find_trained_on(store: Store, model: Model) -> frozenset[str]:
    """The ids of the questions that a model or one of its ancestors was trained on, as far as this home or
    the model itself knows them."""
    catalogue = StoreCatalogue(store)
    ids: set[str] = set()
    seen: set[str] = set()
    waiting: list[Model | None] = [model]
    while waiting:
        one = waiting.pop()
        if one is None or one.name in seen:
            continue
        seen.add(one.name)
        ids |= _of_variant(one)
        if one.tuned is not None:
            ids |= _of_job(store, one.tuned.key)
            waiting.append(one.tuned.parent)
        elif one.parent is not None:
            waiting.append(catalogue.find_model(one.parent))
    return frozenset(ids)


def _of_variant(model: Model) -> set[str]:
    """The questions that an embedded variant names itself, wherever it was trained."""
    record = (model.variant or {}).get("trained_on")
    ids = record.get("question_ids") if isinstance(record, dict) else None
    return {str(i) for i in ids} if isinstance(ids, list) else set()


def _of_job(store: Store, key: str) -> set[str]:
    with store.read() as session:
        ids = session.exec(select(TuningJobRow.question_ids).where(col(TuningJobRow.key) == key)).first()
    return set(ids or ())
