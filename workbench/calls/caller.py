"""Sends calls to models: each exact request once, within limits and budget, into the ledger.
Knows nothing about prompts, retrieval or scores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from workbench.calls.budget import Budget, Reservation
from workbench.calls.call_records import CallRecordBuilder
from workbench.calls.claims import UNSHARED, Claims, HeldElsewhere, Hold, NoClaims
from workbench.calls.clients import Opened, model_key, more_patient, provider_key
from workbench.calls.first_requests import FirstRequests
from workbench.calls.ledger import Ledger
from workbench.calls.machine_time import HourlyReservation, MachineTime
from workbench.calls.retry_policy import (
    ATTEMPTS_OF_LATER_ROUNDS,
    UNATTENDED,
    RetryPolicy,
    gets_another_round,
)
from workbench.calls.stop_signal import StopSignal
from workbench.calls.worst_case import worst_cost, worst_embedding_usage, worst_usage
from workbench.errors import ProviderError
from workbench.fingerprint import fingerprint
from workbench.pipeline.asker import EmbeddedTexts, KeptVectors, Kind, Reply, RerankedTexts, TypicalCall
from workbench.pipeline.chat_request import call_key
from workbench.providers.prices import Prices
from workbench.providers.rate_limits import PERMANENT_KINDS, Slot
from workbench.providers.retries import call_with_retries
from workbench.providers.types import (
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    OnText,
    RerankRequest,
    Usage,
)
from workbench.space.model import Model
from workbench.store.records import CallRecord
from workbench.store.sharing.claims import Claim

ModelReply = TypeVar("ModelReply", ChatReply, EmbeddingReply)


@dataclass
class CallCounts:
    """What became of the calls of one Caller."""

    made: int = 0
    """Calls sent, failed ones included."""
    reused: int = 0
    """Calls answered from the store, or by the same call while it was under way."""
    failed: int = 0
    """Calls that failed after their last attempt; a part of `made`."""
    retried: int = 0
    """Attempts beyond each call's first."""


class Caller:
    """Shares stored calls and calls under way; every new call becomes a row of the ledger.

    It is an Asker: the pipeline's stages use `ask`, `embed` and `rerank`. Callers that need the row use
    `call`.

    ledger: where calls are looked up and written down.
    opened: the run's clients and its providers' limits.
    prices: by model name.
    budget: the cap that every call is reserved under.
    experiment_id: None outside an experiment.
    stop_signal: once set, no further request is sent.
    retry_policy: for how long a call is tried.
    claims: through which calls are shared with other processes and other Callers; None shares them with none.
    """

    def __init__(
        self,
        ledger: Ledger,
        opened: Opened,
        prices: Prices,
        budget: Budget,
        experiment_id: str | None,
        stop_signal: StopSignal,
        retry_policy: RetryPolicy = UNATTENDED,
        claims: Claims | None = None,
    ) -> None:
        self._ledger = ledger
        self._claims = claims or NoClaims()
        self._opened = opened
        self._prices = prices
        self._budget = budget
        self._records = CallRecordBuilder(prices, experiment_id)
        self._stop_signal = stop_signal
        self._retry_policy = retry_policy
        self._in_flight: dict[str, asyncio.Task[tuple[CallRecord, bool]]] = {}
        self._made_here: set[str] = set()
        self._machines: dict[str, MachineTime] = {}
        self.first_requests = FirstRequests()
        self.counts = CallCounts()

    async def ask(
        self,
        model: Model,
        request: ChatRequest | RerankRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        """See Asker. Raises BudgetSpent and Stopped as well."""
        record, stored = await self.call(model, request, kind=kind, repeat=repeat, on_text=on_text)
        if record.outcome != "ok":
            error_kind = record.error_kind or "rejected"
            raise ProviderError(record.error, kind=error_kind, attempts=record.attempts)
        return Reply.of(record, stored=stored)

    async def rerank(self, model: Model, request: RerankRequest, *, kind: Kind) -> RerankedTexts:
        """See Asker. The request is one row of the ledger. Raises as `ask` does."""
        return RerankedTexts.of(await self.ask(model, request, kind=kind))

    async def context_window(self, model: Model) -> int | None:
        if model.context_window is not None or model.base_url is None:
            return model.context_window
        return (await self._opened.facts(model)).window_of(model.model)

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        return await self._ledger.typical_call(model_key(model), kind)

    async def call(
        self,
        model: Model,
        request: ChatRequest | RerankRequest,
        *,
        kind: str,
        repeat: int = 0,
        stored_calls: dict[str, CallRecord] | None = None,
        on_text: OnText | None = None,
    ) -> tuple[CallRecord, bool]:
        """The call's record, and whether it was stored or under way already.

        A failed call is a record with outcome "failed". Raises BudgetSpent and Stopped.

        stored_calls: stored calls by their keys, read beforehand and maybe some time ago.
        """
        key = call_key(model, request, repeat, kind)
        if stored_calls is not None and key in stored_calls:
            self.counts.reused += 1
            self.first_requests.trust([model])
            return stored_calls[key], True
        while (under_way := self._in_flight.get(key)) is not None:
            try:
                record, _ = await asyncio.shield(under_way)
            except asyncio.CancelledError:
                if not under_way.cancelled():
                    raise  # this caller's own work ends
                if self._in_flight.get(key) is under_way:  # whoever sent it no longer wants it
                    del self._in_flight[key]
                continue
            self.counts.reused += 1
            return record, True
        must_look_up = stored_calls is None
        task = asyncio.create_task(
            self._find_or_make(key, model, request, kind, repeat, on_text, must_look_up=must_look_up)
        )
        self._in_flight[key] = task
        try:
            record, stored = await task
        finally:
            if self._in_flight.get(key) is task:
                del self._in_flight[key]
        self.counts.reused += stored
        return record, stored

    async def _find_or_make(
        self,
        key: str,
        model: Model,
        request: ChatRequest | RerankRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
        *,
        must_look_up: bool,
    ) -> tuple[CallRecord, bool]:
        """Look the call up where it may have been stored since the caller looked: by this run or, where a
        second call costs money and may differ, by another one."""
        while True:
            if not model.embedded:
                await self._claims.wait_until_free(key, self._stop_signal.race)
            if must_look_up or key in self._made_here or not model.embedded:
                stored_call = await self._ledger.find(key)
                if stored_call is not None:
                    self.first_requests.trust([model])
                    return stored_call, True
            try:
                record = await self._make(key, model, request, kind, repeat, on_text)
                break
            except HeldElsewhere:
                continue
        if model.embedded and not must_look_up:  # others are always looked up; a long run would hold all keys
            self._made_here.add(key)
        return record, False

    async def _make(
        self,
        key: str,
        model: Model,
        request: ChatRequest | RerankRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
    ) -> CallRecord:
        usage = worst_usage(request)
        texts = len(request.texts) if isinstance(request, RerankRequest) else 0
        await self._opened.facts(model)
        limits = self._opened.limits(model)
        if not self._retry_policy.waits_for_circuit:
            limits.raise_if_shut()
        worst_case = worst_cost(self._prices, model, usage, texts)
        rounds, succeeded_before = 0, 0
        async with (
            self._reserved(model, worst_case) as reservation,
            self._hold(key, model, kind, worst_case) as hold,
        ):
            await hold.take(self._stop_signal.race)
            while True:
                async with (
                    self.first_requests.alone(model),
                    limits.slot(tokens=usage.input, race=self._stop_signal.race) as slot,
                ):
                    self._stop_signal.raise_if_set()
                    hold.note_place()
                    self.first_requests.raise_if_unusable(model)
                    attempts = ATTEMPTS_OF_LATER_ROUNDS if rounds else self._retry_policy.attempts
                    record = await self._send(
                        key, model, request, kind, repeat, on_text, reservation, slot, attempts
                    )
                    rounds += 1
                    if rounds == 1:
                        succeeded_before = limits.succeeded
                    if self._retry_policy.waits_for_provider and gets_another_round(
                        record, rounds, limits, others_succeed=limits.succeeded > succeeded_before
                    ):
                        continue
                    if (
                        kind != "judge" and self._retry_policy.waits_for_provider
                    ):  # answers stand without judges
                        self.first_requests.note(model, record)
                    reservation.cost += record.cost_usd or 0.0
                    # The slot is held until the reply is stored: only what is under way can be lost.
                    duplicate = await self._ledger.add(record)
                    if record.outcome == "ok":
                        hold.note_stored()
                    break
        self.counts.made += 1
        self.counts.failed += record.outcome == "failed"
        self.counts.retried += record.attempts - 1
        if duplicate:  # another run was faster: both calls are paid for, and the first one is used
            return await self._ledger.find(key) or record
        return record

    @asynccontextmanager
    async def _reserved(self, model: Model, worst_case: float) -> AsyncIterator[Reservation]:
        """A call's hold on the budget, once there is room. Raises BudgetSpent and Stopped."""
        reservation = self._reservation(model, worst_case)
        if not reservation.open_at_once():
            await self._stop_signal.race(reservation.open())
        try:
            yield reservation
        finally:
            await reservation.close()

    def _hold(
        self, key: str, model: Model, kind: str, worst_case: float, *, is_stored_whole: bool = True
    ) -> Hold:
        """The call's claim, which is yet to be taken."""
        if model.embedded:
            return UNSHARED
        worst_usd = worst_case if self._prices.get(model.name) is not None else None
        claim = Claim(key, kind, model.name, worst_usd, self._machine_of(model), is_stored_whole)
        return self._claims.hold(claim, provider_key(model), model.limits.concurrency)

    def _machine_of(self, model: Model) -> str | None:
        """The machine of a served model that is priced by the hour. Models of one address and price are taken
        for one machine: a base model and its adapters, say."""
        price = self._prices.get(model.name)
        if model.embedded or price is None or price.per_hour is None:
            return None
        return f"{provider_key(model)} {price.per_hour}"

    def _reservation(self, model: Model, worst_case: float) -> Reservation:
        price, machine = self._prices.get(model.name), self._machine_of(model)
        if machine is None or price is None or price.per_hour is None:
            return Reservation(self._budget, worst_case)
        if machine not in self._machines:
            self._machines[machine] = MachineTime(price.per_hour, self._budget, self._stop_signal.race)
        return HourlyReservation(self._budget, self._machines[machine])

    async def _book(
        self,
        key: str,
        model: Model,
        kind: str,
        repeat: int,
        error: ProviderError,
        reservation: Reservation,
        slot: Slot,
    ) -> None:
        """Write down an attempt that was billed and failed: it is money spent, so it is a row of its own and
        counts against the cap. Other calls get the slot while this one waits to be sent again or for room
        under the cap."""
        if not isinstance(error.billed, Usage):
            slot.release()
            return
        seconds = reservation.charged_seconds(error.seconds)
        record = self._records.build_billed_failure(key, model, kind, repeat, error, error.billed, seconds)
        await self._ledger.add(record)
        slot.release()
        await self._stop_signal.race(reservation.renew(record.cost_usd or 0.0))

    async def _send(
        self,
        key: str,
        model: Model,
        request: ChatRequest | RerankRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
        reservation: Reservation,
        slot: Slot,
        attempts: int,
    ) -> CallRecord:
        try:
            reply = await self._with_retries(
                model,
                lambda asked: self._complete(asked, request, on_text),
                lambda error: self._book(key, model, kind, repeat, error, reservation, slot),
                slot,
                attempts,
                reservation,
            )
        except ProviderError as error:
            if error.kind in PERMANENT_KINDS and self._retry_policy.waits_for_provider:
                raise self.first_requests.give_up(model, error) from error
            return self._records.build_failed(
                key, model, kind, repeat, error, reservation.charged_seconds(None)
            )
        return self._records.build(
            key, model, kind, repeat, reply.usage, reply.cost_usd, outcome="ok", text=reply.text,
            thinking=reply.thinking, flags=reply.flags, passages=reply.passages,
            attempts=reply.attempts, seconds=reply.seconds, served_model=reply.served_model,
            compute_seconds=reservation.charged_seconds(reply.compute_seconds),
        )  # fmt: skip

    async def _complete(
        self, model: Model, request: ChatRequest | RerankRequest, on_text: OnText | None
    ) -> ChatReply:
        """The model's reply; a reranker's is its scores as JSON, so that they are stored like any reply."""
        if not isinstance(request, RerankRequest):
            return await self._opened.chat_model(model).complete(request, on_text=on_text)
        reply = await self._opened.reranker(model).rerank(request)
        return ChatReply(
            json.dumps(reply.scores), reply.usage, reply.seconds, reply.compute_seconds, flags=reply.flags
        )

    async def _with_retries(
        self,
        model: Model,
        send: Callable[[Model], Awaitable[ModelReply]],
        on_failure: Callable[[ProviderError], Awaitable[None]],
        slot: Slot,
        attempts: int,
        reservation: Reservation,
    ) -> ModelReply:
        limits = self._opened.limits(model)
        asked = model

        async def attempt() -> ModelReply:
            nonlocal asked
            await slot.acquire()
            self._stop_signal.raise_if_set()
            try:
                async with reservation.attempt(asked.limits.timeout_seconds):
                    reply = await send(asked)
            except ProviderError as error:
                slot.note_failure(error)
                if error.kind == "timeout":
                    asked = more_patient(model)
                raise
            slot.note_reply()
            return reply

        return await call_with_retries(
            attempt,
            attempts=1 if limits.is_open else attempts,
            deadline_seconds=self._retry_policy.deadline_seconds(model.limits.timeout_seconds),
            limits=limits,
            sleep=lambda seconds: self._stop_signal.race(asyncio.sleep(seconds)),
            before=self._stop_signal.raise_if_set,
            on_failure=on_failure,
        )

    async def embed(
        self, model: Model, texts: Sequence[str], *, kind: Kind, kept: KeptVectors | None = None
    ) -> EmbeddedTexts:
        """See Asker. The batch is one row of the ledger. Raises BudgetSpent and Stopped as well."""
        key = fingerprint(kind, model.content, list(texts))
        while True:
            if not model.embedded and await self._claims.wait_until_free(key, self._stop_signal.race):
                found = await self._find_kept(key, kept)
                if found is not None:
                    return found
            with suppress(HeldElsewhere):
                return await self._embed(key, model, texts, kind, kept)

    async def _find_kept(self, key: str, kept: KeptVectors | None) -> EmbeddedTexts | None:
        """The vectors of a call that somebody else has made. Vectors of other calls do not count: what this
        one costs and takes is not known from them."""
        record = await self._ledger.find(key) if kept is not None else None
        vectors = await kept.find() if kept is not None and record is not None else None
        if vectors is None or record is None:
            return None
        self.counts.reused += 1
        return EmbeddedTexts(vectors, record.cost_usd, record.seconds, stored=True)

    async def _embed(
        self, key: str, model: Model, texts: Sequence[str], kind: Kind, kept: KeptVectors | None
    ) -> EmbeddedTexts:
        usage = worst_embedding_usage(texts)
        await self._opened.facts(model)
        limits = self._opened.limits(model)
        if not self._retry_policy.waits_for_circuit:
            limits.raise_if_shut()
        worst_case = worst_cost(self._prices, model, usage, len(texts))
        async with (
            self._reserved(model, worst_case) as reservation,
            self._hold(key, model, kind, worst_case, is_stored_whole=False) as hold,
        ):
            await hold.take(self._stop_signal.race)
            if hold is not UNSHARED:  # somebody else may have made them since the texts were looked up
                found = await self._find_kept(key, kept)
                if found is not None:
                    return found
            while True:
                async with limits.slot(tokens=usage.input, race=self._stop_signal.race) as slot:
                    self._stop_signal.raise_if_set()
                    hold.note_place()
                    try:
                        reply = await self._with_retries(
                            model,
                            lambda asked: self._opened.embedding_model(asked).embed(texts),
                            lambda error, slot=slot: self._book(  # type: ignore[misc]
                                key, model, kind, 0, error, reservation, slot
                            ),
                            slot,
                            self._retry_policy.attempts,
                            reservation,
                        )
                    except ProviderError as error:
                        if not self._retry_policy.waits_for_provider:
                            raise
                        if error.kind in PERMANENT_KINDS:
                            raise self.first_requests.give_up(model, error) from error
                        if limits.is_open:
                            continue
                        raise
                    record = self._records.build(
                        key, model, kind, 0, reply.usage, outcome="ok", items=len(texts),
                        attempts=reply.attempts, seconds=reply.seconds,
                        compute_seconds=reservation.charged_seconds(reply.compute_seconds),
                    )  # fmt: skip
                    reservation.cost += record.cost_usd or 0.0
                    try:
                        if kept is not None:  # before others may ask the same
                            await kept.keep(reply.vectors)
                    finally:
                        await self._ledger.add(record)
                        hold.note_stored()
                    break
        self.counts.made += 1
        return EmbeddedTexts(reply.vectors, record.cost_usd, reply.seconds, reply.too_long)
