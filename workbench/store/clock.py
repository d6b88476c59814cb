"""Gives the wall-clock time of this machine, and that of the database, which all who use a store share.
Knows nothing about leases or workers, which compare times."""

from __future__ import annotations

import time

from sqlmodel import Session

DATABASE = "database"
"""Where a session of a store keeps its database."""


def shared_seconds(session: Session) -> float:
    """Unix seconds by the clock of the database that a session is open on: for times that are compared with
    what other machines wrote. In SQLite it is this machine's wall clock."""
    return float(session.info[DATABASE].now(session))


def wall_seconds() -> float:
    """Unix seconds. The clock may jump when it is set: see HeldLease."""
    return time.time()
