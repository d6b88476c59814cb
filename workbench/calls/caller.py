"""Asks models: each exact request once, within limits and budget, into the ledger.
Knows nothing about prompts, retrieval or scores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from workbench.calls.budget import Budget, Reservation
from workbench.calls.clients import Opened, model_key
from workbench.calls.ledger import Ledger
from workbench.calls.stop_signal import Halt
from workbench.errors import ProviderError, Stopped
from workbench.fingerprint import fingerprint
from workbench.pipeline.asker import EmbeddedTexts, Kind, OnText, Reply, TypicalCall
from workbench.pipeline.chat_request import call_key
from workbench.providers.circuit_breaker import BUSY_KINDS
from workbench.providers.prices import Prices
from workbench.providers.rate_limits import PERMANENT_KINDS, ProviderLimits, Slot
from workbench.providers.retries import call_with_retries
from workbench.providers.types import (
    ChatReply,
    ChatRequest,
    EmbeddingReply,
    Usage,
)
from workbench.space.model import Model
from workbench.store.records import CallRecord

ModelReply = TypeVar("ModelReply", ChatReply, EmbeddingReply)

# A reservation is a worst case. No tokenizer makes more tokens of a text than it has UTF-8 bytes, but for
# the few of the markup around messages.
MARKUP_TOKENS = 32
# Machine time of an embedded model: for a call, and for each text to embed (512 tokens took 0.1 s).
WORST_COMPUTE_SECONDS = 2.0
WORST_COMPUTE_SECONDS_PER_TEXT = 0.25
# A call that keeps failing while the circuit is open is given up after so many rounds, if it is to blame.
MOST_ROUNDS = 3
ATTEMPTS_AGAIN = 2


@dataclass(frozen=True)
class Patience:
    """For how long a call is tried before it fails."""

    attempts: int
    deadline_factor: float
    """A call's attempts end after so many times its model's timeout,"""
    least_deadline_seconds: float
    """but not before back-off had room to work."""
    waits_for_provider: bool
    """Whether a call waits for a provider that is down until it is back, and a wrong key ends all of the
    work; else the call fails by itself."""


# An experiment runs by the hour; at the Playground somebody waits for the answer.
PATIENT = Patience(6, 3.0, 30.0, waits_for_provider=True)
INTERACTIVE = Patience(3, 1.0, 0.0, waits_for_provider=False)


class ProviderUnusable(Stopped):
    """A wrong key or an unknown model: every further call would fail alike, so the experiment pauses."""

    state = "paused"


@dataclass
class CallCounts:
    made: int = 0
    reused: int = 0
    failed: int = 0
    retried: int = 0


def worst_usage(request: ChatRequest) -> Usage:
    """The most tokens a call may be billed. A request without max_tokens has no worst case: with a budget,
    preparation refuses it."""
    sent = sum(len(m.content.encode()) + MARKUP_TOKENS for m in request.messages)
    sent += len((request.response_format or "").encode())  # some servers count a schema as prompt
    return Usage(input=sent, output=request.max_tokens or 0)


def _goes_again(record: CallRecord, rounds: int, limits: ProviderLimits, *, others_succeed: bool) -> bool:
    """Whether a call that used up its attempts gets another round, because its provider seems to be to
    blame: while nobody is there, calls wait at the circuit instead of failing their answers.

    Not for ever: when others go through, or there is no other and the server takes the request but does not
    answer it, it is this request that fails.
    """
    if record.outcome == "ok":
        return False
    if rounds < MOST_ROUNDS:
        return limits.is_open or record.error_kind in BUSY_KINDS
    alone = not limits.waiting and record.error_kind in ("cut", "timeout", "server")
    to_blame = record.error_kind != "refused" and (others_succeed or alone)
    return limits.is_open and not to_blame


class Caller:
    """Shares stored calls and calls in flight; every new one becomes a row of the ledger.

    The stages ask through `ask` and `embed` (it is an Asker); who needs the row asks through `call`.
    """

    def __init__(
        self,
        ledger: Ledger,
        opened: Opened,
        prices: Prices,
        budget: Budget,
        experiment_id: str | None,
        halt: Halt,
        patience: Patience = PATIENT,
    ) -> None:
        self._ledger = ledger
        self._opened = opened
        self._prices = prices
        self._budget = budget
        self._experiment_id = experiment_id
        self._halt = halt
        self._patience = patience
        self._in_flight: dict[str, asyncio.Task[tuple[CallRecord, bool]]] = {}
        self._made_here: set[str] = set()
        self.counts = CallCounts()

    async def ask(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: Kind,
        repeat: int = 0,
        on_text: OnText | None = None,
    ) -> Reply:
        """As Asker has it. Raises BudgetSpent and Stopped too."""
        record, stored = await self.call(model, request, kind=kind, repeat=repeat, on_text=on_text)
        if record.outcome != "ok":
            kind_of_error = record.error_kind or "rejected"
            raise ProviderError(record.error, kind=kind_of_error, attempts=record.attempts)
        return Reply.of(record, stored=stored)

    async def typical_call(self, model: Model, kind: Kind) -> TypicalCall | None:
        return await self._ledger.typical_call(model_key(model), kind)

    async def call(
        self,
        model: Model,
        request: ChatRequest,
        *,
        kind: str,
        repeat: int = 0,
        known: dict[str, CallRecord] | None = None,
        on_text: OnText | None = None,
    ) -> tuple[CallRecord, bool]:
        """The call's record, and whether it was stored or under way already.

        `known` are stored calls read beforehand, maybe some time ago. A failed call is a record with outcome
        "failed". Raises BudgetSpent and Stopped.
        """
        key = call_key(model, request, repeat, kind)
        if known is not None and key in known:
            self.counts.reused += 1
            return known[key], True
        if key in self._in_flight:
            record, _ = await asyncio.shield(self._in_flight[key])
            self.counts.reused += 1
            return record, True
        making = self._find_or_make(key, model, request, kind, repeat, on_text, fresh=known is None)
        task = asyncio.create_task(making)
        self._in_flight[key] = task
        try:
            record, stored = await task
        finally:
            self._in_flight.pop(key, None)
        self.counts.reused += stored
        return record, stored

    async def _find_or_make(
        self,
        key: str,
        model: Model,
        request: ChatRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
        *,
        fresh: bool,
    ) -> tuple[CallRecord, bool]:
        """Looks into the store where the call may have come to be since the caller looked: made by this run,
        or, where a second call costs money and may differ, by another."""
        if fresh or key in self._made_here or not model.embedded:
            found = await self._ledger.find(key)
            if found is not None:
                return found, True
        return await self._make(key, model, request, kind, repeat, on_text), False

    async def _make(
        self, key: str, model: Model, request: ChatRequest, kind: str, repeat: int, on_text: OnText | None
    ) -> CallRecord:
        usage = worst_usage(request)
        limits = self._opened.limits(model)
        paid = Reservation(self._budget, self._worst_cost(model, usage, WORST_COMPUTE_SECONDS))
        if not paid.open_at_once():
            await self._halt.race(paid.open())
        rounds, succeeded = 0, 0
        try:
            while True:
                async with limits.slot(tokens=usage.input, race=self._halt.race) as slot:
                    self._halt.check()
                    attempts = ATTEMPTS_AGAIN if rounds else self._patience.attempts
                    record = await self._send(
                        key, model, request, kind, repeat, on_text, paid, slot, attempts
                    )
                    rounds += 1
                    if rounds == 1:
                        succeeded = limits.succeeded
                    if self._patience.waits_for_provider and _goes_again(
                        record, rounds, limits, others_succeed=limits.succeeded > succeeded
                    ):
                        continue
                    paid.cost += record.cost_usd or 0.0
                    # The slot is held until the reply is safe: what is in flight is what could be lost.
                    duplicate = await self._ledger.add(record)
                    break
        finally:
            await paid.close()
        self.counts.made += 1
        self.counts.failed += record.outcome == "failed"
        self.counts.retried += record.attempts - 1
        if model.embedded:  # of others the store is always asked; a long run would hold a key for each call
            self._made_here.add(key)
        if duplicate:  # another run was faster: both are paid, and everybody goes on with the first
            return await self._ledger.find(key) or record
        return record

    def _worst_cost(self, model: Model, usage: Usage, compute_seconds: float) -> float:
        price = self._prices.get(model.name)
        seconds = compute_seconds if model.embedded else model.limits.timeout_seconds
        return (price.cost(usage, seconds) if price else None) or 0.0

    def _new_record(
        self, key: str, model: Model, kind: str, repeat: int, usage: Usage | None, **fields: Any
    ) -> CallRecord:
        """A row of the ledger; usage None: nothing was billed that we know of."""
        price = self._prices.get(model.name)
        billed: dict[str, Any] = {}
        if usage is not None:
            billed = {
                "input_tokens": usage.input,
                "output_tokens": usage.output,
                "cached_tokens": usage.cached,
                "reasoning_tokens": usage.reasoning,
                "usage_estimated": usage.estimated,
                "cost_usd": price.cost(usage, fields.get("compute_seconds")) if price else None,
            }
        return CallRecord(
            key=key,
            kind=kind,
            model_name=model.name,
            model_key=model_key(model),
            repeat=repeat,
            experiment_id=self._experiment_id,
            price=price.to_json() if price else None,
            **billed,
            **fields,
        )

    def _failed_record(
        self, key: str, model: Model, kind: str, repeat: int, error: ProviderError
    ) -> CallRecord:
        return self._new_record(
            key, model, kind, repeat, None, outcome="failed", error_kind=error.kind, error=str(error),
            attempts=error.attempts,
        )  # fmt: skip

    async def _book(
        self,
        key: str,
        model: Model,
        kind: str,
        repeat: int,
        error: ProviderError,
        paid: Reservation,
        slot: Slot,
    ) -> None:
        """A reply that was billed and is no use is money spent: a row of its own, and less under the cap.
        The slot goes to others while this call waits to be asked again, or for room under the cap."""
        if not isinstance(error.billed, Usage):
            slot.release()
            return
        record = self._new_record(
            key, model, kind, repeat, error.billed, outcome="failed", error_kind=error.kind, error=str(error),
            seconds=error.seconds, compute_seconds=error.seconds,
        )  # fmt: skip
        await self._ledger.add(record)
        slot.release()
        await self._halt.race(paid.renew(record.cost_usd or 0.0))

    async def _send(
        self,
        key: str,
        model: Model,
        request: ChatRequest,
        kind: str,
        repeat: int,
        on_text: OnText | None,
        paid: Reservation,
        slot: Slot,
        attempts: int,
    ) -> CallRecord:
        try:
            chat = self._opened.chat_model(model)
            reply = await self._with_retries(
                model,
                lambda: chat.complete(request, on_piece=_text_so_far(on_text)),
                lambda error: self._book(key, model, kind, repeat, error, paid, slot),
                slot,
                attempts,
            )
        except ProviderError as error:
            if error.kind in PERMANENT_KINDS and self._patience.waits_for_provider:
                raise ProviderUnusable(str(error)) from error
            return self._failed_record(key, model, kind, repeat, error)
        return self._new_record(
            key, model, kind, repeat, reply.usage, outcome="ok", text=reply.text, flags=reply.flags,
            attempts=reply.attempts, seconds=reply.seconds, compute_seconds=reply.compute_seconds,
        )  # fmt: skip

    async def _with_retries(
        self,
        model: Model,
        send: Callable[[], Awaitable[ModelReply]],
        on_failure: Callable[[ProviderError], Awaitable[None]],
        slot: Slot,
        attempts: int,
    ) -> ModelReply:
        limits = self._opened.limits(model)

        async def attempt() -> ModelReply:
            await slot.acquire()
            self._halt.check()
            try:
                reply = await send()
            except ProviderError as error:
                slot.note_failure(error)
                raise
            slot.note_reply()
            return reply

        return await call_with_retries(
            attempt,
            attempts=1 if limits.is_open else attempts,
            deadline_seconds=max(
                model.limits.timeout_seconds * self._patience.deadline_factor,
                self._patience.least_deadline_seconds,
            ),
            limits=limits,
            sleep=lambda seconds: self._halt.race(asyncio.sleep(seconds)),
            before=self._halt.check,
            on_failure=on_failure,
        )

    async def embed(self, model: Model, texts: Sequence[str], *, kind: Kind) -> EmbeddedTexts:
        """As Asker has it, as one row of the ledger. Raises BudgetSpent and Stopped too."""
        key = fingerprint(kind, model.content, list(texts))
        tokens = sum(len(t.encode()) for t in texts) + MARKUP_TOKENS
        seconds = WORST_COMPUTE_SECONDS + WORST_COMPUTE_SECONDS_PER_TEXT * len(texts)
        limits = self._opened.limits(model)
        paid = Reservation(self._budget, self._worst_cost(model, Usage(input=tokens), seconds))
        if not paid.open_at_once():
            await self._halt.race(paid.open())
        try:
            while True:
                async with limits.slot(tokens=tokens, race=self._halt.race) as slot:
                    self._halt.check()
                    try:
                        client = self._opened.embedding_model(model)
                        reply = await self._with_retries(
                            model,
                            lambda client=client: client.embed(texts),  # type: ignore[misc]
                            lambda error, slot=slot: self._book(  # type: ignore[misc]
                                key, model, kind, 0, error, paid, slot
                            ),
                            slot,
                            self._patience.attempts,
                        )
                    except ProviderError as error:
                        if not self._patience.waits_for_provider:
                            raise
                        if error.kind in PERMANENT_KINDS:
                            raise ProviderUnusable(str(error)) from error
                        if limits.is_open:
                            continue
                        raise
                    record = self._new_record(
                        key, model, kind, 0, reply.usage, outcome="ok", items=len(texts),
                        attempts=reply.attempts, seconds=reply.seconds, compute_seconds=reply.compute_seconds,
                    )  # fmt: skip
                    paid.cost += record.cost_usd or 0.0
                    await self._ledger.add(record)
                    break
        finally:
            await paid.close()
        self.counts.made += 1
        return EmbeddedTexts(reply.vectors, record.cost_usd, reply.seconds, reply.too_long)


def _text_so_far(on_text: OnText | None) -> Callable[[str], None] | None:
    """Joins a reply's pieces. One for each attempt: the next begins anew."""
    if on_text is None:
        return None
    pieces: list[str] = []

    def on_piece(piece: str) -> None:
        pieces.append(piece)
        on_text("".join(pieces))

    return on_piece
