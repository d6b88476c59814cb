"""Opens a Caller outside an experiment: no lease and no experiment's id, over a home's ledger or without one.
Knows nothing about what it is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from workbench.calls.budget import Budget
from workbench.calls.caller import Caller
from workbench.calls.claims import PATIENCE_SECONDS, NoClaims, SharedClaims
from workbench.calls.clients import Opened
from workbench.calls.group_commit import GroupCommitWriter
from workbench.calls.ledger import Ledger, MemoryLedger, StoreLedger
from workbench.calls.retry_policy import INTERACTIVE, SERVING, UNATTENDED, RetryPolicy
from workbench.calls.sending import Sending
from workbench.calls.stop_signal import StopSignal
from workbench.errors import ModelError, StoreError
from workbench.providers.open_model import open_chat_model, open_embedding_model, open_reranker
from workbench.providers.prices import Prices, PriceSnapshot, find_price
from workbench.providers.server_facts import ask_server
from workbench.providers.trust import Trust
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.sharing.participants import BEAT_SECONDS

log = logging.getLogger(__name__)

INTERACTIVE_GIVE_UP_SECONDS = 10.0
UNATTENDED_GIVE_UP_SECONDS = 60.0


@asynccontextmanager
async def open_caller(
    ledger: Store | MemoryLedger,
    opened: Opened,
    prices: Prices,
    *,
    retry_policy: RetryPolicy,
    give_up_seconds: float,
    budget: Budget | None = None,
    stop_signal: StopSignal | None = None,
) -> AsyncIterator[Caller]:
    """A Caller whose calls are written down by the time it is closed; it closes `opened` as well.

    give_up_seconds: the stop signal is set when a provider has been unreachable for this long.
    """
    stop_signal = StopSignal() if stop_signal is None else stop_signal  # an unset signal is false
    background = [asyncio.create_task(_watch(opened, stop_signal, give_up_seconds))]
    claims = None
    if isinstance(ledger, Store):
        writer = GroupCommitWriter(ledger, None)
        background.append(asyncio.create_task(writer.run()))
        kept: StoreLedger | MemoryLedger = StoreLedger(ledger, writer)
        claims = _claims(ledger, writer, retry_policy)
        background.append(asyncio.create_task(_keep_beating(claims)))
    else:
        kept = ledger
    try:
        cap = budget or Budget(None, 0.0)
        shared = claims or NoClaims()
        yield Caller(Sending(kept, opened, prices, cap, None, stop_signal, retry_policy, shared))
    finally:
        for task in reversed(background):
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if claims is not None:
            await claims.close()
        await opened.close()


def _claims(store: Store, writer: GroupCommitWriter, retry_policy: RetryPolicy) -> SharedClaims:
    """Where nobody waits, calls of others are waited for as long as it takes."""
    if retry_policy.waits_for_provider:
        return SharedClaims(store, writer, "run")
    return SharedClaims(store, writer, "interactive", patience_seconds=PATIENCE_SECONDS)


async def _keep_beating(claims: SharedClaims) -> None:
    """Goes on while the store cannot be used: it may come back, and who does not beat is taken for dead."""
    said = ""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await claims.beat()
            said = ""
        except StoreError as error:
            if str(error) != said:
                log.warning("This program cannot say that it is alive: %s", error)
            said = str(error)


@asynccontextmanager
async def open_interactive_caller(
    ledger: Store | MemoryLedger, models: Sequence[Model], settings: Settings, trust: Trust
) -> AsyncIterator[Caller]:
    """For these models, on behalf of somebody who waits: what may pass is tried again, but not for long.

    Raises HostNotConfirmed when one of them is at a host that `trust` does not allow.
    """
    trust.require(models)
    prices = {model.name: find_price(model, settings.compute_usd_per_hour) for model in models}
    async with open_caller(
        ledger, _clients(trust), prices, retry_policy=INTERACTIVE, give_up_seconds=INTERACTIVE_GIVE_UP_SECONDS
    ) as caller:
        yield caller


@asynccontextmanager
async def open_unattended_caller(
    ledger: Store | MemoryLedger,
    models: Sequence[Model],
    settings: Settings,
    trust: Trust,
    *,
    budget_usd: float | None = None,
    stop_signal: StopSignal | None = None,
) -> AsyncIterator[Caller]:
    """For these models, when nobody waits: calls are tried for minutes, and one that can never succeed stops
    the work.

    Raises HostNotConfirmed when one of them is at a host that `trust` does not allow, and ModelError when one
    has no price that a budget could be kept by.
    """
    trust.require(models)
    prices = {model.name: find_price(model, settings.compute_usd_per_hour) for model in models}
    unpriced = next((name for name, price in prices.items() if price is None), None)
    if budget_usd is not None and unpriced is not None:
        raise ModelError(f"{unpriced} has no price, so no budget can be kept.", hint="Give it a price.")
    async with open_caller(
        ledger,
        _clients(trust),
        prices,
        retry_policy=UNATTENDED,
        give_up_seconds=UNATTENDED_GIVE_UP_SECONDS,
        budget=Budget(budget_usd, 0.0),
        stop_signal=stop_signal,
    ) as caller:
        yield caller


def _clients(trust: Trust) -> Opened:
    return Opened(
        partial(open_chat_model, trust=trust),
        partial(open_embedding_model, trust=trust),
        partial(open_reranker, trust=trust),
        partial(ask_server, trust=trust),
    )


class ServiceModels:
    """The models that a service asks: their prices, and the hosts that may be sent something. It grows when a
    winner is exchanged for another."""

    def __init__(self, settings: Settings) -> None:
        self._compute_usd_per_hour = settings.compute_usd_per_hour
        self._trust = Trust()
        self.prices: dict[str, PriceSnapshot | None] = {}
        """By the model's name."""

    def add(self, models: Sequence[Model], trust: Trust) -> None:
        """Take models in. Raises HostNotConfirmed for one at a host that `trust` does not allow."""
        trust.require(models)
        for model in models:
            self.prices[model.name] = find_price(model, self._compute_usd_per_hour)
        self._trust = Trust(self._trust.pairs | trust.pairs)

    def open(self) -> Opened:
        """Clients of these models, and of those that are taken in later."""
        return Opened(
            lambda model: open_chat_model(model, self._trust),
            lambda model: open_embedding_model(model, self._trust),
            lambda model: open_reranker(model, self._trust),
            lambda model: ask_server(model, self._trust),
        )


@asynccontextmanager
async def open_service_caller(ledger: Ledger, models: ServiceModels) -> AsyncIterator[Caller]:
    """For as long as a service runs: a call fails soon, and the next one is tried again in any case."""
    opened = models.open()
    try:
        budget = Budget(None, 0.0)
        yield Caller(Sending(ledger, opened, models.prices, budget, None, StopSignal(), SERVING))
    finally:
        await opened.close()


async def _watch(opened: Opened, stop_signal: StopSignal, give_up_seconds: float) -> None:
    while True:
        await asyncio.sleep(1.0)
        for provider, limits in opened.all_limits.items():
            if limits.dead_seconds > give_up_seconds:
                stop_signal.set("paused", f"{provider}: {limits.state_in_words}")
