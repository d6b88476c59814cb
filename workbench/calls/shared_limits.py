"""Keeps the limits of providers together with other processes: each has a share, by what it wants at present.
Knows nothing about calls."""

from __future__ import annotations

import asyncio
import time

from sqlmodel import Session

from workbench.calls.clients import Opened
from workbench.providers.rate_limits import ProviderLimits
from workbench.store.database import Store
from workbench.store.sharing.limit_shares import Exchange, exchange, leave

EXCHANGE_SECONDS = 1.0
LOOK_SECONDS = 0.1
"""How soon somebody who has no share at all asks for one."""


class SharedLimits:
    """holder: the participant's name."""

    def __init__(self, store: Store, opened: Opened, holder: str) -> None:
        self._store = store
        self._opened = opened
        self._holder = holder
        self._exchanged_at: dict[str, float] = {}
        self._pausing: set[str] = set()
        opened.share_limits()

    async def run(self) -> None:
        """Exchange wants for shares until it is cancelled. Raises StoreError."""
        await self._opened.has_shared_limits.wait()  # a coordinator may have none to its end
        while True:
            now = time.monotonic()
            for provider, limits in self._opened.shared_limits.items():
                since = now - self._exchanged_at.get(provider, float("-inf"))
                starves = limits.waiting > 0 and not limits.allowed and provider not in self._pausing
                if since >= EXCHANGE_SECONDS or (starves and since >= LOOK_SECONDS):
                    self._exchanged_at[provider] = now
                    wanted = limits.in_flight + limits.waiting
                    told = await asyncio.to_thread(self._exchange, provider, limits, wanted)
                    limits.take_share(told.share, told.borne)
                    (self._pausing.add if told.pauses else self._pausing.discard)(provider)
            await asyncio.sleep(LOOK_SECONDS)

    def _exchange(self, provider: str, limits: ProviderLimits, wanted: int) -> Exchange:
        def work(session: Session) -> Exchange:
            return exchange(
                session, self._store.now(session), provider, self._holder, most=limits.most, wanted=wanted,
                in_flight=limits.in_flight, borne=limits.concurrency.allowed, lowered_to=limits.lowered_to,
            )  # fmt: skip

        return self._store.transact(work)

    async def close(self) -> None:
        """Give up all shares."""
        await asyncio.to_thread(leave, self._store, self._holder)
