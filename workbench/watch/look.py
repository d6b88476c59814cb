"""Looks at every service: tests it, stores and sends its alarms, and says where it stands.
Knows nothing about tests and messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from workbench.errors import WorkbenchError
from workbench.settings import AlarmSettings
from workbench.store.database import Store
from workbench.store.serving.services import list_services
from workbench.watch.alarms import raise_alarms
from workbench.watch.delivery import deliver, open_channels
from workbench.watch.figures import check_names
from workbench.watch.standing import Standing, standing

EVERY_SECONDS = 900.0
"""How often a server looks."""


def look(
    store: Store, settings: AlarmSettings, *, now: float, sleep: Callable[[float], None] = time.sleep
) -> list[Standing]:
    """Test all services that Watch shows and send what is due; returns where they stand, in their order.

    It may be called as often as one likes, and by several processes: the chance of a false alarm stays the
    same, and nothing is sent twice. It takes seconds for 100,000 requests, and up to a minute when a webhook
    does not answer: call it in a thread.

    now: Unix seconds.
    """
    check_names(settings.least)
    found = []
    channels = open_channels(settings, now=now, sleep=sleep)
    for service in list_services(store):
        raise_alarms(store, service, now=now, least=settings.least)
        deliver(store, service, channels, now=now)
        stands = standing(store, service.id, now)
        if stands is not None:
            found.append(stands)
    return found


async def keep_looking(
    look_once: Callable[[], object],
    *,
    on_error: Callable[[WorkbenchError], None],
    every_seconds: float = EVERY_SECONDS,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Look again and again while a server runs, until cancelled; each look in a thread.

    look_once: `look` with its arguments; it reads the clock anew each time.
    on_error: hears what went wrong, such as a full disk; the next look is made all the same.
    """
    while True:
        try:
            await asyncio.to_thread(look_once)
        except WorkbenchError as error:
            on_error(error)
        await sleep(every_seconds)
