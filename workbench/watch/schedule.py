"""Says when a winner's next check is due, and makes checks as they fall due while a server runs.
Knows nothing about what a check does.

Without a period, checks are due 7, 30 and 90 days after the export. Nothing is remembered between two looks:
what is due follows from the stored checks, so a server that was down makes one check, not those it missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.input.time_span import DAY, time_span_in_words
from workbench.store.serving.records import ServiceCheck

MILESTONES = (7, 30, 90)
"""Days after the export on which a check is due."""
RETRY_SECONDS = 3_600.0
"""A check that could not be made is tried again after so long."""
LONGEST_SLEEP = 300.0  # seconds: the clock may jump


@dataclass(frozen=True)
class Due:
    """The next check."""

    at: float
    """Unix seconds; in the past for a check that is due now."""
    why: str
    """"day 30", or "every 1 day"."""


def find_due(
    exported_at: float, checks: Sequence[ServiceCheck], now: float, every_seconds: float | None = None
) -> Due | None:
    """The next check that is due; None where none ever is again.

    exported_at: when the winner was exported, in Unix seconds.
    checks: those of this export. One that was not finished does not count.
    every_seconds: the period; None for the three days alone.
    """
    made = [check.started_at for check in checks if check.finished_at is not None]
    last = max(made, default=None)
    dues = []
    passed = [day for day in MILESTONES if exported_at + day * DAY <= now]
    if passed and (last is None or last < exported_at + passed[-1] * DAY):
        dues.append(Due(exported_at + passed[-1] * DAY, f"day {passed[-1]}"))
    dues += [Due(exported_at + d * DAY, f"day {d}") for d in MILESTONES if d not in passed][:1]
    if every_seconds is not None:
        # A check in the future was made before the clock was set back.
        begun = exported_at if last is None else min(last, now)
        dues.append(Due(begun + every_seconds, f"every {time_span_in_words(every_seconds)}"))
    return min(dues, key=lambda due: due.at, default=None)


async def check_on_schedule(
    find_next: Callable[[], Due | None],
    make_check: Callable[[], Awaitable[object]],
    *,
    now: Callable[[], float],
    on_error: Callable[[WorkbenchError], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Make checks as they fall due, until cancelled or none ever is again.

    find_next: called anew before each wait; it reads the store, so it runs in a thread.
    make_check: makes one. A WorkbenchError goes to on_error, and it is tried again in an hour.
    now: the clock, in Unix seconds.
    """
    not_before = 0.0
    while (due := await asyncio.to_thread(find_next)) is not None:
        wait = max(due.at, not_before) - now()
        if wait > 0:
            await sleep(min(wait, LONGEST_SLEEP))
            continue
        try:
            await make_check()
            not_before = 0.0
        except WorkbenchError as error:
            on_error(error)
            not_before = now() + RETRY_SECONDS
