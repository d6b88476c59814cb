"""Acknowledges, mutes and closes alarms, with a note.
Knows nothing about where alarms are sent."""

from __future__ import annotations

from typing import Any

from workbench.errors import InputError
from workbench.store.database import Store
from workbench.store.serving.alarms import change_alarm
from workbench.watch.standing import alarm_to_json

LONGEST_NOTE = 4_000


def handle_alarm(
    store: Store, alarm_id: int, action: str, *, now: float, seconds: float = 0.0, note: str | None = None
) -> dict[str, Any]:
    """Change an alarm; returns it as `watch --json` shows it.

    action: "acknowledge", "mute" (for some seconds) or "close".
    note: replaces the alarm's note; None keeps it.

    Raises InputError when there is no such alarm.
    """
    values: dict[str, Any] = {} if note is None else {"note": note.strip()[:LONGEST_NOTE]}
    match action:
        case "acknowledge":
            values["state"] = "acknowledged"
        case "mute":
            values["muted_until"] = now + seconds
        case "close":
            values["state"] = "closed"
    alarm = change_alarm(store, alarm_id, now=now, **values)
    if alarm is None:
        raise InputError(f"There is no alarm {alarm_id}.", hint="`watch` shows the alarms with their ids.")
    return alarm_to_json(alarm, now)
