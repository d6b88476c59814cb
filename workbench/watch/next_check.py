"""Says in words when a winner's canaries are asked next, and what that costs.
Knows nothing about who makes the checks."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.formatting import counted, duration
from workbench.input.time_span import DAY
from workbench.ship.winner import Winner
from workbench.store.database import Store
from workbench.watch.check import NO_CANARIES, exported_at, past_checks, plan_check
from workbench.watch.schedule import find_due


@dataclass(frozen=True)
class NextCheck:
    """The next check of a winner."""

    at: float | None
    """When it is due, in Unix seconds, in the past for one that is due now; None where none is."""
    words: str
    """ "The next check is due in 3 days (day 7). Asks 40 canaries, for about $0.02.", or why none is due."""


def find_next_check(
    store: Store, winner: Winner, now: float, every_seconds: float | None = None
) -> NextCheck:
    """When a winner's canaries are asked next.

    every_seconds: the period of checks beside those of days 7, 30 and 90; None for these alone.
    """
    if winner.canaries is None or not winner.canaries.questions:
        return NextCheck(None, NO_CANARIES)
    due = find_due(exported_at(winner), past_checks(store, winner), now, every_seconds)
    if due is None:
        return NextCheck(None, "No further check is due.")
    plan = plan_check(store, winner, winner.corpus.hash, now)
    left = due.at - now
    in_words = counted(round(left / DAY), "day") if left >= 2 * DAY else duration(left)
    when = "now" if left <= 0 else f"in {in_words}"
    return NextCheck(due.at, f"The next check is due {when} ({due.why}). {plan}")
