"""Stores trainings as jobs: who runs one, how far it is, how it ended. Equal trainings are one job.
Knows nothing about recipes, or about how a training runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlmodel import Session, col, select

from workbench.errors import InputError, LeaseLost, TuningError
from workbench.store import clock
from workbench.store.database import Store
from workbench.store.learning.tables import TuningJobRow
from workbench.store.processes import owner_is_gone

BEAT_SECONDS = 5.0
"""How often a holder shows that it is alive."""
GONE_AFTER_SECONDS = 60.0
"""A holder that was not seen for so long is taken for gone."""
WAITING, RUNNING, STOPPED, FAILED, DONE = "waiting", "running", "stopped", "failed", "done"
MOST_LOSSES = 500
"""The most points of a loss curve that are kept; a longer one is thinned out."""


@dataclass(frozen=True)
class TuningJob:
    """One training."""

    key: str
    """Its address by content: `Tuning.key`."""
    name: str
    """The name of the model that it makes."""
    tuning: dict[str, Any]
    """What was asked for, as JSON."""
    state: str
    """One of WAITING, RUNNING, STOPPED, FAILED and DONE; STOPPED also when its holder is gone."""
    message: str
    """What it does at present, or why it stopped or failed, in words."""
    folder: str
    """Its folder below the home."""
    data_sha256: str
    """Hash of the training data; "" before they are made."""
    rows: int
    """How many rows of training data there are."""
    question_ids: list[str]
    """Ids of the questions that the data rest on."""
    step: int
    """Steps of training done."""
    steps: int
    """Steps of training in all; 0 while unknown."""
    losses: list[list[float]]
    """[[step, loss], …]."""
    metrics: dict[str, Any]
    """Further figures that the recipe or the check of the result reported."""
    result: dict[str, Any] | None
    """What was made, as JSON; None before it is done."""
    holder: str
    """Who runs it, as "host:pid:id"; "" when nobody does."""
    beat_at: float | None
    """Unix seconds of the holder's last sign of life."""
    stop_requested: bool
    """Whether somebody asked for a stop."""
    cost_usd: float | None
    """US dollars; None when unknown."""
    seconds: float
    """Seconds of training, all attempts together."""
    created_at: float
    """Unix seconds."""
    finished_at: float | None
    """Unix seconds; None while it is not done."""

    @property
    def loss(self) -> float | None:
        """The last loss that was reported."""
        return self.losses[-1][1] if self.losses else None


def _holder_is_gone(session: Session, row: TuningJobRow) -> bool:
    if not row.holder:
        return True
    away = abs(clock.shared_seconds(session) - (row.beat_at or 0.0))  # a clock may be set back
    return owner_is_gone(row.holder) or away > GONE_AFTER_SECONDS


def _job(session: Session, row: TuningJobRow) -> TuningJob:
    values = {f.name: getattr(row, f.name) for f in fields(TuningJob)}
    if row.state == RUNNING and _holder_is_gone(session, row):
        values |= {"state": STOPPED, "message": "Its process ended before it was done."}
    return TuningJob(**values)


def _row(session: Session, key: str) -> TuningJobRow:
    row = session.get(TuningJobRow, key)
    if row is None:
        raise InputError(f"There is no training {key!r}.", hint="`trainings list` shows all.")
    return row


def add_job(store: Store, key: str, name: str, tuning: dict[str, Any], folder: str) -> TuningJob:
    """The job of this key, made if there is none."""
    with store.write() as session:
        row = session.get(TuningJobRow, key)
        if row is None:
            row = TuningJobRow(key=key, name=name, tuning=tuning, state=WAITING, folder=folder,
                               question_ids=[], losses=[], metrics={})  # fmt: skip
            session.add(row)
            session.flush()
        return _job(session, row)


def find_job(store: Store, key: str) -> TuningJob | None:
    """The job of this key; None when there is none."""
    with store.read() as session:
        row = session.get(TuningJobRow, key)
        return _job(session, row) if row is not None else None


def get_job(store: Store, name_or_key: str) -> TuningJob:
    """The newest job of this name, or that whose key begins so. Raises InputError when there is none."""
    with store.read() as session:
        named = select(TuningJobRow).where(col(TuningJobRow.name) == name_or_key)
        row = session.exec(named.order_by(col(TuningJobRow.created_at).desc())).first()
        if row is None and name_or_key:
            begins = select(TuningJobRow).where(
                col(TuningJobRow.key).startswith(name_or_key, autoescape=True)
            )
            rows = session.exec(begins.limit(2)).all()
            row = rows[0] if len(rows) == 1 else None
        return _job(session, row if row is not None else _row(session, name_or_key))


def require_ended(job: TuningJob) -> None:
    """Raise TuningError while a training waits or runs."""
    if job.state in (WAITING, RUNNING):
        state = "is running" if job.state == RUNNING else "waits to be carried out"
        raise TuningError(f"The training of {job.name} {state}.", hint="Stop it first.")


def list_jobs(store: Store) -> list[TuningJob]:
    """All jobs, the newest first."""
    with store.read() as session:
        query = select(TuningJobRow).order_by(col(TuningJobRow.created_at).desc())
        return [_job(session, row) for row in session.exec(query)]


def claim_job(store: Store, key: str, owner: str) -> TuningJob | None:
    """Take a job that nobody runs and that is not done; None when it cannot be had.

    owner: the name of this process (`owner_name`).
    """
    with store.write() as session:
        row = _row(session, key)
        if row.state == DONE or (row.state == RUNNING and not _holder_is_gone(session, row)):
            return None
        row.state, row.message, row.holder = RUNNING, "", owner
        row.beat_at, row.finished_at, row.stop_requested = clock.shared_seconds(session), None, False
        session.add(row)
        session.flush()
        return _job(session, row)


def _held(session: Session, key: str, owner: str) -> TuningJobRow:
    row = _row(session, key)
    if row.holder != owner:
        raise LeaseLost(f"Another process has taken over the training of {row.name}.")
    row.beat_at = clock.shared_seconds(session)
    session.add(row)
    return row


def thin_out(losses: Sequence[Sequence[float]]) -> list[list[float]]:
    """At most MOST_LOSSES points of a curve, the last one among them."""
    every = -(-len(losses) // MOST_LOSSES) or 1
    kept = [list(point) for point in losses[::every]]
    return kept if not losses or kept[-1] == list(losses[-1]) else [*kept, list(losses[-1])]


def beat_job(store: Store, key: str, owner: str, **changes: Any) -> bool:
    """Show that the holder is alive, and write what changed; returns whether a stop was asked for.

    changes: fields of TuningJob. Raises LeaseLost when another process has taken over.
    """
    with store.write() as session:
        row = _held(session, key, owner)
        for name, value in changes.items():
            setattr(row, name, value)
        return row.stop_requested


def end_job(store: Store, key: str, owner: str, state: str, message: str, **changes: Any) -> None:
    """End the work on a job. Raises LeaseLost when another process has taken over."""
    with store.write() as session:
        row = _held(session, key, owner)
        for name, value in changes.items():
            setattr(row, name, value)
        row.state, row.message, row.holder, row.stop_requested = state, message, "", False
        row.finished_at = clock.shared_seconds(session) if state == DONE else None


def rename_job(store: Store, key: str, name: str) -> TuningJob:
    """Call the model that a job makes otherwise."""
    with store.write() as session:
        row = _row(session, key)
        row.name = name
        session.add(row)
        session.flush()
        return _job(session, row)


def delete_job(store: Store, key: str) -> None:
    """Delete a job that nobody runs. Raises LeaseLost where somebody has begun to."""
    with store.write() as session:
        row = _row(session, key)
        if row.state == RUNNING and not _holder_is_gone(session, row):
            raise LeaseLost(f"The training of {row.name} has just been begun again.")
        session.delete(row)


def request_stop_of_job(store: Store, key: str) -> TuningJob:
    """Ask for a stop. A job that nobody runs is stopped at once; one that has ended stays as it is."""
    with store.write() as session:
        row = _row(session, key)
        if row.state == RUNNING and not _holder_is_gone(session, row):
            row.stop_requested = True
        elif row.state in (WAITING, RUNNING):
            row.state, row.holder, row.message = STOPPED, "", "Stopped by you."
        session.add(row)
        session.flush()
        return _job(session, row)
