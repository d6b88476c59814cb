"""Says in words when a winner's canaries are asked next, and what that costs.
Knows nothing about who makes the checks."""

from __future__ import annotations

from workbench.formatting import counted, duration
from workbench.input.time_span import DAY
from workbench.ship.winner import Winner
from workbench.store.database import Store
from workbench.watch.check import NO_CANARIES, exported_at, past_checks, plan_check
from workbench.watch.schedule import find_due


def next_check_in_words(store: Store, winner: Winner, now: float, every_seconds: float | None = None) -> str:
    """ "The next check is due in 3 days (day 7). Asks 40 canaries, for about $0.02."

    every_seconds: the period of checks beside those of days 7, 30 and 90; None for these alone.
    """
    if winner.canaries is None or not winner.canaries.questions:
        return NO_CANARIES
    due = find_due(exported_at(winner), past_checks(store, winner), now, every_seconds)
    if due is None:
        return "No further check is due."
    plan = plan_check(store, winner, winner.corpus.hash, now)
    left = due.at - now
    in_words = counted(round(left / DAY), "day") if left >= 2 * DAY else duration(left)
    when = "now" if left <= 0 else f"in {in_words}"
    return f"The next check is due {when} ({due.why}). {plan}"
