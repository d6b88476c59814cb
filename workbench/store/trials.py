"""Stores an experiment's trials, each a configuration with its state.
Knows nothing about how a search proposes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, case, cast, func, insert, update
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import Session, col

from workbench.space.config import Config, Labels
from workbench.space.experiment import Experiment
from workbench.store import clock
from workbench.store.database import Store
from workbench.store.dialects.inserts import insert_new
from workbench.store.dialects.sql import as_text
from workbench.store.records import TrialRecord
from workbench.store.tables import ConfigRow, ExperimentRow, TrialRow, sql_table

_IS_DONE = (col(TrialRow.state) == "done") | col(TrialRow.in_final)


def add_trials(
    session: Session, experiment_id: str, configs: Sequence[tuple[Config, str]], *, first: int = 1
) -> None:
    """Store trials of these configurations with their names, numbered from `first`."""
    if not configs:
        return
    now = clock.wall_seconds()
    rows_of_configs = [{"id": c.id, "spec": c.to_json(), "created_at": now} for c, _ in configs]
    insert_new(session, sql_table(ConfigRow), rows_of_configs)
    rows = [
        {
            "id": f"{experiment_id}-{number:04d}",
            "experiment_id": experiment_id,
            "number": number,
            "config_id": config.id,
            "name": name,
            "state": "queued",
            "in_final": False,
        }
        for number, (config, name) in enumerate(configs, start=first)
    ]
    session.execute(insert(TrialRow), rows)


def _trials() -> Any:
    """A query for what _trial_record reads. The configuration stays JSON text: parsing it is expensive."""
    row = TrialRow
    columns = (row.id, row.experiment_id, row.number, row.name, row.state, row.in_final, row.note)
    query = sqlalchemy_select(*map(col, columns), as_text(col(ConfigRow.spec)))
    return query.join(ConfigRow, col(ConfigRow.id) == col(row.config_id))


@lru_cache(maxsize=50)
def _labels(experiment: str) -> Labels:
    """The prompts, models and routes of an experiment's spec, by content."""
    written = Experiment.model_validate_json(experiment)
    return Labels.of(written.prompts_tried, written.models_tried, written.routes)


@lru_cache(maxsize=4_000)
def _config(spec: str, experiment: str) -> Config:
    """Parse a configuration. Cached: each rerun of a page reads all configurations of an experiment.

    experiment: the experiment's spec, whose names, prices and limits it gets. The stored ones are those of
        the experiment that was first to try this configuration.
    """
    return _labels(experiment).put_on(Config.from_json(json.loads(spec)))


def _spec_of(session: Session, experiment_id: str) -> str:
    """The experiment's spec as JSON text."""
    query = sqlalchemy_select(as_text(col(ExperimentRow.spec)))
    return str(session.execute(query.where(col(ExperimentRow.id) == experiment_id)).scalar_one())


def _trial_record(values: Sequence[Any], experiment: str) -> TrialRecord:
    id_, experiment_id, number, name, state, in_final, note, spec = values
    return TrialRecord(
        id=id_,
        experiment_id=experiment_id,
        number=number,
        name=name,
        config=_config(spec, experiment),
        state=state,
        in_final=in_final,
        note=note,
    )


def get_trials(store: Store, experiment_id: str) -> list[TrialRecord]:
    """The trials of an experiment, ordered by number."""
    query = _trials().where(col(TrialRow.experiment_id) == experiment_id).order_by(col(TrialRow.number))
    with store.read() as session:
        found = session.execute(query).all()
        if not found:
            return []
        experiment = _spec_of(session, experiment_id)
    return [_trial_record(values, experiment) for values in found]


def find_trial(store: Store, trial_id: str) -> TrialRecord | None:
    """The trial with this id, or None."""
    with store.read() as session:
        values = session.execute(_trials().where(col(TrialRow.id) == trial_id)).one_or_none()
        return None if values is None else _trial_record(values, _spec_of(session, values.experiment_id))


def count_trials(store: Store, experiment_id: str) -> dict[str, int]:
    """State → number of the experiment's trials in it.

    A finalist counts as done, as it was before the held-out questions, so that "done" never falls.
    """
    state = case((_IS_DONE, "done"), else_=col(TrialRow.state)).label("state")
    query = (
        sqlalchemy_select(state, func.count())
        .where(col(TrialRow.experiment_id) == experiment_id)
        .group_by(state)
    )
    with store.read() as session:
        return {state: int(n) for state, n in session.execute(query).all()}


def count_all_trials(store: Store) -> dict[str, tuple[int, int]]:
    """Experiment id → (number of trials, number of those that are done, finalists included)."""
    done = func.sum(cast(_IS_DONE, Integer))
    query = sqlalchemy_select(col(TrialRow.experiment_id), func.count(), done).group_by(
        col(TrialRow.experiment_id)
    )
    with store.read() as session:
        return {key: (int(trials), int(done)) for key, trials, done in session.execute(query).all()}


def set_trial_states(
    session: Session, trial_ids: Sequence[str], state: str, *, in_final: bool | None = None, note: str = ""
) -> None:
    """Set the state of these trials.

    in_final: whether they are finalists; None leaves it as it is.
    note: why they are in this state, in words.
    """
    values: dict[str, Any] = {"state": state, "note": note}
    if state == "done":
        values["finished_at"] = clock.wall_seconds()
    if in_final is not None:
        values["in_final"] = in_final
    session.execute(update(TrialRow).where(col(TrialRow.id).in_(trial_ids)).values(**values))


def drop_trials(session: Session, notes: Mapping[str, str]) -> None:
    """Drop trials from the search. Their answers stay.

    notes: trial id → why the search asks it no more questions.
    """
    if notes:
        rows = [{"id": id_, "state": "dropped", "note": note} for id_, note in notes.items()]
        session.execute(update(TrialRow), rows)
