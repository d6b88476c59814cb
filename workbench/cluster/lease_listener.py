"""Watches the lease of a run that this process works for, and stops its work when the lease is lost, when a
stop is requested, or when its holder has died. Knows nothing about the work."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from workbench.calls.stop_signal import StopSignal
from workbench.store.database import Store
from workbench.store.leases import read_lease
from workbench.store.processes import owner_is_gone
from workbench.store.records import Lease
from workbench.store.silence import SilenceWatch

LOOK_SECONDS = 0.4
HOLDER_SILENT_SECONDS = 8.0
"""A holder renews its lease every second. One that has not for so long is not heard, and perhaps dead."""


async def watch_lease(store: Store, lease: Lease, stop_signal: StopSignal) -> None:
    """Set the stop signal as soon as there is a reason. Returns then."""
    loop = asyncio.get_running_loop()
    watch = SilenceWatch()
    # A thread of its own: it hears of a stop however busy the others are.
    with ThreadPoolExecutor(1, thread_name_prefix="lease") as executor:
        while not stop_signal:
            held, stop_requested, renewed = await loop.run_in_executor(executor, read_lease, store, lease)
            silent = watch.look({lease.owner: renewed})[lease.owner]
            if not held:
                stop_signal.set("interrupted", "Another process runs the experiment now.")
            elif stop_requested:
                stop_signal.set("stopped", "Stopped by you.")
            elif owner_is_gone(lease.owner) or silent > HOLDER_SILENT_SECONDS:
                stop_signal.set("interrupted", "The coordinator of the experiment is gone.")
            else:
                await asyncio.sleep(LOOK_SECONDS)
