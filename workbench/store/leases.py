"""Leases, which say who works on an experiment, and the states that an experiment goes through.
Knows nothing about how an experiment is carried out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy import select as sqlalchemy_select
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from workbench.errors import InputError, LeaseLost, StoreError
from workbench.store import clock
from workbench.store.database import Store
from workbench.store.processes import owner_is_gone
from workbench.store.records import ACTIVE, RESUMABLE, HeldLease, Lease, State
from workbench.store.tables import ExperimentRow, sql_table

LEASE_SECONDS = 15.0
"""How long a lease is valid after it was renewed."""
UNDER_WAY = "seconds_under_way"
"""The key in `progress` of the seconds that the present holder has worked; removed when it ends."""
# A lease that ends later than this was renewed before the clock was set back: it counts as run out.
LONGEST_LEASE_SECONDS = 60.0

_EXPERIMENT = sql_table(ExperimentRow)
_RENEW = (
    update(_EXPERIMENT)
    .where(_EXPERIMENT.c.id == bindparam("experiment"), _EXPERIMENT.c.lease_epoch == bindparam("epoch"))
    .where(_EXPERIMENT.c.lease_owner == bindparam("owner"))
    .values(lease_until=bindparam("until"))
)
_RENEW_WITH_PROGRESS = _RENEW.values(progress=bindparam("shown", type_=_EXPERIMENT.c.progress.type))
_ASKED = sqlalchemy_select(_EXPERIMENT.c.stop_requested, _EXPERIMENT.c.budget_usd).where(
    _EXPERIMENT.c.id == bindparam("experiment")
)
_ACTIVE = (
    select(ExperimentRow).where(col(ExperimentRow.state).in_(ACTIVE)).order_by(col(ExperimentRow.created_at))
)
_FREE_BY = (
    col(ExperimentRow.id), col(ExperimentRow.place), col(ExperimentRow.state),
    col(ExperimentRow.lease_epoch), col(ExperimentRow.lease_until),
)  # fmt: skip

_NEXT: dict[str, tuple[str, ...]] = {
    "queued": ("running", "stopped", "failed"),
    "running": ("stopping", "stopped", "stopped: budget", "paused", "interrupted", "done", "failed"),
    "stopping": ("stopped", "stopped: budget", "interrupted", "done", "failed", "paused"),
    **dict.fromkeys(RESUMABLE, ("queued", "running")),
    "done": (),
}


def row_of(session: Session, experiment_id: str) -> ExperimentRow:
    """The row of an experiment. Raises InputError when there is none."""
    row = session.get(ExperimentRow, experiment_id)
    if row is None:
        raise _is_unknown(experiment_id)
    return row


def _is_unknown(experiment_id: str) -> InputError:
    return InputError(
        f"There is no experiment {experiment_id!r}.",
        hint="The list of experiments shows their ids.",
        remedy=("list_experiments",),
    )


def _ran_out(row: ExperimentRow, now: float) -> bool:
    return not now <= row.lease_until <= now + LONGEST_LEASE_SECONDS


def _holder_is_gone(row: ExperimentRow) -> bool:
    if row.state not in ("running", "stopping") or not row.lease_owner:
        return False
    return owner_is_gone(row.lease_owner)


def effective_state(row: ExperimentRow, now: float) -> State:
    """The stored state, or "interrupted" when it claims to run and nobody holds it any more."""
    if row.state in ("running", "stopping") and (_ran_out(row, now) or _holder_is_gone(row)):
        return "interrupted"
    return row.state  # type: ignore[return-value]


def change_state(session: Session, row: ExperimentRow, state: State, message: str = "") -> None:
    """Change an experiment's state; nothing else does. Raises StoreError for a forbidden transition."""
    if state != row.state and state not in _NEXT[row.state]:
        raise StoreError(f"Experiment {row.id} is {row.state!r} and cannot become {state!r}.")
    now = clock.shared_seconds(session)
    row.state = state
    row.message = message
    if state == "running" and row.started_at is None:
        row.started_at = now
    if state not in ACTIVE:
        row.lease_owner, row.lease_until = None, 0.0
    if state in ("done", "failed"):
        row.finished_at = now
    if state in ("queued", "running"):
        row.finished_at, row.stop_requested = None, False
    session.add(row)


def request_stop(store: Store, experiment_id: str) -> State:
    """Ask for a clean stop and return the state afterwards. One that has ended or is idle stays as it is."""
    with store.write() as session:
        row = row_of(session, experiment_id)
        now = clock.shared_seconds(session)
        if row.state == "queued":
            change_state(session, row, "stopped", "Stopped before it began.")
        elif effective_state(row, now) == "interrupted":
            change_state(session, row, "interrupted", row.message)
        elif row.state == "running":
            row.stop_requested = True
            row.state = "stopping"
            session.add(row)
        return effective_state(row, now)


def queue(store: Store, experiment_id: str, *, place: str | None = None) -> State:
    """Put a stopped, paused, interrupted or failed experiment back in the queue.

    place: where it is queued (`place_of`).

    Returns the state afterwards. Raises InputError for an experiment that is done or running.
    """
    with store.write() as session:
        row = row_of(session, experiment_id)
        state = effective_state(row, clock.shared_seconds(session))
        if state == "queued":
            return state
        if state not in RESUMABLE and not _holder_is_gone(row):
            raise cannot_go_on(experiment_id, state)
        if row.state in ("running", "stopping"):
            change_state(session, row, "interrupted")
        change_state(session, row, "queued")
        row.place = place
        return "queued"


def cannot_go_on(experiment_id: str, state: State) -> InputError:
    """The error that says why an experiment in this state cannot be resumed."""
    if state == "done":
        return InputError(
            f"Experiment {experiment_id} is done: there is nothing left to resume.",
            hint="Run its file again to retry failed answers; successful ones are reused.",
        )
    return InputError(
        f"Experiment {experiment_id} is {state} already: another worker is running it.",
        hint="Its status shows its progress.",
        remedy=("show_status", experiment_id),
    )


def _may_be_taken(row: ExperimentRow, silent: Sequence[HeldLease] | None, now: float) -> bool:
    if row.state == "queued":
        return True
    if silent is None:
        return _ran_out(row, now)
    return any(
        (h.experiment_id, h.epoch, h.until) == (row.id, row.lease_epoch, row.lease_until) for h in silent
    )


def find_leases(store: Store) -> list[HeldLease]:
    """The leases of all experiments that are running or stopping, whether or not the holder is alive."""
    columns = (ExperimentRow.id, ExperimentRow.lease_epoch, ExperimentRow.lease_until)
    query = select(*columns).where(col(ExperimentRow.state).in_(("running", "stopping")))
    with store.read() as session:
        now = clock.shared_seconds(session)
        return [HeldLease(i, epoch, until, until < now) for i, epoch, until in session.exec(query)]


def find_free(store: Store, silent: Sequence[HeldLease] | None = None) -> list[tuple[str, str | None]]:
    """The experiments that `claim` may take, oldest first: (id, where it was queued).

    silent: as in `claim`.
    """
    with store.read() as session:
        now = clock.shared_seconds(session)
        rows = session.exec(_ACTIVE.options(load_only(*_FREE_BY)))  # type: ignore[arg-type]
        return [(row.id, row.place) for row in rows if _may_be_taken(row, silent, now)]


def claim(
    store: Store,
    owner: str,
    *,
    experiment_id: str | None = None,
    silent: Sequence[HeldLease] | None = None,
    among: Collection[str] | None = None,
    place: str | None = None,
) -> Lease | None:
    """Take the lease of an experiment that is free; returns None when there is none.

    owner: the name of the process, see `owner_name`.
    experiment_id: claim this experiment only. It is also free when it was stopped, when its holder is gone,
        or when the owner has held it since it was created. None: claim the oldest free experiment.
    silent: leases whose holders have stopped renewing them; their experiments are free too. None: those
        whose lease has run out by the wall clock are free.
    among: the experiments that the oldest is chosen from; None for all.
    place: where `experiment_id` belongs from now on (`place_of`); None leaves it.

    Raises InputError for an unknown experiment.
    """
    with store.write() as session:
        now = clock.shared_seconds(session)
        if experiment_id is not None:
            row = row_of(session, experiment_id)
            if row.lease_owner == owner:
                row.lease_until = now + LEASE_SECONDS
                return Lease(row.id, owner, row.lease_epoch)
            free = row.state in ("queued", *RESUMABLE) or _ran_out(row, now) or _holder_is_gone(row)
            if not free or row.state == "done":
                return None
            row.place = place or row.place
        else:
            wanted = _ACTIVE if among is None else _ACTIVE.where(col(ExperimentRow.id).in_(among))
            free_row = next((row for row in session.exec(wanted) if _may_be_taken(row, silent, now)), None)
            if free_row is None:
                return None
            row = free_row
            if row.state == "stopping":  # its holder died before it could stop, so it is stopped here
                change_state(session, row, "stopped", "Stopped by you.")
                return None
        if row.state in ("running", "stopping"):
            change_state(session, row, "interrupted")
        progress = dict(row.progress or {})
        row.seconds += progress.pop(UNDER_WAY, 0.0)  # left by a holder that died
        row.progress = progress
        return grant_lease(session, row, owner)


def grant_lease(session: Session, row: ExperimentRow, owner: str) -> Lease:
    """Give `owner` the lease of an experiment that nobody holds, and set it running."""
    change_state(session, row, "running")
    row.lease_owner, row.lease_until = owner, clock.shared_seconds(session) + LEASE_SECONDS
    row.lease_epoch += 1
    return Lease(row.id, owner, row.lease_epoch)


def renew_lease(session: Session, lease: Lease) -> None:
    """Check and renew the lease inside a write. Raises LeaseLost when another worker has taken over."""
    _renew(session, lease, _RENEW)


def _renew(session: Session, lease: Lease, statement: Update, **values: Any) -> None:
    result = session.execute(
        statement,
        {
            "experiment": lease.experiment_id,
            "epoch": lease.epoch,
            "owner": lease.owner,
            "until": clock.shared_seconds(session) + LEASE_SECONDS,
            **values,
        },
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost(f"Another worker has taken over experiment {lease.experiment_id}.")


def check_lease(session: Session, lease: Lease) -> None:
    """Check the lease inside a write of somebody who works for its holder, who alone renews it. Nobody takes
    it over until the write has ended. Raises LeaseLost when another worker has taken over."""
    held = select(ExperimentRow.id).where(
        ExperimentRow.id == lease.experiment_id,
        ExperimentRow.lease_epoch == lease.epoch,
        ExperimentRow.lease_owner == lease.owner,
    )
    if session.exec(held.with_for_update(read=True)).first() is None:
        raise LeaseLost(f"Another worker has taken over experiment {lease.experiment_id}.")


def read_lease(store: Store, lease: Lease) -> tuple[bool, bool, float]:
    """(Whether its holder still holds it, whether a stop is requested, its end by the wall clock)."""
    columns = (ExperimentRow.stop_requested, ExperimentRow.lease_until)
    held = select(*columns).where(
        ExperimentRow.id == lease.experiment_id,
        ExperimentRow.lease_epoch == lease.epoch,
        ExperimentRow.lease_owner == lease.owner,
    )
    row = store.query(lambda session: session.exec(held).first())
    return (False, False, 0.0) if row is None else (True, *row)


def finish(
    store: Store,
    lease: Lease,
    state: State,
    message: str,
    *,
    seconds: float,
    progress: dict[str, Any] | None = None,
) -> None:
    """End the work under a lease and set the experiment's final state.

    seconds: how long this holder worked; added to the experiment's total.
    progress: what is stored as its progress; None keeps what is there.

    Raises LeaseLost when another worker has taken over.
    """

    def end(session: Session) -> None:
        renew_lease(session, lease)
        row = row_of(session, lease.experiment_id)
        row.seconds += seconds
        stored_progress = dict(row.progress or {})
        stored_progress.pop(UNDER_WAY, None)
        row.progress = stored_progress if progress is None else progress
        change_state(session, row, state, message)

    store.transact(end)


def heartbeat(
    store: Store,
    lease: Lease,
    progress: dict[str, Any] | None,
    also: Callable[[Session], None] | None = None,
) -> tuple[bool, float | None]:
    """Renew the lease and write progress unless it is None; returns (stop requested, budget in dollars).

    also: what else is written in the same transaction, which others may share (`Store.write`).

    Raises LeaseLost when another worker has taken over.
    """

    def beat(session: Session) -> tuple[bool, float | None]:
        if progress is None:
            _renew(session, lease, _RENEW)
        else:
            shown = progress | {UNDER_WAY: time.time() - lease.claimed_at}
            _renew(session, lease, _RENEW_WITH_PROGRESS, shown=shown)
        if also is not None:
            also(session)
        stop_requested, cap = session.execute(_ASKED, {"experiment": lease.experiment_id}).one()
        return stop_requested, cap

    return store.transact(beat, shared=True)


def is_stop_requested(store: Store, experiment_id: str) -> bool:
    asked = store.query(lambda session: session.execute(_ASKED, {"experiment": experiment_id}).first())
    return asked is not None and bool(asked.stop_requested)


def get_cap(store: Store, experiment_id: str) -> float | None:
    """The budget of an experiment as it is now, in US dollars; None without one. Raises InputError where
    there is no such experiment."""
    asked = store.query(lambda session: session.execute(_ASKED, {"experiment": experiment_id}).first())
    if asked is None:
        raise _is_unknown(experiment_id)
    return asked.budget_usd  # type: ignore[no-any-return]
